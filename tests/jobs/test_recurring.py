"""What recurs runs once a day by its own clock, whatever restarts, and however many processes there are."""

import asyncio
from datetime import UTC, datetime, time, timedelta
from random import Random
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.jobs.service import Daily, Handler, Jobs, cancel
from tests.support.due import StandingClock, Work, drain, process, row, stand_still

START = datetime(2026, 5, 1, 12, tzinfo=UTC)
AT_THREE = Daily(time(3), ZoneInfo("UTC"))


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> StandingClock:
    return stand_still(monkeypatch, START)


@pytest.fixture
def work() -> Work:
    return Work()


def begun(engine: AsyncEngine, work: Work, rule: Daily = AT_THREE, owner: str = "one") -> Jobs[object]:
    """A process that has just begun."""
    return process(engine, owner, {"work": Handler(work, recurs=rule)})


async def test_it_is_planned_from_the_start_and_the_log_says_for_when(
    engine: AsyncEngine, clock: StandingClock, work: Work
) -> None:
    jobs = begun(engine, work, Daily(time(3), ZoneInfo("America/Sao_Paulo")))

    with capture_logs() as logs:
        await drain(jobs)
        clock.forward(minutes=1)
        await drain(jobs)

    told = [each for each in logs if each["event"] == "recurring job"]
    assert [{**each, "log_level": ""} for each in told] == [
        {
            "event": "recurring job",
            "log_level": "",
            "type": "work",
            "rule": "daily at 03:00",
            "zone": "America/Sao_Paulo",
            "next": "2026-05-02T06:00:00+00:00",
        }
    ]
    planned = await row(engine, "2026-05-02")
    assert (planned["status"], planned["scheduled_at"]) == ("pending", datetime(2026, 5, 2, 6, tzinfo=UTC))
    assert work.keys == []


async def test_it_runs_once_a_day_whatever_restarts(engine: AsyncEngine, clock: StandingClock, work: Work) -> None:
    chance = Random(7)  # noqa: S311 - nobody is to be kept from guessing
    processes = [begun(engine, work, owner=f"{number}") for number in range(3)]
    for _ in range(5 * 8):
        clock.forward(hours=3)
        if chance.random() < 0.3:
            processes[chance.randrange(3)] = begun(engine, work, owner=f"{chance.random()}")
        await asyncio.gather(*(drain(each) for each in processes))

    assert work.keys == [f"2026-05-0{day}" for day in range(2, 7)]


async def test_after_days_without_a_process_it_runs_once_and_goes_on(
    engine: AsyncEngine, clock: StandingClock, work: Work
) -> None:
    await drain(begun(engine, work))

    clock.forward(days=3)
    await drain(*(begun(engine, work, owner=owner) for owner in ("two", "three")))
    assert work.keys == ["2026-05-02"]

    clock.forward(days=1)
    await drain(begun(engine, work))
    assert work.keys == ["2026-05-02", "2026-05-05"]


async def test_a_day_that_fails_into_the_next_one_does_not_cost_that_one(
    engine: AsyncEngine, clock: StandingClock, work: Work
) -> None:
    jobs = begun(engine, work)
    await drain(jobs)
    work.fault = ValueError("no luck")
    clock.forward(hours=15)
    await drain(jobs)
    clock.forward(hours=24)
    await drain(jobs)
    work.fault = None
    clock.forward(hours=1)
    await drain(jobs)

    assert {key: (await row(engine, key))["status"] for key in ("2026-05-02", "2026-05-03", "2026-05-04")} == {
        "2026-05-02": "done",
        "2026-05-03": "done",
        "2026-05-04": "pending",
    }


async def test_a_day_that_is_cancelled_is_left_out_alone(engine: AsyncEngine, clock: StandingClock, work: Work) -> None:
    jobs = begun(engine, work)
    await drain(jobs)
    id_ = (await row(engine, "2026-05-02"))["id"]
    async with engine.begin() as connection:
        await cancel(connection, [id_])

    for _ in range(2):
        clock.forward(days=1)
        await drain(jobs)

    assert work.keys == ["2026-05-03"]


@pytest.mark.parametrize(
    ("at", "moments"),
    [
        # Skipped on the 8th of March, when the clocks jump at 07:00 UTC from 2 to 3 o'clock.
        (time(2, 30), ["2026-03-07T07:30Z", "2026-03-08T07:00Z", "2026-03-09T06:30Z"]),
        # Comes twice on the 1st of November, at 05:30 and at 06:30 UTC.
        (time(1, 30), ["2026-10-31T05:30Z", "2026-11-01T05:30Z", "2026-11-02T06:30Z"]),
    ],
)
async def test_it_runs_once_on_days_on_which_the_clocks_jump(
    engine: AsyncEngine, clock: StandingClock, work: Work, at: time, moments: list[str]
) -> None:
    jobs = begun(engine, work, Daily(at, ZoneInfo("America/New_York")))
    for day, moment in enumerate(moments):
        clock.now = datetime.fromisoformat(moment) - timedelta(seconds=1)
        await drain(jobs)
        assert len(work.ran) == day
        for hour in range(3):
            clock.now = datetime.fromisoformat(moment) + timedelta(hours=hour)
            await drain(jobs)
            assert len(work.ran) == day + 1

    assert work.keys == [moment.partition("T")[0] for moment in moments]
