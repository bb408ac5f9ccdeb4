"""Processes that are killed while they tell: everything arrives, in order for each contact, by one id."""

import asyncio
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import utc_now
from tests.support.endpoints import a_program, add, deliveries_of, happens
from tests.support.rows import add_person
from tests.support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
PEOPLE, EVENTS = 6, 25


async def begin(url: str, owner: str, origin: str) -> Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.support.telling", url, owner, origin, cwd=ROOT
    )


async def slowly(_request: web.Request) -> web.StreamResponse:
    await asyncio.sleep(0.02)
    return web.Response(status=204)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_each_event_arrives_in_order_whoever_is_killed_in_between(engine: AsyncEngine, database_url: str) -> None:
    async with a_program() as program:
        endpoint = await add(engine, program)
        async with engine.begin() as connection:
            contacts = [(await add_person(connection, f"+55119999{number:05}")).id for number in range(PEOPLE)]
        for _ in range(EVENTS):
            await happens(engine, endpoint, *contacts, now=utc_now())
        program.answers.extend([slowly] * 10_000)

        async def further(than: int) -> None:
            async def happened() -> bool:
                return len(program.told) > than

            await eventually(happened, within=60)

        async def all_told() -> bool:
            return all(each["status"] == "delivered" for each in await deliveries_of(engine, endpoint))

        running = [await begin(database_url, f"{number}", str(program.origin)) for number in range(2)]
        try:
            for number in range(2, 5):
                # In the middle of a request; the other one goes on.
                await further(len(program.told) + 25)
                killed = running.pop(0)
                killed.kill()
                await killed.wait()
                running.append(await begin(database_url, f"{number}", str(program.origin)))
            await eventually(all_told, within=120)
        finally:
            for each in running:
                each.kill()
                await each.wait()

    rows = await deliveries_of(engine, endpoint)
    for contact in contacts:
        place = {row["event_id"]: row["number"] for row in rows if row["contact_id"] == contact}
        came = [place[each["id"]] for each in program.told if each["id"] in place]
        assert came == sorted(came)
        assert set(came) == set(place.values())
