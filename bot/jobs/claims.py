"""Claims: a process holds a job for one slice, and whatever it does is good only while it holds it."""

import asyncio
from collections.abc import AsyncIterator, Collection
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.text import clean
from bot.db.clock import database_now
from bot.jobs import queries
from bot.jobs.status import JobStatus
from bot.jobs.values import Job, Progress

LEASE = timedelta(minutes=5)
"""How long a claim holds; a slice whose process died is run again afterwards."""
MAX_ATTEMPTS = 10
"""A job whose next slice was begun so often in vain is left as failed, with its error."""
_DEADLY = "the process ended in the middle of every attempt"
_UNREADABLE = "its {} is no JSON object"
_LONGEST_ERROR = 2000

log = structlog.get_logger()


class ClaimLostError(Exception):
    """The lease ended and another process took the job, or somebody cancelled it: what was done is taken back."""


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that is ours for one slice.

    Attributes:
        job: the job.
        name: what its row says as long as that is so; unlike any other claim's.
    """

    job: Job
    name: str


async def claim(connection: AsyncConnection, types: Collection[str], name: str, now: datetime) -> Claim | None:
    """Claim the job of those types that has been due longest, as `name`; the caller commits. None when none is due."""
    while (row := await queries.next_due(connection, types, now)) is not None:
        job = _job(row)
        if isinstance(job, Job):
            await queries.mark_claimed(connection, row.id, name, now + LEASE)
            return Claim(job, name)
        log.error("job failed", job=row.id, type=row.type, error=job)
        await queries.set_status(connection, [row.id], [JobStatus.PENDING], status=JobStatus.FAILED, error=job)
    return None


async def advance(connection: AsyncConnection, held: Claim, progress: Progress | None) -> None:
    """Note within the slice's own transaction how far it came; raises ClaimLostError where it must be taken back."""
    reached = {} if progress is None else {"done": progress.done, "total": progress.total}
    if progress is None or progress.checkpoint is None:
        still_ours = await _release(connection, held, status=JobStatus.DONE, error=None, **reached)
    else:
        # It is due again behind those that wait by now, so that none of them waits for more than a slice.
        due = await database_now(connection) + progress.pause
        still_ours = await _release(
            connection,
            held,
            checkpoint=dict(progress.checkpoint),
            scheduled_at=due,
            attempts=0,
            error=None,
            **reached,
        )
    if not still_ours:
        raise ClaimLostError


async def give_back(connection: AsyncConnection, held: Claim, error: str) -> None:
    """After a slice that failed: let it be tried again later, or leave its job as failed when that was often enough."""
    told = clean(error, _LONGEST_ERROR)[0]
    if held.job.attempt >= MAX_ATTEMPTS:
        await _release(connection, held, status=JobStatus.FAILED, error=told)
        return
    at = await database_now(connection) + timedelta(seconds=backoff(held.job.attempt, jitter()))
    await _release(connection, held, scheduled_at=at, error=told)


@asynccontextmanager
async def renewing(engine: AsyncEngine, held: Claim) -> AsyncIterator[None]:
    """Renew the claim every now and then while the body runs."""
    task = asyncio.create_task(_renew(engine, held))
    try:
        yield
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


async def _renew(engine: AsyncEngine, held: Claim) -> None:
    still_ours = True
    while still_ours:
        await asyncio.sleep(LEASE.total_seconds() / 3)
        try:
            async with engine.begin() as connection:
                until = await database_now(connection) + LEASE
                still_ours = await queries.renew(connection, held.job.id, held.name, until)
        except Exception as error:  # noqa: BLE001 - the next time may do; the slice itself finds out whether it is too late
            log.warning("claim not renewed", job=held.job.id, error=type(error).__name__)


async def _release(connection: AsyncConnection, held: Claim, **values: object) -> bool:
    return await queries.release(connection, held.job.id, held.name, **values)


def _job(row: queries.DueJob) -> Job | str:
    """The job, or why it can never run."""
    payload, checkpoint = {} if row.payload is None else row.payload, row.checkpoint
    if row.attempts >= MAX_ATTEMPTS:
        # A slice that fails is given back, so in this one the process itself came to its end, time and again.
        return _DEADLY
    if not isinstance(payload, dict):
        return _UNREADABLE.format("payload")
    if not isinstance(checkpoint, dict | None):
        return _UNREADABLE.format("checkpoint")
    return Job(
        id=row.id,
        type=row.type,
        key=row.key,
        payload=payload,
        attempt=row.attempts + 1,
        checkpoint=checkpoint,
        done=row.done,
        total=row.total,
    )
