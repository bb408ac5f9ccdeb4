"""Jobs by the API."""

from datetime import timedelta

import pytest

from bot.jobs.service import NewJob, schedule
from bot.users.service import Role
from tests.support.programs import Program, Served


@pytest.fixture
async def jobs(served: Served) -> list[str]:
    """Three that are due one day after the other; the latest first."""
    now = served.doors.people.clock.now
    new = [NewJob("send", f"letter {day}", now + timedelta(days=day), {"words": "secret"}) for day in (3, 2, 1)]
    async with served.doors.people.engine.begin() as connection:
        return [str(each) for each in await schedule(connection, new)]


async def test_jobs_are_listed_page_by_page_with_how_far_they_are(shop: Program, jobs: list[str]) -> None:
    first = (await shop.get("/jobs?limit=2&type=send")).body
    second = (await shop.get(f"/jobs?limit=2&type=send&cursor={first['next']}")).body

    told = [*first["data"], *second["data"]]
    assert ([each["id"] for each in told], second["next"]) == (jobs, None)
    assert {(each["status"], each["under_way"], each["done"], each["total"]) for each in told} == {
        ("pending", False, 0, None)
    }
    assert "secret" not in str(told)
    assert (await shop.get(f"/jobs/{jobs[0]}")).body == told[0]
    assert (await shop.get("/jobs?type=send&status=failed&status=done")).body["data"] == []
    assert (await shop.get("/jobs/none")).problem == "not_found"


async def test_a_job_is_cancelled_once_and_run_again(served: Served, shop: Program, jobs: list[str]) -> None:
    path = f"/jobs/{jobs[1]}"
    early = await shop.post(f"{path}/retry")
    cancelled = await shop.post(f"{path}/cancel")
    twice = await shop.post(f"{path}/cancel")
    again = await shop.post(f"{path}/retry")

    assert (cancelled.status, cancelled.body["status"], again.body["status"]) == (200, "cancelled", "pending")
    assert [(each.status, each.body["code"]) for each in (early, twice)] == [(409, "status")] * 2
    assert "this one is cancelled" in twice.body["detail"]
    told = [each.action for each in await served.doors.people.told() if each.resource_id == jobs[1]]
    assert sorted(told) == ["job.cancel", "job.retry"]
    assert (await (await served.program(Role.EDITOR)).post(f"{path}/cancel")).problem == "forbidden"
