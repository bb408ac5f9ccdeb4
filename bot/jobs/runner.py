"""Runs due jobs, slice by slice, several beside each other; any number of processes may do so."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from datetime import datetime
from itertools import count
from typing import Generic, TypeVar

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.backoff import backoff
from bot.core.hints import Topic
from bot.core.ids import jitter
from bot.db.clock import database_now
from bot.db.hub import hint
from bot.jobs.claims import Claim, ClaimLostError, advance, claim, give_back, renewing
from bot.jobs.rules import Occurrence, next_occurrence
from bot.jobs.scheduling import schedule
from bot.jobs.values import Context, Handler, NewJob

AT_ONCE = 4
"""Slices that one process runs beside each other."""
POLL_SECONDS = 1.0

_Services = TypeVar("_Services")

log = structlog.get_logger()


class Jobs(Generic[_Services]):
    """Runs due jobs; any number of processes may do so beside each other."""

    def __init__(
        self,
        engine: AsyncEngine,
        owner: str,
        handlers: Mapping[str, Handler[_Services]],
        services: _Services,
        *,
        on_committed: Callable[[], None] = lambda: None,
    ) -> None:
        """Jobs that wait for `run`.

        Args:
            engine: the database; `AT_ONCE` slices and one connection more are taken from it.
            owner: names this process in its claims, at most 48 characters, unlike any other's.
            handlers: by type; jobs of other types are left to processes that know them.
            services: what handlers find in their context.
            on_committed: told after each slice, so that whoever sends what it may have queued need not poll for that.
        """
        self._engine = engine
        self._owner = owner
        self._handlers = handlers
        self._services = services
        self._on_committed = on_committed
        self._rules = {type_: each.recurs for type_, each in handlers.items() if each.recurs is not None}
        self._claims = count(1)
        self._upcoming: Mapping[str, Occurrence] = {}
        self._looking = asyncio.Lock()
        self._news = asyncio.Event()
        self._stopping = False
        self._failures = 0

    async def run(self) -> None:
        """Run what is due until `stop`; a database that is away is waited for."""
        # SQLite has one writer.
        lanes = 1 if self._engine.dialect.name == "sqlite" else AT_ONCE
        async with asyncio.TaskGroup() as group:
            for _ in range(lanes):
                group.create_task(self._run_lane())

    def stop(self) -> None:
        """Let `run` return after the slices under way."""
        self._stopping = True
        self._news.set()

    async def run_next(self) -> bool:
        """Run one slice of the job that has been due longest; False when none is due."""
        held = await self._claim()
        if held is None:
            return False
        await self._run_slice(held)
        return True

    async def _run_lane(self) -> None:
        while (held := await self._next()) is not None:
            await self._run_slice(held)
            self._news.set()

    async def _next(self) -> Claim | None:
        """The next job, as soon as one is due; None once this process stops. One lane looks, the others wait for it."""
        async with self._looking:
            while not self._stopping:
                self._news.clear()
                try:
                    held = await self._claim()
                except Exception as error:  # noqa: BLE001 - due work has to outlive every fault of its surroundings
                    self._failures += 1
                    log.warning("due work waits for the database", error=type(error).__name__)
                    await self._pause(POLL_SECONDS + backoff(self._failures, jitter()))
                    continue
                self._failures = 0
                if held is not None:
                    return held
                await self._pause(POLL_SECONDS)
        return None

    async def _claim(self) -> Claim | None:
        async with self._engine.begin() as connection:
            now = await database_now(connection)
            upcoming = self._upcoming_after(now)
            await _schedule(connection, upcoming)
            held = await claim(connection, self._handlers, f"{self._owner}:{next(self._claims)}", now)
        if not self._upcoming:
            self._tell(upcoming)
        self._upcoming = {**self._upcoming, **upcoming}
        return held

    def _upcoming_after(self, now: datetime) -> Mapping[str, Occurrence]:
        """When that recurs next whose time has come, or is not known yet, whatever became of the time before."""
        return {
            type_: next_occurrence(rule, now)
            for type_, rule in self._rules.items()
            if type_ not in self._upcoming or self._upcoming[type_].moment <= now
        }

    def _tell(self, upcoming: Mapping[str, Occurrence]) -> None:
        for type_, occurrence in upcoming.items():
            rule, moment = self._rules[type_], occurrence.moment
            log.info("recurring job", type=type_, rule=str(rule), zone=rule.zone.key, next=moment.isoformat())

    async def _run_slice(self, held: Claim) -> None:
        job = held.job
        told = log.bind(job=job.id, type=job.type, key=job.key)
        try:
            async with renewing(self._engine, held), self._engine.begin() as connection:
                context = Context(connection, job, await database_now(connection), self._services)
                progress = await self._handlers[job.type].run(context)
                await advance(connection, held, progress)
                hint(connection, Topic.JOBS, [job.id])
        except ClaimLostError:
            told.warning("job taken over by another process, or cancelled")
        except Exception as error:  # noqa: BLE001 - whatever a handler's fault is, only its job may suffer
            # The error's own text may quote a person, so it stays in the database.
            told.warning("job failed", attempt=job.attempt, error=type(error).__name__)
            await self._give_back(held, error)
        else:
            self._on_committed()
            if progress is None or progress.checkpoint is None:
                told.info("job done")
            else:
                told.debug("slice done", done=progress.done, total=progress.total)

    async def _give_back(self, held: Claim, error: Exception) -> None:
        try:
            async with self._engine.begin() as connection:
                await give_back(connection, held, f"{type(error).__name__}: {error}")
                hint(connection, Topic.JOBS, [held.job.id])
        except Exception as fault:  # noqa: BLE001 - its claim ends by itself
            log.warning("job waits for the end of its claim", job=held.job.id, error=type(fault).__name__)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()


async def _schedule(connection: AsyncConnection, upcoming: Mapping[str, Occurrence]) -> None:
    jobs = [NewJob(type_, each.day.isoformat(), each.moment) for type_, each in upcoming.items()]
    if jobs:
        await schedule(connection, jobs)
