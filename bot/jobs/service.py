"""The public face of due work: what is to be done once or every day, by whichever process is first."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.clock import database_now
from bot.db.hub import hint
from bot.jobs import queries
from bot.jobs.claims import LEASE, MAX_ATTEMPTS
from bot.jobs.depth import JobDepth, job_depths
from bot.jobs.queries import JobRow, ListedJob, beginning_of, count_jobs, find, latest, listed
from bot.jobs.rules import Daily
from bot.jobs.runner import AT_ONCE, Jobs
from bot.jobs.scheduling import schedule
from bot.jobs.status import JobStatus
from bot.jobs.values import Context, Handler, Job, NewJob, Progress

__all__ = [
    "AT_ONCE",
    "LEASE",
    "MAX_ATTEMPTS",
    "Context",
    "Daily",
    "Handler",
    "Job",
    "JobDepth",
    "JobRow",
    "JobStatus",
    "Jobs",
    "ListedJob",
    "NewJob",
    "Progress",
    "beginning_of",
    "cancel",
    "count_jobs",
    "find",
    "job_depths",
    "latest",
    "listed",
    "purge",
    "retry",
    "schedule",
]


async def cancel(connection: AsyncConnection, ids: Collection[str]) -> frozenset[str]:
    """Cancel jobs that are pending; what their slices under way have done is taken back. Returns which it were."""
    cancelled = await queries.set_status(connection, ids, (JobStatus.PENDING,), status=JobStatus.CANCELLED)
    hint(connection, Topic.JOBS, cancelled)
    return cancelled


async def retry(connection: AsyncConnection, ids: Collection[str]) -> frozenset[str]:
    """Let jobs that failed or were cancelled go on at once, from their checkpoints; returns which it were."""
    again = await queries.set_status(
        connection,
        ids,
        (JobStatus.FAILED, JobStatus.CANCELLED),
        status=JobStatus.PENDING,
        scheduled_at=await database_now(connection),
        attempts=0,
        error=None,
    )
    hint(connection, Topic.JOBS, again)
    return again


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Delete jobs done or cancelled before `before`, failed ones stay for an admin; returns how many."""
    return await queries.delete_ended(connection, before)
