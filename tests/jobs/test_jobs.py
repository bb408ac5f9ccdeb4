"""Due work: run once each, tried again when it fails, cancelled and run again by people."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import event, update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.core.clock import utc_now
from bot.jobs import claims, queries, runner
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Context, Handler, Jobs, JobStatus, NewJob, cancel, latest, purge, retry, schedule
from tests.support.due import Work, change, drain, process, put, row, write, written
from tests.support.waiting import eventually

AWAY = OperationalError("SELECT", {}, Exception("the database is away"))


@pytest.fixture
def work() -> Work:
    return Work()


@pytest.fixture
def jobs(engine: AsyncEngine, work: Work) -> Jobs[object]:
    return process(engine, "one", {"work": Handler(work)})


async def test_a_due_job_runs_once_with_its_payload(engine: AsyncEngine, jobs: Jobs[object], work: Work) -> None:
    await put(engine, "a", of="a")

    assert await jobs.run_next()
    assert not await jobs.run_next()

    assert [(job.key, job.payload, job.attempt) for job in work.ran] == [("a", {"of": "a"}, 1)]
    assert (await row(engine, "a"))["status"] == "done"


async def test_a_handler_is_given_its_moment_and_what_the_application_lends(engine: AsyncEngine) -> None:
    seen: list[Context[str]] = []

    async def look(context: Context[str]) -> None:
        seen.append(context)

    await put(engine, "a")
    before = utc_now()
    handlers: dict[str, Handler[str]] = {"work": Handler(look)}
    await Jobs(engine, "one", handlers, "lent").run_next()

    assert seen[0].services == "lent"
    assert abs(seen[0].now - before) < timedelta(minutes=1)


async def test_each_slice_that_is_committed_is_told(engine: AsyncEngine, work: Work) -> None:
    told: list[list[str]] = []
    jobs: Jobs[None] = Jobs(
        engine, "one", {"work": Handler(work)}, None, on_committed=lambda: told.append(list(work.keys))
    )
    await put(engine, "long", slices=2, due_in=-60)
    await put(engine, "a")
    await drain(jobs)
    assert told == [["long"], ["long", "a"], ["long", "a", "long"]]

    await put(engine, "b")
    work.fault = ValueError("no luck")
    await jobs.run_next()

    assert len(told) == 3


async def test_jobs_run_in_the_order_in_which_they_became_due(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "late", due_in=-1)
    await put(engine, "early", due_in=-60)
    await put(engine, "future", due_in=60)

    await drain(jobs)

    assert work.keys == ["early", "late"]


async def test_scheduling_the_same_thing_twice_makes_one_job(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    now = utc_now()
    async with engine.begin() as connection:
        first = await schedule(connection, [NewJob("work", key, now) for key in ("b", "a", "b")])
    await drain(jobs)
    async with engine.begin() as connection:
        again = await schedule(connection, [NewJob("work", "a", now), NewJob("work", "c", now)])
        nothing = await schedule(connection, [])
    await drain(jobs)

    assert [each is not None for each in first] == [True, True, False]
    assert (await row(engine, "b"))["id"] == first[0]
    assert [each is not None for each in again] == [False, True]
    assert nothing == []
    assert sorted(work.keys) == ["a", "b", "c"]


async def test_ten_thousand_jobs_are_scheduled_in_one_statement(engine: AsyncEngine) -> None:
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    async with engine.begin() as connection:
        ids = await schedule(connection, [NewJob("work", str(n), utc_now(), {"n": n}) for n in range(10_000)])
    event.remove(engine.sync_engine, "before_cursor_execute", note)

    assert len({each for each in ids if each is not None}) == 10_000
    assert (await row(engine, "9999"))["id"] == ids[-1]
    if engine.dialect.name == "postgresql":
        assert len(statements) == 1


async def test_a_job_that_fails_leaves_no_trace_but_its_error_and_is_tried_again(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a")
    work.fault = ValueError("no luck")

    await jobs.run_next()

    failed = await row(engine, "a")
    assert (failed["status"], failed["error"], failed["attempts"]) == ("pending", "ValueError: no luck", 1)
    assert failed["claimed_by"] is None
    assert await written(engine) == []

    work.fault = None
    await change(engine, "a", scheduled_at=utc_now() - timedelta(seconds=1))
    await jobs.run_next()
    done = await row(engine, "a")
    assert (done["status"], done["error"]) == ("done", None)
    assert await written(engine) == ["a:0"]


async def test_an_error_that_no_database_keeps_is_told_without_what_it_cannot_keep(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a")
    work.fault = ValueError("no\x00 luck\ud800")

    await jobs.run_next()

    failed = await row(engine, "a")
    assert (failed["claimed_by"], failed["error"]) == (None, "ValueError: no luck")


async def test_a_job_that_fails_too_often_is_left_as_failed(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a")
    await change(engine, "a", attempts=claims.MAX_ATTEMPTS - 1)
    work.fault = ValueError("no luck")

    await jobs.run_next()

    assert (await row(engine, "a"))["status"] == "failed"
    assert not await jobs.run_next()


async def test_a_job_that_ends_its_process_each_time_is_left_as_failed_and_others_go_on(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "deadly", due_in=-60)
    await put(engine, "a")
    past = utc_now() - timedelta(seconds=1)
    await change(engine, "deadly", claimed_by="dead", claimed_until=past, attempts=claims.MAX_ATTEMPTS)

    await jobs.run_next()

    failed = await row(engine, "deadly")
    assert (failed["status"], failed["error"], failed["claimed_by"]) == (
        "failed",
        "the process ended in the middle of every attempt",
        None,
    )
    assert work.keys == ["a"]


async def test_jobs_that_somebodys_hand_made_unreadable_fail_alone(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    written = ["[1, 2]", '"of"', "7"]
    if engine.dialect.name == "sqlite":
        written.append("of: a")  # PostgreSQL does not take it
    spoilt = {f"{column} {text}": (column, text) for column in ("payload", "checkpoint") for text in written}
    await put(engine, *spoilt, due_in=-60)
    await put(engine, "a")
    async with engine.begin() as connection:
        for key, (column, text) in spoilt.items():
            statement = f"UPDATE scheduled_jobs SET {column} = '{text}' WHERE key = '{key}'"
            await connection.exec_driver_sql(statement)

    await drain(jobs)

    assert work.keys == ["a"]
    async with engine.connect() as connection:
        told = {each.key: each for each in await latest(connection, status=JobStatus.FAILED, limit=10)}
    assert {key: each.error for key, each in told.items()} == {
        key: f"its {column} is no JSON object" for key, (column, _text) in spoilt.items()
    }
    assert (told["payload [1, 2]"].payload, told["checkpoint 7"].checkpoint) == ([1, 2], 7)
    if "payload of: a" in told:
        assert told["payload of: a"].payload == "of: a"


async def test_a_job_whose_process_died_is_run_by_another_after_its_lease(
    engine: AsyncEngine, jobs: Jobs[object], work: Work
) -> None:
    await put(engine, "a")
    await change(engine, "a", claimed_by="dead", claimed_until=utc_now() + timedelta(minutes=1), attempts=1)
    assert not await jobs.run_next()

    await change(engine, "a", claimed_until=utc_now() - timedelta(seconds=1))
    assert await jobs.run_next()
    assert work.ran[0].attempt == 2


@pytest.mark.parametrize("taken", [{"claimed_by": "other"}, {"status": JobStatus.CANCELLED, "claimed_by": None}])
async def test_what_was_done_after_the_claim_was_lost_is_taken_back(
    engine: AsyncEngine, taken: dict[str, object]
) -> None:
    async def overtaken(context: Context[object]) -> None:
        await write(context.connection, "a")
        # As if another process had taken over meanwhile, or a person had cancelled it.
        until = None if taken["claimed_by"] is None else utc_now()
        await context.connection.execute(update(ScheduledJob).values(**taken, claimed_until=until))

    await put(engine, "a")

    assert await process(engine, "one", {"work": Handler(overtaken)}).run_next()

    assert await written(engine) == []
    assert (await row(engine, "a"))["status"] == "pending"


async def test_jobs_of_a_type_that_a_process_does_not_know_are_left_to_others(
    engine: AsyncEngine, jobs: Jobs[object]
) -> None:
    await put(engine, "a", type_="newer")

    assert not await jobs.run_next()
    assert (await row(engine, "a"))["attempts"] == 0


async def test_two_processes_never_run_the_same_job(engine: AsyncEngine, work: Work) -> None:
    await put(engine, *map(str, range(20)))

    await asyncio.gather(*(drain(process(engine, owner, {"work": Handler(work)})) for owner in ("one", "two")))

    assert sorted(work.keys, key=int) == [str(number) for number in range(20)]


async def test_a_database_that_is_away_is_waited_for(
    engine: AsyncEngine, jobs: Jobs[object], work: Work, monkeypatch: pytest.MonkeyPatch
) -> None:
    faults = [AWAY, AWAY]
    usual = queries.next_due

    async def next_due(*given: object) -> queries.DueJob | None:
        if faults:
            raise faults.pop()
        return await usual(*given)  # type: ignore[arg-type]  # they are handed on

    monkeypatch.setattr(queries, "next_due", next_due)
    monkeypatch.setattr(runner, "POLL_SECONDS", 0.01)
    monkeypatch.setattr(runner, "jitter", lambda: 0.0)
    await put(engine, "a")

    with capture_logs() as logs:
        running = asyncio.create_task(jobs.run())

        async def ran() -> bool:
            return work.keys == ["a"]

        await eventually(ran)
        jobs.stop()
        await running

    assert [each["event"] for each in logs].count("due work waits for the database") == 2


async def test_a_job_that_cannot_even_be_given_back_waits_for_the_end_of_its_claim(
    engine: AsyncEngine, jobs: Jobs[object], monkeypatch: pytest.MonkeyPatch
) -> None:
    async def away(*_: object, **__: object) -> bool:
        raise AWAY

    monkeypatch.setattr(queries, "release", away)
    await put(engine, "a")

    assert await jobs.run_next()

    left = await row(engine, "a")
    assert (left["status"], left["attempts"]) == ("pending", 1)
    assert left["claimed_until"] > utc_now()
    assert await written(engine) == []


async def test_only_pending_jobs_are_cancelled_and_no_process_runs_them(
    engine: AsyncEngine, jobs: Jobs[object]
) -> None:
    await put(engine, "done")
    await drain(jobs)
    await put(engine, "a")
    ids = {key: (await row(engine, key))["id"] for key in ("done", "a")}

    async with engine.begin() as connection:
        assert await cancel(connection, [*ids.values(), "unknown"]) == {ids["a"]}

    assert not await jobs.run_next()
    assert (await row(engine, "done"))["status"] == "done"


@pytest.mark.parametrize("status", ["failed", "cancelled"])
async def test_a_job_that_ended_badly_is_run_again_at_once_when_told_to(
    engine: AsyncEngine, jobs: Jobs[object], work: Work, status: str
) -> None:
    await put(engine, "a", due_in=600)
    await change(engine, "a", status=status, attempts=claims.MAX_ATTEMPTS, error="no luck")
    id_ = (await row(engine, "a"))["id"]

    async with engine.begin() as connection:
        assert await retry(connection, [id_]) == {id_}
        assert await retry(connection, [id_]) == frozenset()
    again = await row(engine, "a")
    assert (again["status"], again["attempts"], again["error"]) == ("pending", 0, None)
    await drain(jobs)

    assert work.keys == ["a"]


async def test_jobs_are_listed_latest_first(engine: AsyncEngine) -> None:
    await put(engine, "a", due_in=-60)
    await put(engine, "b", type_="other")
    await change(engine, "b", status="done")

    async with engine.connect() as connection:
        assert [each.key for each in await latest(connection, limit=10)] == ["b", "a"]
        assert [each.key for each in await latest(connection, limit=1)] == ["b"]
        assert [each.key for each in await latest(connection, status=JobStatus.PENDING, limit=10)] == ["a"]
        assert [each.key for each in await latest(connection, type_="other", limit=10)] == ["b"]
        assert await latest(connection, ids=["unknown"], limit=10) == []


async def test_jobs_ended_long_ago_are_purged_and_failed_ones_stay(engine: AsyncEngine) -> None:
    long_ago = utc_now() - timedelta(days=40)
    rows = [("old", "done", long_ago), ("off", "cancelled", long_ago), ("new", "done", utc_now())]
    for key, status, changed in [*rows, ("bad", "failed", long_ago), ("due", "pending", long_ago)]:
        await put(engine, key)
        await change(engine, key, status=status, updated_at=changed)

    async with engine.begin() as connection:
        assert await purge(connection, utc_now() - timedelta(days=30)) == 2
        assert {each.key for each in await latest(connection, limit=10)} == {"new", "bad", "due"}


async def test_a_key_of_any_length_schedules_once(engine: AsyncEngine) -> None:
    """PostgreSQL refused one that its column does not hold, and took all others of the statement with it."""
    long, other = "campaign:" * 40, "campaign:" * 40 + "2"
    async with engine.begin() as connection:
        jobs = [NewJob("work", key, utc_now()) for key in ("short", long, other)]
        first = await schedule(connection, jobs)
        again = await schedule(connection, jobs)
        kept = {job.key for job in await latest(connection, limit=10)}

    assert None not in first
    assert again == [None, None, None]
    assert ("short" in kept, max(map(len, kept))) == (True, 255)
