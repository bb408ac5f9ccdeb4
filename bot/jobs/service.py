"""Due work: jobs that are rows, run once each when their moment has come, by whichever process is first."""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.db.clock import database_now
from bot.jobs import queries

LEASE = timedelta(minutes=5)
"""How long a claim holds; a job whose process died is run again afterwards."""
MAX_ATTEMPTS = 10
"""A job that failed so often is left as failed, with its error."""
POLL_SECONDS = 1.0
_LONGEST_ERROR = 2000

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of due work.

    Attributes:
        id: the row's.
        type: which handler runs it.
        key: what it is about; unique within its type.
        payload: what the handler needs, JSON.
        scheduled_at: when it became due.
        attempt: which attempt this is, from 1.
    """

    id: str
    type: str
    key: str
    payload: Mapping[str, Any]
    scheduled_at: datetime
    attempt: int


@dataclass(frozen=True, slots=True)
class Handler:
    """What runs a type of job.

    Attributes:
        run: does the work within the given transaction, which also marks the job done, so that both happen or
            neither; raises to be tried again later. It must not wait for anything but the database.
        daily_at: for a job that runs each day: when, in UTC.
    """

    run: Callable[[AsyncConnection, Job], Awaitable[None]]
    daily_at: time | None = None


async def schedule(
    connection: AsyncConnection, type_: str, key: str, at: datetime, payload: Mapping[str, Any] | None = None
) -> bool:
    """Schedule a job for `at`; False when one of that type and key is there already, whatever became of it."""
    return await queries.insert_job(connection, type_, key, at, None if payload is None else dict(payload))


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Delete jobs done before `before`, failed ones stay for an admin; returns how many."""
    return await queries.delete_done(connection, before)


class Jobs:
    """Runs due jobs one after the other; any number of processes may do so beside each other on PostgreSQL."""

    def __init__(self, engine: AsyncEngine, owner: str, handlers: Mapping[str, Handler]) -> None:
        """Jobs that wait for `run`.

        Args:
            engine: the database.
            owner: names this process in its claims, at most 64 characters, unlike any other's.
            handlers: by type; jobs of other types are left to processes that know them.
        """
        self._engine = engine
        self._owner = owner
        self._handlers = handlers
        self._stopping = asyncio.Event()

    async def run(self) -> None:
        """Run what is due until `stop`; a database that is away is waited for."""
        failures = 0
        begun = False
        while not self._stopping.is_set():
            try:
                if not begun:
                    await self._schedule_daily()
                    begun = True
                worked = await self.run_next()
            except Exception as error:  # noqa: BLE001 - due work has to outlive every fault of its surroundings
                failures += 1
                log.warning("due work waits for the database", error=type(error).__name__)
                await self._pause(POLL_SECONDS + backoff(failures, jitter()))
                continue
            failures = 0
            if not worked:
                await self._pause(POLL_SECONDS)

    def stop(self) -> None:
        """Let `run` return after the job under way."""
        self._stopping.set()

    async def run_next(self) -> bool:
        """Run the job that has been due longest; False when none is due."""
        job = await self._claim()
        if job is None:
            return False
        try:
            async with self._engine.begin() as connection:
                await self._handlers[job.type].run(connection, job)
                await self._finish(connection, job, status="done", error=None)
        except _ClaimLostError:
            log.warning("job taken over by another process", job=job.id, type=job.type)
        except Exception as error:  # noqa: BLE001 - whatever a handler's fault is, only its job may suffer
            await self._fail(job, error)
        else:
            log.info("job done", job=job.id, type=job.type, key=job.key)
        return True

    async def _claim(self) -> Job | None:
        async with self._engine.begin() as connection:
            now = await database_now(connection)
            row = (await connection.execute(queries.due_job(self._handlers, now))).one_or_none()
            if row is None:
                return None
            await queries.mark_claimed(connection, row.id, self._owner, now + LEASE)
        return Job(row.id, row.type, row.key, row.payload or {}, row.scheduled_at, row.attempts + 1)

    async def _finish(self, connection: AsyncConnection, job: Job, *, status: str, error: str | None) -> None:
        """Settle the job for good; a daily one's next day is scheduled with it."""
        statement = queries.release(job.id, self._owner, job.attempt).values(status=status, error=error)
        if (await connection.execute(statement)).rowcount != 1:
            raise _ClaimLostError
        await self._schedule_next_day(connection, job.type)

    async def _fail(self, job: Job, error: Exception) -> None:
        told = f"{type(error).__name__}: {error}"[:_LONGEST_ERROR]
        # The error's own text may quote a person, so it stays in the database.
        log.warning("job failed", job=job.id, type=job.type, attempt=job.attempt, error=type(error).__name__)
        with contextlib.suppress(_ClaimLostError):
            async with self._engine.begin() as connection:
                if job.attempt >= MAX_ATTEMPTS:
                    await self._finish(connection, job, status="failed", error=told)
                    return
                at = await database_now(connection) + timedelta(seconds=backoff(job.attempt, jitter()))
                statement = queries.release(job.id, self._owner, job.attempt)
                await connection.execute(statement.values(scheduled_at=at, error=told))

    async def _schedule_daily(self) -> None:
        async with self._engine.begin() as connection:
            for type_ in self._handlers:
                await self._schedule_next_day(connection, type_)

    async def _schedule_next_day(self, connection: AsyncConnection, type_: str) -> None:
        daily_at = self._handlers[type_].daily_at
        if daily_at is not None:
            at = next_occurrence(daily_at, await database_now(connection))
            await schedule(connection, type_, at.date().isoformat(), at)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopping.wait()


class _ClaimLostError(Exception):
    """The lease ended and another process took the job: what was done here is taken back."""


def next_occurrence(at: time, now: datetime) -> datetime:
    """The first moment after `now` at which the day's time is `at`, both in UTC."""
    today = datetime.combine(now.date(), at, tzinfo=now.tzinfo)
    return today if today > now else today + timedelta(days=1)
