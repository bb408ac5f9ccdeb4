"""Jobs and their rows, and a clock that stands still until a test moves it."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.models import Contact
from bot.core.clock import utc_now
from bot.db.engine import reading
from bot.jobs import claims, runner
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Context, Handler, Job, Jobs, NewJob, Progress, schedule


class Work:
    """A handler that remembers what it ran, and fails when told to.

    It does as many slices as the payload's `slices` says, one by default, and writes a contact in each.
    """

    def __init__(self) -> None:
        self.ran: list[Job] = []
        self.fault: Exception | None = None

    async def __call__(self, context: Context[object]) -> Progress | None:
        job = context.job
        self.ran.append(job)
        await write(context.connection, f"{job.key}:{job.done}")
        if self.fault is not None:
            raise self.fault
        if "slices" not in job.payload:
            return None
        done, total = job.done + 1, job.payload["slices"]
        return Progress(done, total, {"after": done} if done < total else None)

    @property
    def keys(self) -> list[str]:
        return [job.key for job in self.ran]


class StandingClock:
    """Stands in for the database's clock."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    async def __call__(self, _connection: AsyncConnection) -> datetime:
        return self.now

    def forward(self, **by: float) -> None:
        self.now += timedelta(**by)


def stand_still(monkeypatch: pytest.MonkeyPatch, now: datetime) -> StandingClock:
    """Let jobs go by a clock that the test moves."""
    clock = StandingClock(now)
    for module in (runner, claims):
        monkeypatch.setattr(module, "database_now", clock)
    return clock


def process(
    engine: AsyncEngine, owner: str, handlers: Mapping[str, Handler[object]], services: object = None
) -> Jobs[object]:
    """The jobs of one process."""
    return Jobs(engine, owner, handlers, services)


async def drain(*processes: Jobs[Any]) -> None:
    """Run what is due until nothing is."""
    for each in processes:
        while await each.run_next():
            pass


async def put(engine: AsyncEngine, *keys: str, due_in: float = -1.0, type_: str = "work", **payload: Any) -> None:
    """Schedule jobs of those keys."""
    at = utc_now() + timedelta(seconds=due_in)
    async with engine.begin() as connection:
        await schedule(connection, [NewJob(type_, key, at, payload) for key in keys])


async def row(engine: AsyncEngine, key: str) -> dict[str, Any]:
    """The row of the job of that key."""
    async with reading(engine) as connection:
        statement = select(ScheduledJob.__table__).where(ScheduledJob.key == key)
        return dict((await connection.execute(statement)).one()._mapping)


async def change(engine: AsyncEngine, key: str, **values: Any) -> None:
    """Set columns of the job of that key."""
    async with engine.begin() as connection:
        await connection.execute(update(ScheduledJob).where(ScheduledJob.key == key).values(**values))


async def write(connection: AsyncConnection, name: str) -> None:
    """What a handler does that can be counted afterwards."""
    await connection.execute(insert(Contact).values(name=name))


async def written(engine: AsyncEngine) -> list[str]:
    """What handlers wrote, sorted; what is there twice was done twice."""
    async with reading(engine) as connection:
        return sorted(await connection.scalars(select(Contact.name)))
