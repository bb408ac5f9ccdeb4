"""The statements by which flows change hands when contacts are merged."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.models import FlowInstance


async def give_instance(connection: AsyncConnection, instance_id: str, before: str, after: str, now: datetime) -> None:
    """Give an instance that is one contact's to another, who has no open one."""
    statement = update(FlowInstance).where(FlowInstance.id == instance_id, FlowInstance.contact_id == before)
    await connection.execute(statement.values(contact_id=after, updated_at=now))


async def reopen(
    connection: AsyncConnection, instance_id: str, *, paused: bool, paused_until: datetime | None, now: datetime
) -> None:
    """Let an instance that ended go on, as it was."""
    values = {"ended_at": None, "end_reason": None, "paused": paused, "paused_until": paused_until, "updated_at": now}
    await connection.execute(update(FlowInstance).where(FlowInstance.id == instance_id).values(values))


async def owner(connection: AsyncConnection, instance_id: str) -> str | None:
    """Whose the instance is."""
    return await connection.scalar(select(FlowInstance.contact_id).where(FlowInstance.id == instance_id))


async def opened(connection: AsyncConnection, contact_ids: Sequence[str]) -> Sequence[Row[str, str, bool, datetime]]:
    """The open instances of those contacts: id, contact_id, paused, created_at."""
    columns = (FlowInstance.id, FlowInstance.contact_id, FlowInstance.paused, FlowInstance.created_at)
    statement = select(*columns).where(
        FlowInstance.contact_id.in_(sorted(contact_ids)), FlowInstance.ended_at.is_(None)
    )
    return (await connection.execute(statement)).all()
