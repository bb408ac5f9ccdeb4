"""How much is waiting, for the metrics."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ScalarSelect, Select, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.clock import database_now
from bot.messages.claims import due_at, queued
from bot.messages.models import Message


@dataclass(frozen=True, slots=True)
class Depth:
    """What is waiting.

    Attributes:
        due: outbound messages queued and due.
        oldest_age_seconds: since the longest due of them became so; 0 when there is none.
        pending: inbound messages whose turn is still to come.
        parked: inbound messages on which the engine failed.
    """

    due: int
    oldest_age_seconds: float
    pending: int
    parked: int


async def outbox_depth(connection: AsyncConnection) -> Depth:
    """Count what is waiting; each count reads a partial index that holds nothing else."""
    now = await database_now(connection)
    row = (await connection.execute(depth_statement(now))).one()
    oldest_age = 0.0 if row.oldest is None else max(0.0, (now - row.oldest).total_seconds())
    return Depth(row.due, oldest_age, row.pending, row.parked)


def depth_statement(now: datetime) -> Select[int, datetime | None, int, int]:
    """One row: due, oldest, pending, parked."""
    due = queued(Message) & (due_at(Message) <= now)
    return select(
        select(func.count()).select_from(Message).where(due).scalar_subquery().label("due"),
        select(func.min(due_at(Message))).where(due).scalar_subquery().label("oldest"),
        _turns("pending").label("pending"),
        _turns("parked").label("parked"),
    )


def _turns(state: str) -> ScalarSelect[int]:
    # A literal, so that the planner sees the partial index's predicate.
    in_state = Message.turn_state == literal_column(f"'{state}'")
    return select(func.count()).select_from(Message).where(in_state).scalar_subquery()
