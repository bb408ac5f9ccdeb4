"""The deliverer: tells endpoints what happened, for as long as the process lives.

One loop speaks with the database: a round writes down what came of all attempts that ended meanwhile, and claims as
much as there are places for, in one transaction.
"""

import asyncio
import contextlib
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import aiohttp
import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.backoff import backoff
from bot.core.clock import utc_now
from bot.core.ids import jitter
from bot.core.shares import Shares
from bot.db.clock import database_now
from bot.db.engine import reading
from bot.db.faults import is_contention, is_outage
from bot.db.full_disk import FullDisk
from bot.endpoints.delivery.claimed import Attempt, Claimed
from bot.endpoints.delivery.claims import any_due, claim
from bot.endpoints.delivery.outcomes import record
from bot.endpoints.delivery.sending import open_session, send
from bot.endpoints.values import Terms
from bot.web import metrics

LEASE_SECONDS = 45.0
"""How long a claim holds: a third of it to begin, one for the request, and one until its outcome is written down."""
SLOTS = 32
"""Requests under way at once in one process, which the endpoints share."""
OWN_SLOTS = 2
"""Requests to each endpoint beside those, so that none waits for another that hangs."""
POLL_SECONDS = 0.5

log = structlog.get_logger()


class Deliverer:
    """Tells endpoints; any number of processes may run one beside each other on PostgreSQL."""

    def __init__(
        self,
        engine: AsyncEngine,
        terms: Terms,
        *,
        owner: str,
        moment: Callable[[AsyncConnection], Awaitable[datetime]] = database_now,
    ) -> None:
        """A deliverer that does nothing until `run`.

        Args:
            engine: the database.
            terms: what every endpoint is kept by.
            owner: names this process in its claims, at most 64 characters, unlike any other's.
            moment: the present one, by the clock that all processes share.
        """
        self._engine = engine
        self._terms = terms
        self._owner = owner
        self._moment = moment
        self._held = Shares(SLOTS, OWN_SLOTS)
        self._ended: list[Attempt] = []
        self._news = asyncio.Event()
        self._stopping = False
        self.disk = FullDisk()

    def stop(self) -> None:
        """Claim nothing more; `run` returns when what is under way has ended and is written down."""
        self._stopping = True
        self._news.set()

    async def run(self) -> None:
        """Tell until `stop`; a database that is away is waited for. Cut off, it leaves its claims to run out."""
        failures = 0
        async with open_session(self._terms.own) as session, asyncio.TaskGroup() as group:
            while self._held.held or not self._stopping:
                self._news.clear()
                try:
                    claimed = await self._round(session, group)
                except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
                    failures += 1
                    if self.disk.heed(error):
                        log.error("the database's disk is full, so no endpoint is told", error=type(error).__name__)  # noqa: TRY400 - it may quote a person
                    else:
                        log.warning("endpoints wait for the database", error=type(error).__name__)
                    await self._pause(POLL_SECONDS + backoff(failures, jitter()))
                    continue
                failures = 0
                if not claimed:
                    await self._pause(POLL_SECONDS)

    async def _round(self, session: aiohttp.ClientSession, group: asyncio.TaskGroup) -> int:
        """Write down what ended and begin as much again; returns how many."""
        ended = self._ended.copy()
        if not ended and (self._stopping or not await self._any_due()):
            return 0
        held = self._held.copy()
        for attempt in ended:
            held.give(attempt.claimed.endpoint_id)
        until = asyncio.get_running_loop().time() + LEASE_SECONDS / 3
        claimed: list[Claimed] = []
        try:
            async with self._engine.begin() as connection:
                now = await self._moment(connection)
                if ended:
                    await record(connection, ended, now)
                if not self._stopping:
                    lease = timedelta(seconds=LEASE_SECONDS)
                    claimed = await claim(connection, self._owner, held, self._terms.sealer, lease=lease, now=now)
        except Exception as error:
            if not (is_outage(error) or is_contention(error)):
                await self._record_apart(ended)
            raise
        self.disk.written()
        self._settle(ended)
        for each in claimed:
            self._held.take(each.endpoint_id)
            group.create_task(self._tell(session, each, now, until))
        return len(claimed)

    async def _any_due(self) -> bool:
        # Most of the time nothing is, and to see that no writer need wait.
        async with reading(self._engine) as connection:
            return await any_due(connection, await self._moment(connection))

    async def _tell(self, session: aiohttp.ClientSession, claimed: Claimed, now: datetime, until: float) -> None:
        """Make one delivery, and let its outcome be written down."""
        if asyncio.get_running_loop().time() > until:
            # This process stood still: told now, what comes after it may have been told already.
            self._held.give(claimed.endpoint_id)
            return
        outcome = await send(session, claimed, self._terms.own, utc_now())
        result = "delivered" if outcome.error is None else outcome.error.value
        metrics.ENDPOINT_ATTEMPTS.labels(result=result).inc()
        self._ended.append(Attempt(claimed, now, outcome))
        self._news.set()

    async def _record_apart(self, ended: list[Attempt]) -> None:
        """Write each down in a transaction of its own, so that none suffers from another's fault; then forget them.

        Of one that cannot be written down nobody knows whether it arrived, so it is told again.
        """
        for attempt in ended:
            try:
                async with self._engine.begin() as connection:
                    await record(connection, [attempt], await self._moment(connection))
            except Exception as error:  # noqa: BLE001 - as above
                log.error("outcome not recorded", event_id=attempt.claimed.event_id, error=type(error).__name__)  # noqa: TRY400 - as above
        self._settle(ended)

    def _settle(self, ended: list[Attempt]) -> None:
        """Those that `ended` first are written down."""
        del self._ended[: len(ended)]
        for attempt in ended:
            self._held.give(attempt.claimed.endpoint_id)

    async def _pause(self, seconds: float) -> None:
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._news.wait()
