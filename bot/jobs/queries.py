"""Statements over scheduled jobs."""

import contextlib
import json
from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Text,
    Update,
    cast,
    delete,
    func,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert
from bot.db.counting import count_some
from bot.jobs.models import ScheduledJob
from bot.jobs.status import JobStatus


class NewRow(TypedDict):
    """A job that is inserted."""

    id: str
    type: str
    key: str
    payload: dict[str, Any]
    scheduled_at: datetime
    status: str
    created_at: datetime
    updated_at: datetime


class DueJob(NamedTuple):
    """A job whose next slice is due; its payload and checkpoint are what somebody's hand may have made of them."""

    id: str
    type: str
    key: str
    payload: object
    attempts: int
    checkpoint: object
    done: int
    total: int | None


class ListedJob(NamedTuple):
    """A job in a list."""

    id: str
    type: str
    key: str
    status: str
    scheduled_at: datetime
    claimed_until: datetime | None
    attempts: int
    done: int
    total: int | None
    error: str | None
    created_at: datetime
    updated_at: datetime


class JobRow(NamedTuple):
    """A job as people look at it; its payload and checkpoint are JSON, or the text that stands there and is none."""

    id: str
    type: str
    key: str
    status: str
    scheduled_at: datetime
    claimed_until: datetime | None
    attempts: int
    done: int
    total: int | None
    error: str | None
    created_at: datetime
    updated_at: datetime
    payload: object
    checkpoint: object


class PendingJobs(NamedTuple):
    """The pending jobs of one type, and when the first of them is due."""

    type: str
    jobs: int
    oldest: datetime


_INSERT = BulkInsert(ScheduledJob, tuple(NewRow.__annotations__), keys=("type", "key"), returning=("id",))
# Literals, so that the planner sees the partial indexes' predicates.
_IS_PENDING = ScheduledJob.status == literal_column("'pending'")
_HAS_FAILED = ScheduledJob.status == literal_column("'failed'")

_JSON = ("payload", "checkpoint")
_LATEST_FIRST = (ScheduledJob.scheduled_at.desc(), ScheduledJob.id.desc())


def _column(name: str) -> ColumnElement[Any]:
    """A column; of JSON its text, so that on SQLite one that cannot be read keeps no other from being read."""
    column: ColumnElement[Any] = getattr(ScheduledJob, name)
    return cast(column, Text).label(name) if name in _JSON else column


def _read(row: Row[*tuple[Any, ...]]) -> dict[str, Any]:
    """What was selected by `_column`, by name."""
    values = row._asdict()
    for name in _JSON:
        with contextlib.suppress(ValueError):
            values[name] = None if values[name] is None else json.loads(values[name])
    return values


async def insert_jobs(connection: AsyncConnection, rows: Sequence[NewRow]) -> frozenset[str]:
    """Insert pending jobs; returns the ids of those whose type and key were not there."""
    return frozenset(row.id for row in await _INSERT.execute(connection, rows))


def due_job(types: Collection[str], now: datetime) -> Select[Any]:
    """The longest due pending job of those types that nobody holds, locked; another's lock is passed over."""
    return (
        select(*map(_column, DueJob._fields))
        .where(
            _IS_PENDING,
            ScheduledJob.scheduled_at <= now,
            or_(ScheduledJob.claimed_until.is_(None), ScheduledJob.claimed_until <= now),
            ScheduledJob.type.in_(sorted(types)),
        )
        .order_by(ScheduledJob.scheduled_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )


async def next_due(connection: AsyncConnection, types: Collection[str], now: datetime) -> DueJob | None:
    """What `due_job` finds."""
    row = (await connection.execute(due_job(types, now))).one_or_none()
    return None if row is None else DueJob(**_read(row))


async def mark_claimed(connection: AsyncConnection, job_id: str, claim: str, until: datetime) -> None:
    """Hold a job that `due_job` locked."""
    statement = update(ScheduledJob).where(ScheduledJob.id == job_id)
    await connection.execute(
        statement.values(claimed_by=claim, claimed_until=until, attempts=ScheduledJob.attempts + 1)
    )


async def renew(connection: AsyncConnection, job_id: str, claim: str, until: datetime) -> bool:
    """Hold it longer, if it still is that claim's."""
    return (await connection.execute(_held(job_id, claim).values(claimed_until=until))).rowcount == 1


async def release(connection: AsyncConnection, job_id: str, claim: str, **values: object) -> bool:
    """End a claim and set `values`, if the job still is that claim's."""
    statement = _held(job_id, claim).values(claimed_by=None, claimed_until=None, **values)
    return (await connection.execute(statement)).rowcount == 1


def _held(job_id: str, claim: str) -> Update:
    return update(ScheduledJob).where(ScheduledJob.id == job_id, ScheduledJob.claimed_by == claim)


async def latest(
    connection: AsyncConnection,
    *,
    ids: Collection[str] | None = None,
    status: JobStatus | None = None,
    type_: str | None = None,
    limit: int,
) -> list[JobRow]:
    """The jobs that are due last, the latest first."""
    statement = select(*map(_column, JobRow._fields)).limit(limit)
    if ids is not None:
        statement = statement.where(ScheduledJob.id.in_(ids))
    if status is not None:
        statement = statement.where(ScheduledJob.status == status)
    if type_ is not None:
        statement = statement.where(ScheduledJob.type == type_)
    return [JobRow(**_read(row)) for row in await connection.execute(statement.order_by(*_LATEST_FIRST))]


async def listed(
    connection: AsyncConnection,
    *,
    types: Collection[str] = (),
    statuses: Collection[JobStatus] = (),
    after: tuple[datetime, str] | None = None,
    limit: int,
) -> list[ListedJob]:
    """A page of the same, without what they work with.

    Args:
        connection: to read with.
        types: only those of one of these; of any where there is none.
        statuses: likewise.
        after: only those behind this moment and id.
        limit: how many at most.
    """
    statement = select(*map(_column, ListedJob._fields)).limit(limit)
    if types:
        statement = statement.where(ScheduledJob.type.in_(types))
    if statuses:
        statement = statement.where(ScheduledJob.status.in_(statuses))
    if after is not None:
        statement = statement.where(tuple_(ScheduledJob.scheduled_at, ScheduledJob.id) < tuple_(*after))
    return [ListedJob(*row) for row in await connection.execute(statement.order_by(*_LATEST_FIRST))]


async def count_jobs(connection: AsyncConnection, types: Collection[str] = ()) -> int:
    """How many jobs of one of these types there are, of any where there is none, as `count_some` counts."""
    of_types = (ScheduledJob.type.in_(types),) if types else ()
    return await count_some(connection, select(ScheduledJob.id).where(*of_types))


async def find(connection: AsyncConnection, job_id: str) -> ListedJob | None:
    """The job of that id; None where there is none."""
    statement = select(*map(_column, ListedJob._fields)).where(ScheduledJob.id == job_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else ListedJob(*row)


async def beginning_of(connection: AsyncConnection, job_id: str, most: int) -> tuple[str, str]:
    """The beginnings of what a job works with and of its checkpoint, as they stand there; empty for none."""
    columns = (func.coalesce(func.substr(_column(name), 1, most), "") for name in _JSON)
    row = (await connection.execute(select(*columns).where(ScheduledJob.id == job_id))).one_or_none()
    return ("", "") if row is None else (row[0], row[1])


async def count_pending(connection: AsyncConnection) -> list[PendingJobs]:
    """The pending jobs by type."""
    columns = (ScheduledJob.type, func.count(), func.min(ScheduledJob.scheduled_at))
    statement = select(*columns).where(_IS_PENDING).group_by(ScheduledJob.type)
    return [PendingJobs(*row) for row in await connection.execute(statement)]


async def count_failed(connection: AsyncConnection) -> dict[str, int]:
    """How many jobs failed, by type."""
    statement = select(ScheduledJob.type, func.count().label("jobs")).where(_HAS_FAILED).group_by(ScheduledJob.type)
    return {row.type: row.jobs for row in await connection.execute(statement)}


async def set_status(
    connection: AsyncConnection, ids: Collection[str], before: Collection[JobStatus], **values: object
) -> frozenset[str]:
    """Set `values` on those of the jobs whose status is one of `before`, and end their claims; returns which."""
    statement = (
        update(ScheduledJob)
        .where(ScheduledJob.id.in_(ids), ScheduledJob.status.in_(before))
        .values(claimed_by=None, claimed_until=None, **values)
        .returning(ScheduledJob.id)
    )
    return frozenset(await connection.scalars(statement))


async def delete_ended(connection: AsyncConnection, before: datetime) -> int:
    """Delete jobs that were done or cancelled before `before`; returns how many."""
    statement = delete(ScheduledJob).where(
        ScheduledJob.status.in_((JobStatus.DONE, JobStatus.CANCELLED)), ScheduledJob.updated_at < before
    )
    return (await connection.execute(statement)).rowcount
