"""Long work goes slice by slice: it goes on where it was, others have their turn between, and nothing is done twice."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.jobs import claims, queries, runner
from bot.jobs.service import AT_ONCE, Context, Handler, Jobs, Progress, cancel, retry
from tests.support.due import Work, change, drain, process, put, row, write, written
from tests.support.waiting import eventually


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def jobs(engine: AsyncEngine, work: Work) -> Jobs[object]:
    return process(engine, "one", {"work": Handler(work)})


async def test_each_slice_goes_on_where_the_one_before_stopped(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a", slices=3)

    await jobs.run_next()
    half_way = await row(engine, "a")
    assert (half_way["status"], half_way["done"], half_way["total"]) == ("pending", 1, 3)
    assert (half_way["checkpoint"], half_way["claimed_by"]) == ({"after": 1}, None)

    await drain(jobs)

    assert [(job.checkpoint, job.done, job.total, job.attempt) for job in work.ran] == [
        (None, 0, None, 1),
        ({"after": 1}, 1, 3, 1),
        ({"after": 2}, 2, 3, 1),
    ]
    ended = await row(engine, "a")
    assert (ended["status"], ended["done"], ended["total"]) == ("done", 3, 3)
    assert await written(engine) == ["a:0", "a:1", "a:2"]


async def test_a_slice_that_fails_costs_only_itself_and_progress_begins_the_count_of_attempts_anew(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a", slices=2)
    await change(engine, "a", attempts=claims.MAX_ATTEMPTS - 1)
    await jobs.run_next()

    work.fault = ValueError("no luck")
    await jobs.run_next()
    failed = await row(engine, "a")
    assert (failed["status"], failed["attempts"], failed["checkpoint"]) == ("pending", 1, {"after": 1})

    work.fault = None
    await change(engine, "a", scheduled_at=utc_now() - timedelta(seconds=1))
    await drain(jobs)
    assert await written(engine) == ["a:0", "a:1"]


async def test_a_long_job_lets_those_that_wait_have_their_turn_between_two_slices(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "long", due_in=-60, slices=3)
    await put(engine, "also long", due_in=-30, slices=2)
    await put(engine, "short")

    await drain(jobs)

    assert work.keys == ["long", "also long", "short", "long", "also long", "long"]


async def test_a_process_that_is_cut_off_in_a_slice_loses_that_slice_alone(engine: AsyncEngine, work: Work) -> None:
    begun = asyncio.Event()

    async def hang(context: Context[object]) -> Progress | None:
        if context.job.done == 1:
            await write(context.connection, "lost")
            begun.set()
            await asyncio.Event().wait()
        return await work(context)

    await put(engine, "a", slices=3)
    dying = asyncio.create_task(process(engine, "dying", {"work": Handler(hang)}).run())
    await begun.wait()
    dying.cancel()
    await asyncio.wait([dying])
    other = process(engine, "other", {"work": Handler(work)})
    assert not await other.run_next()

    await change(engine, "a", claimed_until=utc_now() - timedelta(seconds=1))
    await drain(other)

    assert [(job.done, job.attempt) for job in work.ran] == [(0, 1), (1, 2), (2, 1)]
    assert await written(engine) == ["a:0", "a:1", "a:2"]


async def test_a_job_that_is_cancelled_stops_after_its_slice_and_goes_on_there_when_run_again(
    engine: AsyncEngine, jobs: Jobs[object]
) -> None:
    await put(engine, "a", slices=3)
    await jobs.run_next()
    id_ = (await row(engine, "a"))["id"]

    async with engine.begin() as connection:
        await cancel(connection, [id_])
    await drain(jobs)
    assert await written(engine) == ["a:0"]

    async with engine.begin() as connection:
        await retry(connection, [id_])
    await drain(jobs)
    assert await written(engine) == ["a:0", "a:1", "a:2"]


async def test_a_process_stops_after_the_slices_under_way(engine: AsyncEngine, work: Work) -> None:
    async def last(context: Context[object]) -> Progress | None:
        stopped.stop()
        return await work(context)

    stopped = process(engine, "one", {"work": Handler(last)})
    await put(engine, "a", slices=10)

    await stopped.run()

    left = await row(engine, "a")
    assert (left["status"], left["claimed_by"]) == ("pending", None)
    assert left["done"] == len(await written(engine)) < 10


class Gate:
    """A handler whose slices wait until they are let go on."""

    def __init__(self) -> None:
        self.running = 0
        self.most = 0
        self.open = asyncio.Event()

    async def __call__(self, context: Context[object]) -> None:
        self.running += 1
        self.most = max(self.most, self.running)
        await write(context.connection, context.job.key)
        await self.open.wait()
        self.running -= 1


@pytest.fixture
async def wide(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    """Connections for all slices, one that looks for work, and one for the test.

    SQLite has one writer, so there no two slices are under way at a time.
    """
    made = create_engine(postgres_url, pool_size=AT_ONCE + 2)
    yield made
    await made.dispose()


async def test_slices_run_beside_each_other_up_to_a_bound(
    wide: AsyncEngine, work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(runner, "POLL_SECONDS", 0.01)
    gate = Gate()
    jobs = process(wide, "one", {"long": Handler(gate), "work": Handler(work)})
    await put(wide, *(f"long {n}" for n in range(AT_ONCE - 1)), due_in=-60, type_="long")
    await put(wide, "short")
    running = asyncio.create_task(jobs.run())

    # The short one is done while all the long ones are under way.
    async def short_is_done() -> bool:
        return bool((await row(wide, "short"))["status"] == "done")

    await eventually(short_is_done)
    assert gate.running == AT_ONCE - 1

    await put(wide, *(f"more {n}" for n in range(AT_ONCE)), type_="long")

    async def full() -> bool:
        return gate.running == AT_ONCE

    await eventually(full)
    gate.open.set()

    async def all_done() -> bool:
        return len(await written(wide)) == 2 * AT_ONCE

    await eventually(all_done)
    jobs.stop()
    await running
    assert gate.most == AT_ONCE


async def test_the_claim_of_a_slice_that_runs_long_is_renewed(
    wide: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate = Gate()
    monkeypatch.setattr(claims, "LEASE", timedelta(seconds=0.3))
    usual, faults = queries.renew, [ZeroDivisionError()]

    async def renew(*given: object) -> bool:
        if faults:
            raise faults.pop()
        return await usual(*given)  # type: ignore[arg-type]  # they are handed on

    monkeypatch.setattr(queries, "renew", renew)
    await put(wide, "a", type_="long")
    with capture_logs() as logs:
        running = asyncio.create_task(process(wide, "one", {"long": Handler(gate)}).run_next())

        async def claimed() -> bool:
            return (await row(wide, "a"))["claimed_until"] is not None

        await eventually(claimed)
        first = (await row(wide, "a"))["claimed_until"]

        async def renewed() -> bool:
            return bool((await row(wide, "a"))["claimed_until"] > first)

        await eventually(renewed)
        gate.open.set()
        await running

    assert [each["event"] for each in logs].count("claim not renewed") == 1
    assert (await row(wide, "a"))["status"] == "done"


@pytest.mark.parametrize("by", ["another process", "a person"])
async def test_a_slice_that_was_overtaken_while_it_hung_is_never_committed(
    wide: AsyncEngine, work: Work, by: str
) -> None:
    gate = Gate()
    await put(wide, "a")
    hanging = asyncio.create_task(process(wide, "hanging", {"work": Handler(gate)}).run_next())

    async def begun() -> bool:
        return gate.running == 1

    await eventually(begun)
    if by == "a person":
        async with wide.begin() as connection:
            await cancel(connection, [(await row(wide, "a"))["id"]])
    else:
        await change(wide, "a", claimed_until=utc_now() - timedelta(seconds=1))
        await drain(process(wide, "other", {"work": Handler(work)}))
    gate.open.set()
    await hanging

    ended = await row(wide, "a")
    assert ended["status"] == ("cancelled" if by == "a person" else "done")
    assert await written(wide) == ([] if by == "a person" else ["a:0"])
