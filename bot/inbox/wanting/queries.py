"""What wants somebody of ours, by indexes, however many conversations there are."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import BindParameter, Row, Select, Subquery, and_, bindparam, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact
from bot.db.types import UtcDateTime
from bot.inbox.kinds import ConversationStatus, PresenceStatus
from bot.inbox.listing.queries import read_so_far
from bot.inbox.models import Assignment, InboxConversation, Note, NoteMention, Presence, Read
from bot.messages.models import Direction, Message

MOST_WANTED = 100
"""Of either kind so many conversations are counted."""
_LATEST = 100
_OPEN = ConversationStatus.OPEN.value
_Moment = UtcDateTime()


class WantingRow(NamedTuple):
    """What there is.

    Attributes:
        unread: conversations of theirs with messages that they have not seen, up to `MOST_WANTED`.
        free: conversations that wait and nobody has, likewise.
        said_at: when the newest of those messages came, but for where they write just now; None for none.
        given_at: when somebody else last gave them a conversation that is open.
        mentioned_at: when they were last mentioned, if somebody else did.
        waits_since: since when the newest of those who wait does, if it is among the last of all who do.
        has_merged: whether contacts of theirs have others merged into them.
    """

    unread: int
    free: int
    said_at: datetime | None
    given_at: datetime | None
    mentioned_at: datetime | None
    waits_since: datetime | None
    has_merged: bool


async def wanting(connection: AsyncConnection, user_id: str, gone_after: timedelta, now: datetime) -> WantingRow:
    """What wants `user_id`, in one statement.

    Args:
        connection: any.
        user_id: whom.
        gone_after: how long ago they said that they are writing, and still are.
        now: the moment.
    """
    row = (await connection.execute(_wanting(), {"me": user_id, "since": now - gone_after})).one()
    return WantingRow(*row)


async def merged_without_own(connection: AsyncConnection, user_id: str) -> Sequence[Row[Any]]:
    """Contacts of somebody's open conversations into whom others were merged, where they have seen their own messages.

    Gives `id`, `status` and `opened_at` of each.
    """
    theirs = _theirs()
    own = InboxConversation
    statement = (
        select(theirs.c.contact_id.label("id"), own.status, own.opened_at)
        .join(own, own.contact_id == theirs.c.contact_id)
        .join(Contact, Contact.id == theirs.c.contact_id)
        .where(theirs.c.at.is_(None), Contact.has_merged)
    )
    return (await connection.execute(statement, {"me": user_id})).all()


@cache
def _wanting() -> Select[*tuple[Any, ...]]:
    own = InboxConversation
    me: BindParameter[str] = bindparam("me")
    unread = _theirs_unread().cte("unread")
    writes_in = (
        select(Presence.contact_id)
        .where(
            Presence.user_id == me,
            Presence.status == PresenceStatus.REPLYING.value,
            Presence.last_seen > bindparam("since", type_=_Moment),
        )
        .scalar_subquery()
    )
    free = (
        select(Contact.id)
        .join(own, own.contact_id == Contact.id)
        .where(Contact.waiting_since.is_not(None), own.status == _OPEN, own.assignee_id.is_(None))
    )
    given = (
        select(func.max(Assignment.created_at, type_=_Moment))
        .join(own, own.contact_id == Assignment.contact_id)
        .where(own.assignee_id == me, own.status == _OPEN, Assignment.assigned_by.is_distinct_from(me))
    )
    # The newest alone is looked up, by an index that has all but who wrote the note.
    last = select(func.max(NoteMention.created_at, type_=_Moment)).where(NoteMention.user_id == me).scalar_subquery()
    mentioned = (
        select(NoteMention.created_at)
        .join(Note, Note.id == NoteMention.note_id)
        .where(NoteMention.user_id == me, NoteMention.created_at == last, Note.user_id.is_distinct_from(me))
        .limit(1)
    )
    # What waits longer than so many others is no news.
    waiting = (
        select(Contact.id, Contact.waiting_since)
        .where(Contact.waiting_since.is_not(None))
        .order_by(Contact.waiting_since.desc())
        .limit(_LATEST)
        .subquery()
    )
    waits = (
        select(func.max(waiting.c.waiting_since, type_=_Moment))
        .join(own, own.contact_id == waiting.c.id)
        .where(own.status == _OPEN, own.assignee_id.is_(None))
    )
    # Begins with their conversations, of which there are few, and not with all contacts.
    has_merged = select(Contact.has_merged).where(Contact.id == own.contact_id).correlate(own).scalar_subquery()
    merged = exists().where(own.assignee_id == me, own.status == _OPEN, has_merged)
    return select(
        select(func.count()).select_from(unread).scalar_subquery(),
        select(func.count()).select_from(free.limit(MOST_WANTED).subquery()).scalar_subquery(),
        select(func.max(unread.c.at, type_=_Moment))
        .where(unread.c.contact_id != func.coalesce(writes_in, ""))
        .scalar_subquery(),
        given.scalar_subquery(),
        mentioned.scalar_subquery(),
        waits.scalar_subquery(),
        merged,
    )


def _theirs_unread() -> Select[str, datetime]:
    theirs = _theirs()
    return select(theirs.c.contact_id, theirs.c.at).where(theirs.c.at.is_not(None)).limit(MOST_WANTED)


def _theirs() -> Subquery:
    """The open conversations of `me`: whose, and when the newest message came that they have not seen."""
    own = InboxConversation
    me: BindParameter[str] = bindparam("me")
    newest = (
        select(Message.created_at)
        .where(
            Message.contact_id == own.contact_id,
            Message.direction == Direction.INBOUND.value,
            Message.seq > read_so_far(),
        )
        .order_by(Message.seq.desc())
        .limit(1)
        .correlate(own, Read)
        .scalar_subquery()
    )
    return (
        select(own.contact_id, newest.label("at"))
        .outerjoin(Read, and_(Read.contact_id == own.contact_id, Read.user_id == me))
        .where(own.assignee_id == me, own.status == _OPEN)
        .order_by(own.last_at.desc())
        .subquery()
    )
