"""The statements over messages whose turn failed."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, bindparam, literal_column, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.counting import count_some
from bot.messages.models import Message, TurnState

# A literal, so that the planner sees the partial index's predicate.
_IS_PARKED: ColumnElement[bool] = Message.turn_state == literal_column("'parked'")


class ParkedRow(NamedTuple):
    """A message whose turn failed."""

    id: str
    contact_id: str
    trace: list[Any]


async def parked_ids(
    connection: AsyncConnection, channels: Collection[str], limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[str]:
    """Those that are parked, of one of the channels or of any, the newest first; behind that moment and id."""
    statement = select(Message.id).where(_IS_PARKED)
    if channels:
        statement = statement.where(Message.channel.in_(channels))
    if after is not None:
        statement = statement.where(tuple_(Message.created_at, Message.id) < tuple_(*after))
    ordered = statement.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)
    return list(await connection.scalars(ordered))


async def count_parked(connection: AsyncConnection, channels: Collection[str]) -> int:
    """How many `parked_ids` finds in all, as `count_some` counts."""
    of_channels = (Message.channel.in_(channels),) if channels else ()
    return await count_some(connection, select(Message.id).where(_IS_PARKED, *of_channels))


async def lock_parked(connection: AsyncConnection, message_ids: Collection[str]) -> Sequence[ParkedRow]:
    """Those of the messages that are parked, locked, by id."""
    statement = (
        select(Message.id, Message.contact_id, Message.trace)
        .where(Message.id.in_(message_ids), _IS_PARKED)
        .order_by(Message.id)
        .with_for_update()
    )
    return [ParkedRow(row.id, row.contact_id, row.trace or []) for row in await connection.execute(statement)]


async def let_wait(connection: AsyncConnection, message_ids: Collection[str], now: datetime) -> None:
    """Let the turns of these locked messages be due."""
    values = {"turn_state": TurnState.PENDING, "attempts": 0, "next_attempt_at": None, "updated_at": now}
    statement = update(Message).where(Message.id.in_(message_ids))
    await connection.execute(statement.values(**values, error=None, error_reason=None))


async def end(connection: AsyncConnection, traces: Sequence[tuple[str, list[Any]]], now: datetime) -> None:
    """Let these locked messages need no turn any more; each with its trace from now on."""
    statement = update(Message).where(Message.id == bindparam("which"))
    await connection.execute(
        statement.values(turn_state=TurnState.DONE, trace=bindparam("told"), updated_at=now),
        [{"which": id_, "told": trace} for id_, trace in traces],
    )
