"""Whoever lets points end, or posts, may be killed at any moment: each account has all of it then, or nothing."""

import asyncio
import sys
from asyncio.subprocess import Process
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, func, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.jobs.service import NewJob, schedule
from bot.loyalty import jobs, service
from bot.loyalty.models import PointEntry
from bot.loyalty.service import Earn, Posting, Redeem, Refund
from tests.support.points import Club, club_on
from tests.support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
PEOPLE = 120


class KilledError(Exception):
    """The process is gone."""


async def _until_nothing_kills(engine: AsyncEngine, act: Callable[[AsyncConnection], Awaitable[object]]) -> int:
    """Do it, killed before its first statement, then before its second one, and so on; at how many it came through."""
    at = 0
    while True:
        at += 1
        left = iter(range(at))

        def kill(*_: Any, left: Any = left) -> None:
            if next(left, None) is None:
                raise KilledError

        event.listen(engine.sync_engine, "before_cursor_execute", kill)
        try:
            with suppress(KilledError):
                async with engine.begin() as connection:
                    await act(connection)
                return at
        finally:
            event.remove(engine.sync_engine, "before_cursor_execute", kill)
        async with reading(engine) as connection:
            faults, _ids = await service.check(connection)
        assert faults == [], f"killed before statement {at}"


async def _entries(club: Club) -> int:
    async with club.engine.connect() as connection:
        return await connection.scalar(select(func.count()).select_from(PointEntry)) or 0


async def test_what_is_killed_before_any_of_its_statements_leaves_nothing_behind(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    people = [await club.contact() for _ in range(3)]
    spent = []
    for each in people:
        await club.earn(each, 10)
        spent.append(await club.redeem(each, 3))
    before, about = await _entries(club), club.programme.id
    batch: list[Posting] = [
        *(Refund(programme_id=about, entry_id=each.id) for each in spent),
        *(Redeem(programme_id=about, contact_id=each, points=5) for each in people),
        Earn(programme_id=about, contact_id=await club.contact(), points=1, key="k"),
    ]
    tried = await _until_nothing_kills(engine, lambda connection: service.post(connection, batch, club.now))
    posted = await _entries(club)
    club.later(days=31)
    ended = await _until_nothing_kills(
        engine, lambda connection: service.end_due(connection, club.programme, club.now, 10)
    )

    assert min(tried, ended) > 3
    assert posted == before + 7
    assert await _entries(club) == posted + 4
    assert {row.balance for row in await club.accounts()} == {0}


async def _begin(url: str, owner: int) -> Process:
    arguments = ("-m", "tests.support.ending_points", url, str(owner))
    return await asyncio.create_subprocess_exec(sys.executable, *arguments, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_points_end_once_whoever_is_killed(engine: AsyncEngine, database_url: str) -> None:
    club = await club_on(engine)
    club.now = utc_now() - timedelta(days=3)
    people = [await club.contact() for _ in range(PEOPLE)]
    yesterday = service.day_of(utc_now() - timedelta(days=1), club.programme.zone)
    about = {"expires_on": yesterday, "points": 5}
    await club.post(*(Earn(programme_id=club.programme.id, contact_id=each, **about) for each in people))  # type: ignore[arg-type]  # both are what it takes
    async with engine.begin() as connection:
        await schedule(connection, [NewJob(jobs.END, "a", utc_now(), {"programme": club.programme.id})])

    async def further(than: int) -> None:
        async def happened() -> bool:
            return await _entries(club) >= than

        await eventually(happened, within=60)

    running = [await _begin(database_url, number) for number in range(2)]
    try:
        for number in range(2, 5):
            await further(min(await _entries(club) + PEOPLE // 5, 2 * PEOPLE))
            killed = running.pop(0)
            killed.kill()
            await killed.wait()
            running.append(await _begin(database_url, number))
        await further(2 * PEOPLE)
    finally:
        for each in running:
            each.kill()
            await each.wait()
    found = [fault async for faults, _count in service.check_all(lambda: reading(engine)) for fault in faults]

    assert await _entries(club) == 2 * PEOPLE
    assert {row.balance for row in await club.accounts()} == {0}
    assert found == []
