"""The statements over what people of ours are still to be told."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import and_, delete, func, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, among
from bot.inbox.models import InboxNotice, Presence, Read


class NoticeRow(TypedDict):
    """What somebody is to be told; see `bot.inbox.models.InboxNotice`."""

    user_id: str
    contact_id: str
    kind: str
    actor: str
    at: datetime


class Pending(NamedTuple):
    """What somebody is to be told, with how its conversation stands.

    Attributes:
        asked_id: the contact's, of whom it is told.
        contact_id: who goes on for them, where they were merged.
        kind: a NoticeKind.
        actor: whoever did it.
        at: when.
        name: of the contact.
        phone: of the contact.
        email: of the contact.
        waiting_since: since when they wait for a person.
        seq: the number of their last message.
        read: up to which they have seen them; None for none.
        read_at: when they last did.
        looked_at: when they last had the conversation before them; None where they are elsewhere by now.
    """

    asked_id: str
    contact_id: str
    kind: str
    actor: str
    at: datetime
    name: str | None
    phone: str | None
    email: str | None
    waiting_since: datetime | None
    seq: int
    read: int | None
    read_at: datetime | None
    looked_at: datetime | None


INSERT_PENDING = BulkInsert(
    InboxNotice,
    tuple(NoticeRow.__annotations__),
    keys=("user_id", "contact_id", "kind"),
    returning=("user_id",),
)
"""Keeps what somebody is to be told; what they are to be told already stays as it is, and is not returned."""


async def take_pending(connection: AsyncConnection, user_id: str) -> Sequence[Pending]:
    """What somebody is to be told, the oldest first; it is forgotten with that."""
    asked = aliased(Contact)
    its = and_(Read.user_id == user_id, Read.contact_id == Contact.id)
    there = and_(Presence.user_id == user_id, Presence.contact_id == Contact.id)
    columns: tuple[Any, ...] = (
        *(asked.id, Contact.id),
        *(InboxNotice.kind, InboxNotice.actor, InboxNotice.at),
        *(Contact.name, Contact.phone, Contact.email, Contact.waiting_since, Contact.seq),
        *(Read.seq, Read.updated_at, Presence.last_seen),
    )
    statement = (
        select(*columns)
        .join_from(InboxNotice, asked, asked.id == InboxNotice.contact_id)
        .join(Contact, Contact.id == func.coalesce(asked.merged_into, asked.id))
        .outerjoin(Read, its)
        .outerjoin(Presence, there)
        .where(InboxNotice.user_id == user_id)
        .order_by(InboxNotice.at, Contact.id, InboxNotice.kind)
    )
    found = [Pending(*row) for row in await connection.execute(statement)]
    # What has come since the statement before belongs to the next time.
    for kind in sorted({each.kind for each in found}):
        ids = [each.asked_id for each in found if each.kind == kind]
        told = (
            InboxNotice.user_id == user_id,
            InboxNotice.kind == kind,
            among(connection.dialect.name, InboxNotice.contact_id, "ids"),
        )
        await connection.execute(delete(InboxNotice).where(*told), {"ids": ids})
    return found
