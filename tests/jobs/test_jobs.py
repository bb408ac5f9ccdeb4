"""Due work: run once each, tried again when it fails, every day where it is daily."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from typing import Any

import pytest
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.jobs import service
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Handler, Job, Jobs, next_occurrence, purge, schedule
from tests.support.rows import add_person
from tests.support.waiting import eventually


class Work:
    """A handler that remembers what it ran, and fails when told to."""

    def __init__(self) -> None:
        self.ran: list[Job] = []
        self.fault: Exception | None = None

    async def __call__(self, connection: AsyncConnection, job: Job) -> None:
        self.ran.append(job)
        await add_person(connection, f"+{len(self.ran)}")
        if self.fault is not None:
            raise self.fault

    @property
    def keys(self) -> list[str]:
        return [job.key for job in self.ran]


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def jobs(engine: AsyncEngine, work: Work) -> Jobs:
    return Jobs(engine, "one", {"work": Handler(work)})


async def put(engine: AsyncEngine, key: str, *, due_in: float = -1.0, type_: str = "work") -> None:
    async with engine.begin() as connection:
        await schedule(connection, type_, key, utc_now() + timedelta(seconds=due_in), {"of": key})


async def row(engine: AsyncEngine, key: str) -> dict[str, Any]:
    async with engine.connect() as connection:
        statement = select(ScheduledJob.__table__).where(ScheduledJob.key == key)
        return dict((await connection.execute(statement)).one()._mapping)


async def change(engine: AsyncEngine, key: str, **values: Any) -> None:
    async with engine.begin() as connection:
        await connection.execute(update(ScheduledJob).where(ScheduledJob.key == key).values(**values))


async def people(engine: AsyncEngine) -> int:
    async with engine.connect() as connection:
        return (await connection.execute(select(func.count()).select_from(Contact))).scalar_one()


async def test_a_due_job_runs_once_with_its_payload(engine: AsyncEngine, jobs: Jobs, work: Work) -> None:
    await put(engine, "a")

    assert await jobs.run_next()
    assert not await jobs.run_next()

    assert [(job.key, job.payload, job.attempt) for job in work.ran] == [("a", {"of": "a"}, 1)]
    assert (await row(engine, "a"))["status"] == "done"


async def test_jobs_run_in_the_order_in_which_they_became_due(engine: AsyncEngine, jobs: Jobs, work: Work) -> None:
    await put(engine, "late", due_in=-1)
    await put(engine, "early", due_in=-60)
    await put(engine, "future", due_in=60)

    while await jobs.run_next():
        pass

    assert work.keys == ["early", "late"]


async def test_scheduling_the_same_thing_twice_makes_one_job(engine: AsyncEngine, jobs: Jobs, work: Work) -> None:
    await put(engine, "a")
    await put(engine, "a", due_in=-5)

    while await jobs.run_next():
        pass

    assert work.keys == ["a"]


async def test_a_job_that_fails_leaves_no_trace_but_its_error_and_is_tried_again(
    engine: AsyncEngine, jobs: Jobs, work: Work
) -> None:
    await put(engine, "a")
    work.fault = ValueError("no luck")

    await jobs.run_next()

    failed = await row(engine, "a")
    assert (failed["status"], failed["error"], failed["attempts"]) == ("pending", "ValueError: no luck", 1)
    assert failed["claimed_by"] is None
    assert await people(engine) == 0

    work.fault = None
    await change(engine, "a", scheduled_at=utc_now() - timedelta(seconds=1))
    await jobs.run_next()
    assert (await row(engine, "a"))["status"] == "done"
    assert await people(engine) == 1


async def test_a_job_that_fails_too_often_is_left_as_failed(engine: AsyncEngine, jobs: Jobs, work: Work) -> None:
    await put(engine, "a")
    await change(engine, "a", attempts=service.MAX_ATTEMPTS - 1)
    work.fault = ValueError("no luck")

    await jobs.run_next()

    assert (await row(engine, "a"))["status"] == "failed"
    assert not await jobs.run_next()


async def test_a_job_whose_process_died_is_run_by_another_after_its_lease(
    engine: AsyncEngine, jobs: Jobs, work: Work
) -> None:
    await put(engine, "a")
    await change(engine, "a", claimed_by="dead", claimed_until=utc_now() + timedelta(minutes=1), attempts=1)
    assert not await jobs.run_next()

    await change(engine, "a", claimed_until=utc_now() - timedelta(seconds=1))
    assert await jobs.run_next()
    assert work.ran[0].attempt == 2


async def test_what_was_done_after_the_claim_was_lost_is_taken_back(engine: AsyncEngine) -> None:
    async def overtaken(connection: AsyncConnection, job: Job) -> None:
        await add_person(connection)
        # As if another process had taken over meanwhile.
        await connection.execute(update(ScheduledJob).values(claimed_by="other", attempts=job.attempt + 1))

    await put(engine, "a")

    assert await Jobs(engine, "one", {"work": Handler(overtaken)}).run_next()

    assert await people(engine) == 0
    assert (await row(engine, "a"))["status"] == "pending"


async def test_jobs_of_a_type_that_a_process_does_not_know_are_left_to_others(engine: AsyncEngine, jobs: Jobs) -> None:
    await put(engine, "a", type_="newer")

    assert not await jobs.run_next()
    assert (await row(engine, "a"))["attempts"] == 0


async def test_two_processes_never_run_the_same_job(engine: AsyncEngine, work: Work) -> None:
    for number in range(20):
        await put(engine, str(number))

    async def drain(owner: str) -> None:
        mine = Jobs(engine, owner, {"work": Handler(work)})
        while await mine.run_next():
            pass

    await asyncio.gather(drain("one"), drain("two"))

    assert sorted(work.keys, key=int) == [str(number) for number in range(20)]


async def test_a_daily_job_schedules_itself_for_its_next_day(engine: AsyncEngine, work: Work) -> None:
    jobs = Jobs(engine, "one", {"work": Handler(work, daily_at=time(3, 0))})
    await put(engine, "2020-01-01")

    running = asyncio.create_task(jobs.run())

    async def done() -> bool:
        return bool((await row(engine, "2020-01-01"))["status"] == "done")

    await eventually(done)
    jobs.stop()
    await running

    expected = next_occurrence(time(3, 0), utc_now())
    upcoming = await row(engine, expected.date().isoformat())
    assert (upcoming["status"], upcoming["scheduled_at"]) == ("pending", expected)
    assert work.keys == ["2020-01-01"]


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (datetime(2030, 5, 1, 2, 59, tzinfo=UTC), datetime(2030, 5, 1, 3, tzinfo=UTC)),
        (datetime(2030, 5, 1, 3, 0, tzinfo=UTC), datetime(2030, 5, 2, 3, tzinfo=UTC)),
    ],
)
def test_the_next_day_begins_after_the_moment_itself(now: datetime, expected: datetime) -> None:
    assert next_occurrence(time(3, 0), now) == expected


async def test_jobs_done_long_ago_are_purged_and_failed_ones_stay(engine: AsyncEngine) -> None:
    long_ago = utc_now() - timedelta(days=40)
    for key, status, changed in (("old", "done", long_ago), ("new", "done", utc_now()), ("bad", "failed", long_ago)):
        await put(engine, key)
        await change(engine, key, status=status, updated_at=changed)

    async with engine.begin() as connection:
        assert await purge(connection, utc_now() - timedelta(days=30)) == 1
