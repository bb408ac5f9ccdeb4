"""The statements by which messages change hands when contacts are merged."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Row, Select, func, literal_column, select, union
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkUpdate
from bot.messages.models import Message

MOVE = BulkUpdate(Message, "id", ("contact_id", "seq", "epoch", "updated_at"))
"""Gives messages to another contact, each with a number that is free there."""
SET_BODIES = BulkUpdate(Message, "id", ("body",))
"""Writes bodies anew."""
_COLUMNS = (
    Message.body,
    *(Message.id, Message.seq, Message.epoch, Message.address_id, Message.direction, Message.flow_instance_id),
    func.coalesce(Message.sent_at, Message.created_at).label("said_at"),
)


async def lock_waiting(connection: AsyncConnection, contact_id: str) -> Sequence[Row[Any]]:
    """What is still to be sent to a contact, or to be answered, locked in the order of ids."""
    return await _locked(connection, select(*_COLUMNS).where(Message.id.in_(_waiting(contact_id))))


async def last_heard(connection: AsyncConnection, contact_id: str) -> int:
    """The number of what a contact wrote last; 0 for nothing."""
    statement = select(func.max(Message.seq)).where(
        Message.contact_id == contact_id, Message.direction == literal_column("'inbound'")
    )
    return await connection.scalar(statement) or 0


async def count_waiting(connection: AsyncConnection, contact_id: str) -> int:
    """How many of a contact's messages are still to be sent, or to be answered."""
    return await connection.scalar(select(func.count()).select_from(_waiting(contact_id).subquery())) or 0


def _waiting(contact_id: str) -> CompoundSelect[str]:
    queued = select(Message.id).where(
        Message.contact_id == contact_id,
        Message.direction == literal_column("'outbound'"),
        Message.status == literal_column("'queued'"),
    )
    pending = select(Message.id).where(
        Message.contact_id == contact_id, Message.turn_state == literal_column("'pending'")
    )
    return union(queued, pending)


async def lock_since(connection: AsyncConnection, contact_id: str, seq: int) -> Sequence[Row[Any]]:
    """A contact's messages with a higher number, locked in the order of ids."""
    return await _locked(connection, select(*_COLUMNS).where(Message.contact_id == contact_id, Message.seq > seq))


async def _locked(connection: AsyncConnection, statement: Select[*tuple[Any, ...]]) -> Sequence[Row[Any]]:
    return (await connection.execute(statement.order_by(Message.id).with_for_update(key_share=True))).all()
