"""Jobs over HTTP: listed, looked at, cancelled and run again by who may."""

import asyncio
import html
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest

from bot.admin.jobs.words import TYPES
from bot.app.due_work import HANDLERS
from bot.core.clock import utc_now
from bot.jobs.service import listed
from bot.users.service import Role
from tests.support.doors import Browser, Doors, open_doors
from tests.support.due import change, put, row

HOSTILE = "<script>alert(1)</script>\"'{{7*7}}\u202e"


@pytest.fixture
async def doors(database_url: str) -> AsyncIterator[Doors]:
    async with open_doors(database_url) as opened:
        yield opened


@pytest.fixture
async def ana(doors: Doors) -> Browser:
    """An ADMIN who is signed in."""
    await doors.people.person()
    return await doors.inside()


async def job(doors: Doors, key: str, type_: str = "send", **values: object) -> str:
    """A job; returns its id."""
    engine = doors.people.engine
    await put(engine, key, type_=type_, due_in=3600, of=key)
    if values:
        await change(engine, key, **values)
    return str((await row(engine, key))["id"])


def test_each_type_of_job_has_words() -> None:
    assert HANDLERS.keys() == TYPES.keys()


async def test_jobs_are_listed_with_how_they_stand_and_narrowed(doors: Doors, ana: Browser) -> None:
    empty = await ana.get("/jobs")
    until = utc_now() + timedelta(minutes=5)
    await job(doors, "waits")
    await job(doors, "goes", claimed_by="one", claimed_until=until, done=1200, total=5000)
    await job(doors, "dead", status="failed", error=f"ValueError: {HOSTILE}\nluck")
    await job(doors, "again", error="OperationalError: away", attempts=2)
    await job(doors, "2026-11-30", "retention", status="done")
    await job(doors, HOSTILE, "of another version", status="cancelled")

    page = await ana.get("/jobs")
    failed = await ana.get("/jobs?status=failed&type=send&type=none")
    none = await ana.get("/jobs?status=failed&type=retention")
    portuguese = await ana.get("/jobs", headers={"Accept-Language": "pt-BR"})

    assert "No jobs yet" in empty.words
    for said in ("Waits for its time", "Under way", "1,200 of 5,000", "Is tried again", "Every day at 03:00, UTC"):
        assert said in page.words, said
    assert "of another version" in page.words
    assert "<script>alert" not in page.text
    assert "\u202e" not in page.text
    assert html.escape("<script>alert(1)</script>") in page.text
    assert ("dead" in failed.words, "waits" in failed.words) == (True, False)
    assert "No job fits" in none.words
    assert "1.200 de 5.000" in portuguese.words


async def test_a_list_goes_on_where_its_page_ends(doors: Doors) -> None:
    engine = doors.people.engine
    await put(engine, *(f"{number}" for number in range(5)), type_="send")
    async with engine.connect() as connection:
        first = await listed(connection, types=["send"], limit=3)
        rest = await listed(connection, types=["send"], limit=3, after=(first[-1].scheduled_at, first[-1].id))

    assert len({each.id for each in first + rest}) == 5
    assert [each.id for each in first + rest] == sorted((each.id for each in first + rest), reverse=True)


async def test_one_is_shown_with_all_that_is_known(doors: Doors, ana: Browser) -> None:
    id_ = await job(doors, "dead", status="failed", error=f"ValueError: {HOSTILE}", payload={"of": "x" * 9000})
    daily = await job(doors, "2026-12-01", "retention")

    page, recurs = await ana.get(f"/jobs/{id_}"), await ana.get(f"/jobs/{daily}")

    assert page.status == 200
    assert "It was tried often enough" in page.words
    assert "Only its beginning" in page.words
    assert page.text.count("x") < 4200
    assert "<script>alert" not in page.text
    assert "Every day at 03:00, UTC" in recurs.words
    assert [(await ana.get(path)).status for path in ("/jobs/none", "/jobs/%0d", "/jobs?after=made.up")] == [
        404,
        404,
        200,
    ]


async def test_jobs_are_cancelled_and_run_again_once_each_with_a_line(doors: Doors, ana: Browser) -> None:
    first, second = await job(doors, "first"), await job(doors, "second", status="failed", error="ValueError: no")
    done = await job(doors, "done", status="done")
    await ana.get("/jobs?status=pending")
    some = await ana.post("/jobs/cancel?status=pending", {"id": [first, second]})
    many = await ana.post("/jobs/retry", {"id": [first, second, done, "none"]})
    await ana.get(f"/jobs/{second}")
    alone = await ana.post(f"/jobs/{second}/cancel")
    again = await ana.post(f"/jobs/{second}/cancel")
    missing = await ana.post("/jobs/none/cancel")

    assert some.path == "/jobs?status=pending"
    assert "1 job is cancelled; 1 is left as it was: only pending jobs can be cancelled" in some.words
    assert "2 jobs go on; 2 are left as they were" in many.words
    assert (alone.path, "1 job is cancelled" in alone.words) == (f"/jobs/{second}", True)
    assert "0 jobs are cancelled; 1 is left as it was" in again.words
    assert missing.status == 404
    engine = doors.people.engine
    assert [(await row(engine, key))["status"] for key in ("first", "second", "done")] == [
        "pending",
        "cancelled",
        "done",
    ]
    told = [(line.action, line.resource_id) for line in await doors.people.told() if line.resource == "job"]
    assert sorted(told) == sorted(
        [("job.cancel", first), ("job.retry", first), ("job.retry", second), ("job.cancel", second)]
    )


async def test_two_who_run_the_same_again_at_once_leave_one_line(doors: Doors, ana: Browser) -> None:
    id_ = await job(doors, "dead", status="failed", error="ValueError: no")
    await doors.people.person("rui@example.com")
    rui = await doors.inside("rui@example.com")
    for browser in (ana, rui):
        await browser.get(f"/jobs/{id_}")

    pages = await asyncio.gather(*(browser.post(f"/jobs/{id_}/retry") for browser in (ana, rui, ana)))

    assert [page.status for page in pages] == [200, 200, 200]
    assert sum("1 job goes on" in page.words for page in pages) >= 1
    assert len(await doors.people.told("job.retry")) == 1


async def test_who_manages_no_jobs_sees_none(doors: Doors) -> None:
    id_ = await job(doors, "waits")
    await doors.people.person("eve@example.com", Role.EDITOR)
    eve = await doors.inside("eve@example.com")
    page = await eve.get("/tokens")

    assert 'href="/jobs"' not in page.text
    assert [(await eve.get(path)).status for path in ("/jobs", f"/jobs/{id_}")] == [403, 403]
    await eve.get("/tokens")
    assert (await eve.post(f"/jobs/{id_}/cancel")).status == 403
