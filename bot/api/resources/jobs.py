"""Jobs: due work, how far it is, and what is done about it."""

from collections.abc import Awaitable, Callable, Collection
from datetime import datetime
from types import MappingProxyType
from typing import Annotated, Any

from pydantic import Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import CONFLICT, ProblemError, not_found
from bot.api.shapes import Page, PageQuery, Shown, Text
from bot.audit.service import record
from bot.core.permissions import Permission
from bot.jobs.service import JobStatus, ListedJob, cancel, find, listed, retry

_Change = Callable[[AsyncConnection, Collection[str]], Awaitable[Collection[str]]]
_ONE = MappingProxyType({"path": {"job_id": "cmb0z1q4w000012ab34cd56ef"}})


class Job(Shown):
    """Work that is due at a moment, and done slice by slice."""

    id: str
    type: Annotated[str, Field(description="What is done: `contact_import`.")]
    key: Annotated[str, Field(description="What it is about; that of a job that recurs is its day.")]
    status: JobStatus
    under_way: Annotated[bool, Field(description="Whether a process is at it now.")]
    done: Annotated[int, Field(description="How much is done, in units of its own.")]
    total: Annotated[int | None, Field(description="Of how much; null where nobody knows.")]
    attempts: Annotated[int, Field(description="How often the present slice was begun.")]
    error: Annotated[str | None, Field(description="Why it failed last.")]
    scheduled_at: Annotated[datetime, Field(description="When it is due, or was.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, job: ListedJob, now: datetime) -> "Job":
        """A job of ours."""
        values: dict[str, Any] = {name: getattr(job, name) for name in cls.model_fields if name in job._fields}
        under_way = job.status == JobStatus.PENDING and job.claimed_until is not None and job.claimed_until > now
        return cls(**values, under_way=under_way)


class JobPage(Page[Job]):
    """Some jobs."""


class JobQuery(PageQuery):
    """Which jobs."""

    type: Annotated[tuple[Text, ...], Field(max_length=50, description="What is done.")] = ()
    status: tuple[JobStatus, ...] = ()


async def list_(call: Call[JobQuery, NoBody]) -> JobPage:
    """A page of them."""
    query, cursors = call.query, call.cursors
    found = await listed(
        call.connection, types=query.type, statuses=query.status, limit=cursors.wanted, after=cursors.after_moment
    )
    rows, following = cursors.page(found, lambda row: (row.scheduled_at, row.id))
    return JobPage(data=[Job.of(each, call.now) for each in rows], next=following)


async def get(call: Call[NoQuery, NoBody]) -> Job:
    """One of them."""
    return Job.of(await _job(call), call.now)


async def stop(call: Call[NoQuery, NoBody]) -> Job:
    """Cancel one that is pending."""
    return await _changed(call, cancel, "job.cancel", "Only a pending job can be cancelled")


async def run_again(call: Call[NoQuery, NoBody]) -> Job:
    """Let one go on that failed or was cancelled."""
    return await _changed(call, retry, "job.retry", "Only a job that failed or was cancelled can be run again")


async def _changed(call: Call[Any, Any], change: _Change, action: str, why: str) -> Job:
    job = await _job(call)
    if not await change(call.connection, [job.id]):
        raise ProblemError(CONFLICT, f"{why}; this one is {job.status}.", code="status")
    await record(call.connection, call.by, action, "job", job.id, at=call.now)
    return Job.of(await _job(call), call.now)


async def _job(call: Call[Any, Any]) -> ListedJob:
    found = await find(call.connection, call.path["job_id"])
    if found is None:
        raise not_found("job")
    return found


JOBS = Resource(
    "jobs",
    "Work that is done beside the conversation: imports, many messages, what recurs each day.",
    (
        Operation(
            name="list_jobs",
            method="GET",
            path="/jobs",
            scope=Permission.JOBS_MANAGE,
            summary="List jobs",
            description="Those that are due last come first.",
            handle=list_,
            query=JobQuery,
            result=JobPage,
            example=MappingProxyType({"query": {"status": "failed"}}),
        ),
        Operation(
            name="get_job",
            method="GET",
            path="/jobs/{job_id}",
            scope=Permission.JOBS_MANAGE,
            summary="Get a job",
            description="With how far it is: `done` of `total`.",
            handle=get,
            result=Job,
            example=_ONE,
        ),
        Operation(
            name="cancel_job",
            method="POST",
            path="/jobs/{job_id}/cancel",
            scope=Permission.JOBS_MANAGE,
            summary="Cancel a job",
            description="What its earlier slices did stays done.",
            handle=stop,
            result=Job,
            problems=(CONFLICT,),
            example=_ONE,
        ),
        Operation(
            name="retry_job",
            method="POST",
            path="/jobs/{job_id}/retry",
            scope=Permission.JOBS_MANAGE,
            summary="Run a job again",
            description="One that failed or was cancelled goes on from where it was.",
            handle=run_again,
            result=Job,
            problems=(CONFLICT,),
            example=_ONE,
        ),
    ),
)
