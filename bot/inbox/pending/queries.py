"""The statement over conversations that the bot has: nothing is written for them, they are found by what was said."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import exists, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact, Responder
from bot.inbox.models import InboxConversationLabel
from bot.inbox.pending.wanted import PendingFilter
from bot.messages.models import Direction, Message

LOOKED_AT = 5_000
"""Messages that one statement looks at, the newest first."""


class PendingPlace(NamedTuple):
    """Where a conversation stands: when its contact last wrote, and in which message."""

    at: datetime
    message_id: str


class Pending(NamedTuple):
    """A conversation that the bot has."""

    contact_id: str
    place: PendingPlace


class Stretch(NamedTuple):
    """Some of them.

    Attributes:
        found: who wrote last first.
        further: behind which place others may stand, where the look ended before there were enough; else None.
    """

    found: list[Pending]
    further: PendingPlace | None


async def pending(
    connection: AsyncConnection, wanted: PendingFilter, limit: int, after: PendingPlace | None
) -> Stretch:
    """The wanted ones, up to `limit`, behind `after`; None begins with who wrote last."""
    order = (Message.created_at, Message.id)
    seen = (
        select(*order, Message.contact_id, Message.seq, Message.channel)
        .where(Message.direction == Direction.INBOUND.value)
        .order_by(*(each.desc() for each in order))
        .limit(LOOKED_AT)
    )
    if after is not None:
        seen = seen.where(tuple_(*order) < after)
    inner, later = seen.subquery(), aliased(Message)
    statement = (
        select(inner.c.contact_id, inner.c.created_at, inner.c.id)
        .join(Contact, Contact.id == inner.c.contact_id)
        .where(
            Contact.responder == Responder.BOT.value,
            Contact.merged_into.is_(None),
            ~exists().where(
                later.contact_id == inner.c.contact_id,
                later.seq > inner.c.seq,
                later.direction == Direction.INBOUND.value,
            ),
        )
        .order_by(inner.c.created_at.desc(), inner.c.id.desc())
        .limit(limit)
    )
    if wanted.channels:
        statement = statement.where(inner.c.channel.in_(wanted.channels))
    if wanted.labels:
        pair = InboxConversationLabel
        labelled = exists().where(pair.contact_id == inner.c.contact_id, pair.label_id.in_(wanted.labels))
        statement = statement.where(labelled)
    rows = await connection.execute(statement)
    found = [Pending(contact_id, PendingPlace(at, message_id)) for contact_id, at, message_id in rows]
    if len(found) == limit:
        return Stretch(found, None)
    end = seen.with_only_columns(*order).offset(LOOKED_AT - 1).limit(1)
    last = (await connection.execute(end)).one_or_none()
    return Stretch(found, None if last is None else PendingPlace(*last))
