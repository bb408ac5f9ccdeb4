"""Follows what is written, and gathers its words a moment later: no turn waits for an index.

On PostgreSQL one process at a time follows, the one whose connection holds an advisory lock; where it dies, another one
goes on from what is committed. On SQLite several may: they write one after the other, and find what is still missing.

Messages are found by when they were created, which is not the order in which they are committed. So a look goes back a
second before the last message that was seen, and now and then to the cursor, which stays behind the beginning of the
oldest transaction under way. What has its words already is passed over.
"""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.db.clock import database_now
from bot.db.engine import is_postgresql, reading
from bot.jobs import service as jobs
from bot.search import queries
from bot.search.building import BUILD
from bot.search.gathering import gather_contacts, gather_messages
from bot.search.models import ContactWords, MessageWords

LOOK_SECONDS = 1.0
BATCH = 500
"""Messages, or contacts, of one transaction."""
_PAUSE_SECONDS = 0.25
"""Between two batches while there is more: turns have most of the time, and what is not found yet is found later."""
_TAKE_OVER_SECONDS = 2.0
_LONGEST_PAUSE = 30.0
_SWEEP_SECONDS = 5.0
"""How often a look goes back to the cursor."""
_NEAR = timedelta(seconds=1)
"""How far every look goes back: most transactions are committed by then."""
_APART = timedelta(seconds=10)
"""How far the clocks of processes may be apart, and a transaction may begin after the moment that it writes down."""
_LONGEST = timedelta(minutes=10)
"""A transaction that is older keeps the cursor no more: ours end after seconds."""

log = structlog.get_logger()


class Follower:
    """That of one process."""

    def __init__(self, engine: AsyncEngine) -> None:
        """A follower that waits for `run`; on PostgreSQL it takes two connections of the engine."""
        self._engine = engine
        self._front: datetime | None = None
        self._is_behind = False
        self._unreached = False
        self._sweep_at = 0.0

    async def run(self) -> None:
        """Follow until cancelled; a database that is away is waited for."""
        failures = 0
        while True:
            try:
                async with self._following() as lock:
                    while lock is not None:
                        await self._look()
                        failures = 0
                        await asyncio.sleep(_PAUSE_SECONDS if self._is_behind else LOOK_SECONDS)
                        await queries.still_lives(lock)
                        await lock.commit()
            except Exception as error:  # noqa: BLE001 - it has to outlive every fault of its surroundings
                failures += 1
                log.warning("search waits for the database", error=type(error).__name__)
                await asyncio.sleep(min(_LONGEST_PAUSE, backoff(failures, jitter())))
            await asyncio.sleep(_TAKE_OVER_SECONDS)

    async def catch_up(self) -> int:
        """Gather the words of all that is committed by now; returns of how many messages and contacts."""
        found = 0
        while True:
            found += await self._look()
            if not self._is_behind:
                return found

    @asynccontextmanager
    async def _following(self) -> AsyncIterator[AsyncConnection | None]:
        """The connection that keeps others from following; None where another process does."""
        async with self._engine.connect() as lock:
            may_follow = await queries.may_follow(lock)
            await lock.commit()
            try:
                yield lock if may_follow else None
            finally:
                if may_follow and is_postgresql(lock):
                    # The lock ends with the connection, which must not go back to the pool with it.
                    await lock.invalidate()

    async def _look(self) -> int:
        """Gather one batch; returns how many messages and contacts it had."""
        async with reading(self._engine) as connection:
            # First of all: what is committed later has not begun to be written before.
            settled = await _settled(connection)
            reached = await queries.reached_at(connection)
            if reached is not None:
                since = self._since(reached)
                messages = await queries.new_messages(connection, since, BATCH)
                changed = await queries.any_changed(connection)
        if reached is None:
            await self._begin(settled)
            return 0
        is_full = len(messages) == BATCH
        if since == reached and not is_full:
            self._sweep_at = asyncio.get_running_loop().time() + _SWEEP_SECONDS
        moves = since == reached and (messages or self._unreached)
        taken: list[str] = []
        if messages or changed or moves:
            async with self._engine.begin() as connection:
                taken = await queries.take_changed(connection, BATCH) if changed else []
                await _gather(connection, messages, taken)
                if moves:
                    await queries.reach(connection, min(messages[-1].created_at, settled) if is_full else settled)
        self._is_behind = is_full or len(taken) == BATCH
        self._unreached = (self._unreached or bool(messages)) and not moves
        self._front = max([self._front or reached, *(each.created_at for each in messages[-1:])])
        return len(messages) + len(taken)

    def _since(self, reached: datetime) -> datetime:
        """From where to look: from the cursor now and then, else from a little before the last that was seen.

        While it is far behind, that is at the cursor, which so goes along.
        """
        if self._front is None or (not self._is_behind and asyncio.get_running_loop().time() >= self._sweep_at):
            return reached
        return max(reached, self._front - _NEAR)

    async def _begin(self, moment: datetime) -> None:
        """Begin to follow; what is older is gathered by a job, which nobody has to wait for."""
        async with self._engine.begin() as connection:
            await queries.begin_at(connection, moment)
            if await queries.count(connection):
                now = await database_now(connection)
                await jobs.schedule(connection, [jobs.NewJob(BUILD, "first", now)])


async def _settled(connection: AsyncConnection) -> datetime:
    """The moment before which nothing more can be committed that was created then."""
    now = await database_now(connection)
    oldest = await queries.oldest_transaction(connection) if is_postgresql(connection) else now
    return max(oldest, now - _LONGEST) - _APART


async def _gather(connection: AsyncConnection, messages: Sequence[queries.Unindexed], changed: Iterable[str]) -> None:
    """Gather these messages, who wrote them for the first time, and contacts that have changed."""
    contacts = set(changed)
    if messages:
        contacts |= await queries.without_words(connection, (each.contact_id for each in messages))
        first = await queries.highest(connection, MessageWords) + 1
        await gather_messages(connection, [(each.id, each.content) for each in messages], first=first, step=1)
    if contacts:
        first = await queries.highest(connection, ContactWords) + 1
        await gather_contacts(connection, sorted(contacts), first=first, step=1)
