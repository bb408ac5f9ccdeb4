"""The statements over conversations; each by an index, however many there are."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import (
    BindParameter,
    ColumnElement,
    Row,
    Select,
    and_,
    bindparam,
    case,
    exists,
    func,
    literal,
    or_,
    select,
    tuple_,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.core.messages import Status
from bot.db.bulk import among
from bot.db.counting import MOST_COUNTED, count_some
from bot.inbox.listing.wanted import ConversationFilter, ConversationList, Place
from bot.inbox.models import InboxConversation, InboxConversationLabel, InboxLabel, NoteMention, Read
from bot.messages.models import Direction, Message
from bot.messages.records import ECHO
from bot.search.service import Among

MOST_UNREAD = 100
"""Unread messages of a conversation are counted so far."""
_TAKEN_BACK = ("cancelled", "replaced")
"""The errors of what its author took back, or wrote anew."""
_CUT = 300
"""Characters of the last words that a list shows at most."""


class LabelRow(NamedTuple):
    """A label of a conversation's; see `bot.inbox.models.InboxLabel`."""

    id: str
    name: str
    colour: str


class LastRow(TypedDict):
    """What was last said in a conversation; see `bot.messages.models.Message`."""

    contact_id: str
    direction: str
    kind: str
    content: str
    origin: str | None
    is_echo: bool | None
    status: str
    channel: str
    created_at: datetime


async def places(
    connection: AsyncConnection, wanted: ConversationFilter, user_id: str, limit: int, after: Place | None
) -> list[Place]:
    """Where the wanted conversations stand, up to `limit` behind `after`; None begins with the first."""
    if wanted.list is ConversationList.MENTIONED:
        return await _mentioned(connection, wanted, user_id, limit, after)
    found = list[Place]()
    if wanted.by_waiting and (after is None or after.waits):
        found = await _waiting(connection, wanted, user_id, limit, after)
        after = None
    # In the list of those who wait nobody stands behind them.
    if len(found) == limit or (wanted.by_waiting and wanted.list is ConversationList.WAITING):
        return found
    return found + await _newest(connection, wanted, user_id, limit - len(found), after)


async def count(connection: AsyncConnection, wanted: ConversationFilter, user_id: str) -> int:
    """How many are wanted, as `count_some` counts."""
    return await count_some(connection, _counted(wanted, user_id))


async def counts(connection: AsyncConnection, user_id: str) -> Mapping[ConversationList, int]:
    """How many there are in each list, as `count_some` counts, in one statement."""
    row = (await connection.execute(_counts(), {"me": user_id})).one()
    return dict(zip(ConversationList, row, strict=True))


@cache
def _counts() -> Select[*tuple[Any, ...]]:
    me: BindParameter[str] = bindparam("me")
    each = [
        select(func.count()).select_from(_counted(ConversationFilter(list_), me).limit(MOST_COUNTED + 1).subquery())
        for list_ in ConversationList
    ]
    return select(*(one.scalar_subquery() for one in each))


async def rows(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The contacts, with their conversations as far as people have or had them, and who has them; in any order."""
    return (await connection.execute(_rows(connection.dialect.name), {"ids": sorted(contact_ids)})).all()


@cache
def _rows(dialect: str) -> Select[*tuple[Any, ...]]:
    own = [each for each in InboxConversation.__table__.columns if each.name != "contact_id"]
    return (
        select(
            Contact.id,
            *(Contact.name, Contact.phone, Contact.email, Contact.seq, Contact.responder, Contact.waiting_since),
            Contact.has_merged,
            *own,
        )
        .select_from(Contact)
        .outerjoin(InboxConversation, InboxConversation.contact_id == Contact.id)
        .where(among(dialect, Contact.id, "ids"))
    )


async def labels(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, list[LabelRow]]:
    """The labels of those conversations, by contact's id, by name."""
    found: dict[str, list[LabelRow]] = {}
    for contact_id, *label in await connection.execute(_labels(connection.dialect.name), {"ids": sorted(contact_ids)}):
        found.setdefault(contact_id, []).append(LabelRow(*label))
    return found


@cache
def _labels(dialect: str) -> Select[*tuple[Any, ...]]:
    pair = InboxConversationLabel
    return (
        select(pair.contact_id, InboxLabel.id, InboxLabel.name, InboxLabel.colour)
        .join(InboxLabel, InboxLabel.id == pair.label_id)
        .where(among(dialect, pair.contact_id, "ids"))
        .order_by(InboxLabel.name)
    )


async def last_words(connection: AsyncConnection, contact_ids: Iterable[str], now: datetime) -> dict[str, LastRow]:
    """What was last said with those contacts by then, by contact's id; not what goes later, nor what was taken back."""
    given = {"ids": sorted(contact_ids), "now": now}
    found: dict[str, Any] = {
        row.contact_id: dict(row._mapping)  # noqa: SLF001 - its public name for it
        for row in await connection.execute(_last_words(connection.dialect.name), given)
    }
    return found


@cache
def _last_words(dialect: str) -> Select[*tuple[Any, ...]]:
    theirs = aliased(Message)
    newest = (
        select(theirs.id)
        .where(
            theirs.contact_id == Contact.id,
            or_(
                theirs.status != Status.QUEUED.value,
                theirs.scheduled_at.is_(None),
                theirs.scheduled_at <= bindparam("now", type_=Message.created_at.type),
            ),
            or_(theirs.error.is_(None), theirs.error.not_in(_TAKEN_BACK)),
        )
        .order_by(theirs.seq.desc())
        .limit(1)
        .correlate(Contact)
        .scalar_subquery()
    )
    columns = (
        Message.contact_id,
        Message.direction,
        Message.kind,
        func.substr(Message.content, 1, _CUT).label("content"),
    )
    is_echo = Message.body[ECHO].as_boolean().label("is_echo")
    rest = (Message.origin, is_echo, Message.status, Message.channel, Message.created_at)
    return (
        select(*columns, *rest)
        .join_from(Contact, Message, Message.id == newest)
        .where(among(dialect, Contact.id, "ids"))
    )


async def unread(connection: AsyncConnection, contact_ids: Iterable[str], user_id: str) -> dict[str, int]:
    """How many messages of those contacts' somebody has not seen, since a person has the conversation.

    MOST_UNREAD is for that many or more.
    """
    given = {"ids": sorted(contact_ids), "me": user_id}
    return {row.contact_id: row.unread for row in await connection.execute(_unread(connection.dialect.name), given)}


def read_so_far() -> ColumnElement[int]:
    """The number of the last message that somebody has seen, or that was there before a person had the conversation.

    Of an InboxConversation, and of their Read of it where there is one.
    """
    begun = InboxConversation.opened_seq - 1
    return case((Read.seq > begun, Read.seq), else_=begun)


@cache
def _unread(dialect: str) -> Select[str, int]:
    conversation = InboxConversation
    some = (
        select(literal(1))
        .where(
            Message.contact_id == conversation.contact_id,
            Message.direction == Direction.INBOUND.value,
            Message.seq > read_so_far(),
        )
        .limit(MOST_UNREAD)
        .correlate(conversation, Read)
        .subquery()
    )
    number = select(func.count()).select_from(some).correlate(conversation, Read).scalar_subquery()
    return (
        select(conversation.contact_id, number.label("unread"))
        .outerjoin(Read, and_(Read.contact_id == conversation.contact_id, Read.user_id == bindparam("me")))
        .where(among(dialect, conversation.contact_id, "ids"), conversation.status != "resolved")
    )


async def reads(connection: AsyncConnection, contact_ids: Iterable[str], user_id: str) -> dict[str, int]:
    """How far somebody has read those contacts' messages, by contact's id; whose they never read is missing."""
    statement = select(Read.contact_id, Read.seq).where(
        among(connection.dialect.name, Read.contact_id, "ids"), Read.user_id == user_id
    )
    return {row.contact_id: row.seq for row in await connection.execute(statement, {"ids": sorted(contact_ids)})}


async def count_behind(connection: AsyncConnection, begun: Mapping[str, int]) -> dict[str, int]:
    """How many messages contacts wrote with a higher number than each is given; who wrote none is missing."""
    behind = [and_(Message.contact_id == each, Message.seq > seq) for each, seq in sorted(begun.items())]
    statement = (
        select(Message.contact_id, func.count().label("count_"))
        .where(or_(*behind), Message.direction == Direction.INBOUND.value)
        .group_by(Message.contact_id)
    )
    return {row.contact_id: row.count_ for row in await connection.execute(statement)}


async def _waiting(
    connection: AsyncConnection, wanted: ConversationFilter, user_id: str, limit: int, after: Place | None
) -> list[Place]:
    """Who waits, the longest first."""
    order = (Contact.waiting_since, Contact.id)
    statement = (
        select(*order)
        .join(InboxConversation, InboxConversation.contact_id == Contact.id)
        .where(Contact.waiting_since.is_not(None), *_conditions(wanted, user_id))
        .order_by(*order)
        .limit(limit)
    )
    if after is not None:
        statement = statement.where(tuple_(*order) > (after.at, after.contact_id))
    return [Place(True, at, contact_id) for at, contact_id in await connection.execute(statement) if at]


async def _newest(
    connection: AsyncConnection, wanted: ConversationFilter, user_id: str, limit: int, after: Place | None
) -> list[Place]:
    """What was said last first; sorted by who waits, those who do not."""
    order = (InboxConversation.last_at, InboxConversation.contact_id)
    statement = (
        select(*order).where(*_conditions(wanted, user_id)).order_by(*(each.desc() for each in order)).limit(limit)
    )
    if wanted.by_waiting:
        statement = statement.where(~_waits())
    if after is not None:
        statement = statement.where(tuple_(*order) < (after.at, after.contact_id))
    return [Place(False, at, contact_id) for at, contact_id in await connection.execute(statement)]


async def _mentioned(
    connection: AsyncConnection, wanted: ConversationFilter, user_id: str, limit: int, after: Place | None
) -> list[Place]:
    """The contacts beside whom somebody was mentioned, the newest mention first."""
    at = func.max(NoteMention.created_at, type_=NoteMention.created_at.type)
    order = (at.desc(), NoteMention.contact_id.desc())
    statement = _mentions(wanted, user_id).add_columns(at).order_by(*order).limit(limit)
    if after is not None:
        earlier = and_(at == after.at, NoteMention.contact_id < after.contact_id)
        statement = statement.having(or_(at < after.at, earlier))
    return [Place(False, moment, contact_id) for contact_id, moment in await connection.execute(statement)]


def _mentions(wanted: ConversationFilter, user_id: str | BindParameter[str]) -> Select[Any]:
    return (
        select(NoteMention.contact_id)
        .outerjoin(InboxConversation, InboxConversation.contact_id == NoteMention.contact_id)
        .where(NoteMention.user_id == user_id, NoteMention.contact_id.is_not(None), *_conditions(wanted, user_id))
        .group_by(NoteMention.contact_id)
    )


def among_wanted(wanted: ConversationFilter, user_id: str) -> Among:
    """Says of a contact's id whether that one's conversation is wanted."""
    own = InboxConversation
    if wanted.list is ConversationList.MENTIONED:
        mine = (NoteMention.user_id == user_id, *_conditions(wanted, user_id))
        return lambda id_: exists().where(NoteMention.contact_id == id_, *mine)
    return lambda id_: exists().where(own.contact_id == id_, *_conditions(wanted, user_id))


def _counted(wanted: ConversationFilter, user_id: str | BindParameter[str]) -> Select[Any]:
    if wanted.list is ConversationList.MENTIONED:
        return _mentions(wanted, user_id)
    if wanted.list is ConversationList.WAITING:
        # They are few, and have an index of their own.
        waiting = select(Contact.id).join(InboxConversation, InboxConversation.contact_id == Contact.id)
        return waiting.where(Contact.waiting_since.is_not(None), *_conditions(wanted, user_id))
    return select(InboxConversation.contact_id).where(*_conditions(wanted, user_id))


def _conditions(wanted: ConversationFilter, user_id: str | BindParameter[str]) -> list[ColumnElement[bool]]:
    """What the filter asks of a conversation."""
    own, found = InboxConversation, list[ColumnElement[bool]]()
    if len(wanted.standing) == 1:
        found.append(own.status == wanted.standing[0].value)
    elif wanted.standing:
        found.append(own.status.in_([each.value for each in wanted.standing]))
    if wanted.list is ConversationList.MINE:
        found.append(own.assignee_id == user_id)
    elif wanted.list is ConversationList.UNASSIGNED:
        found.append(own.assignee_id.is_(None))
    elif wanted.list is ConversationList.WAITING:
        found.append(_waits())
    if wanted.channels:
        found.append(own.channel.in_(wanted.channels))
    if wanted.assignees:
        found.append(own.assignee_id.in_(wanted.assignees))
    if wanted.labels:
        pair = InboxConversationLabel
        found.append(exists().where(pair.contact_id == own.contact_id, pair.label_id.in_(wanted.labels)))
    return found


def _waits() -> ColumnElement[bool]:
    contact = aliased(Contact)
    return exists().where(contact.id == InboxConversation.contact_id, contact.waiting_since.is_not(None))
