"""What a batch of turns reads and writes beside contacts and messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row, bindparam, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.models import FlowInstance
from bot.conversations.notes import TurnNote
from bot.conversations.runner import parked
from bot.db.bulk import upsert
from bot.messages.models import Direction, Message, TurnState

_MAX_ATTEMPTS = 10

_MOVED = (
    "current_step_key",
    "state_json",
    "asked",
    "last_interaction_at",
    "paused",
    "paused_until",
    "ended_at",
    "end_reason",
    "updated_at",
)


async def open_instances(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The open instance of each contact that has one."""
    statement = select(FlowInstance.__table__).where(
        FlowInstance.contact_id.in_(sorted(contact_ids)), FlowInstance.ended_at.is_(None)
    )
    return (await connection.execute(statement)).all()


async def write_instances(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Insert new instances and move known ones; ended ones come first, so that one open one a contact holds."""
    await connection.execute(upsert(connection, FlowInstance, ("id",), _MOVED), list(rows))


async def recent_triggers(
    connection: AsyncConnection, contact_ids: Iterable[str], since: datetime
) -> Sequence[Row[str, str | None, datetime]]:
    """(contact_id, trigger_id, moment) of each trigger's latest message since `since`; failed ones do not count."""
    statement = (
        select(Message.contact_id, Message.trigger_id, func.max(Message.created_at))
        .where(
            Message.contact_id.in_(sorted(contact_ids)),
            Message.trigger_id.is_not(None),
            Message.direction == Direction.OUTBOUND,
            Message.created_at >= since,
            Message.status != "failed",
        )
        .group_by(Message.contact_id, Message.trigger_id)
    )
    return (await connection.execute(statement)).all()


async def contacts_with_pending(connection: AsyncConnection, contact_ids: Iterable[str]) -> set[str]:
    """Which of those contacts have messages whose turn is still to come."""
    statement = (
        select(Message.contact_id)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.turn_state == TurnState.PENDING)
        .distinct()
    )
    return set((await connection.execute(statement)).scalars())


async def contacts_due(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Contacts whose first pending message may have its turn now."""
    earlier = Message.__table__.alias("earlier")
    statement = (
        select(Message.contact_id)
        .where(
            Message.turn_state == TurnState.PENDING,
            or_(Message.next_attempt_at.is_(None), Message.next_attempt_at <= now),
            ~select(earlier.c.id)
            .where(
                earlier.c.contact_id == Message.contact_id,
                earlier.c.turn_state == TurnState.PENDING,
                earlier.c.seq < Message.seq,
            )
            .exists(),
        )
        .order_by(Message.created_at)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


async def pending_messages(connection: AsyncConnection, contact_ids: Iterable[str], limit: int) -> list[dict[str, Any]]:
    """The pending messages of those contacts, whole rows, in order."""
    statement = (
        select(Message.__table__)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.turn_state == TurnState.PENDING)
        .order_by(Message.contact_id, Message.seq)
        .limit(limit)
    )
    return [dict(row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - a Row's public mapping


async def put_off(
    connection: AsyncConnection, contact_id: str, now: datetime, error: Exception, *, at_once: bool
) -> TurnNote | None:
    """After a fault, let a contact's first pending message wait twice as long as before; at last, or at once, park it.

    Returns what to tell of a message that was parked. One that had its turn elsewhere meanwhile is left alone.
    """
    statement = (
        select(Message.id, Message.channel, Message.attempts)
        .where(Message.contact_id == contact_id, Message.turn_state == TurnState.PENDING)
        .order_by(Message.seq)
        .limit(1)
    )
    first = (await connection.execute(statement)).one_or_none()
    if first is None:
        return None
    attempts = first.attempts + 1
    park = at_once or attempts >= _MAX_ATTEMPTS
    outcome = parked(error) if park else {"next_attempt_at": now + timedelta(seconds=2**attempts)}
    changed = await connection.execute(
        update(Message)
        .where(Message.id == first.id, Message.turn_state == TurnState.PENDING)
        .values(attempts=attempts, updated_at=now, **outcome)
    )
    if not park or not changed.rowcount:
        return None
    return TurnNote(first.id, contact_id, first.channel, error=type(error).__name__)


async def write_turns(connection: AsyncConnection, rows: Sequence[dict[str, Any]]) -> None:
    """Record what came of pending messages' turns."""
    columns = ("turn_state", "trace", "error", "error_reason", "attempts", "next_attempt_at", "updated_at")
    statement = (
        update(Message)
        .where(Message.__table__.c.id == bindparam("id_"))
        .values({Message.__table__.c[name]: bindparam(f"{name}_") for name in columns})
    )
    await connection.execute(statement, [{f"{name}_": row[name] for name in (*columns, "id")} for row in rows])
