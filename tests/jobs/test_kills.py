"""Processes that are killed in the middle of slices: others go on there, and nothing is done twice or left out."""

import asyncio
import sys
from asyncio.subprocess import Process
from pathlib import Path

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from tests.support.due import put, row, written
from tests.support.waiting import eventually

ROOT = Path(__file__).parent.parent.parent
SLICES = 150
JOBS = ("a", "b")


async def begin(url: str, owner: str) -> Process:
    return await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.support.slicing", url, owner, cwd=ROOT)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_jobs_go_on_where_they_were_when_their_processes_are_killed(
    engine: AsyncEngine, database_url: str
) -> None:
    await put(engine, *JOBS, slices=SLICES)

    async def done() -> int:
        return sum([(await row(engine, key))["done"] for key in JOBS])

    async def further(than: int) -> None:
        async def happened() -> bool:
            return await done() > than

        await eventually(happened, within=60)

    running = [await begin(database_url, f"{number}") for number in range(2)]
    try:
        for number in range(2, 5):
            # In the middle of whatever it does; the other one goes on.
            await further(min(await done() + 5, len(JOBS) * SLICES - 1))
            killed = running.pop(0)
            killed.kill()
            await killed.wait()
            running.append(await begin(database_url, f"{number}"))
        await further(len(JOBS) * SLICES - 1)
    finally:
        for each in running:
            each.kill()
            await each.wait()

    assert await written(engine) == sorted(
        f"{key}:{number}:{part}" for key in JOBS for number in range(SLICES) for part in ("begun", "ended")
    )
    assert {(await row(engine, key))["status"] for key in JOBS} == {"done"}
