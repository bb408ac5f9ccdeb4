"""Statements over scheduled jobs."""

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Row, Select, Update, delete, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.db.bulk import BulkInsert
from bot.jobs.models import ScheduledJob

JobRow = Row[str, str, str, dict[str, Any] | None, datetime, int]
"""id, type, key, payload, scheduled_at, attempts."""


_INSERT = BulkInsert(
    ScheduledJob,
    ("id", "type", "key", "payload", "scheduled_at", "status", "created_at", "updated_at"),
    keys=("type", "key"),
    returning=("id",),
)


async def insert_job(
    connection: AsyncConnection, type_: str, key: str, at: datetime, payload: dict[str, Any] | None
) -> bool:
    """Insert a pending job; False when one of that type and key is there."""
    now = utc_now()
    row = {
        "id": new_id(),
        "type": type_,
        "key": key,
        "payload": payload,
        "scheduled_at": at,
        "status": "pending",
        "created_at": now,
        "updated_at": now,
    }
    return len(await _INSERT.execute(connection, [row])) == 1


def due_job(types: Collection[str], now: datetime) -> Select[str, str, str, dict[str, Any] | None, datetime, int]:
    """The longest due pending job of those types that nobody holds, locked; another's lock is passed over."""
    return (
        select(
            ScheduledJob.id,
            ScheduledJob.type,
            ScheduledJob.key,
            ScheduledJob.payload,
            ScheduledJob.scheduled_at,
            ScheduledJob.attempts,
        )
        .where(
            # A literal, so that the planner sees the partial index's predicate.
            ScheduledJob.status == literal_column("'pending'"),
            ScheduledJob.scheduled_at <= now,
            or_(ScheduledJob.claimed_until.is_(None), ScheduledJob.claimed_until <= now),
            ScheduledJob.type.in_(sorted(types)),
        )
        .order_by(ScheduledJob.scheduled_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def mark_claimed(connection: AsyncConnection, job_id: str, owner: str, until: datetime) -> None:
    """Hold a job that `due_job` locked."""
    statement = update(ScheduledJob).where(ScheduledJob.id == job_id)
    await connection.execute(
        statement.values(claimed_by=owner, claimed_until=until, attempts=ScheduledJob.attempts + 1)
    )


def release(job_id: str, owner: str, attempt: int) -> Update:
    """Ends a claim, if it still is `owner`'s of that attempt; give it the values to set."""
    return (
        update(ScheduledJob)
        .where(ScheduledJob.id == job_id, ScheduledJob.claimed_by == owner, ScheduledJob.attempts == attempt)
        .values(claimed_by=None, claimed_until=None)
    )


async def delete_done(connection: AsyncConnection, before: datetime) -> int:
    """Delete jobs that were done before `before`; returns how many."""
    statement = delete(ScheduledJob).where(ScheduledJob.status == "done", ScheduledJob.updated_at < before)
    return (await connection.execute(statement)).rowcount
