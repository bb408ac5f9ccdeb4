"""Postings that come at the same moment share a transaction: a commit costs a hundred what it costs one.

The first sets out at once, and while it is under way the next ones gather. None depends on another: whose contact
somebody else holds, and whatever a fault meets, is posted by itself. Where a fault meets the commit nobody knows
whether it is done: what has a key is asked for once more by it, and the others are told of the fault.
"""

import asyncio
from collections import deque
from collections.abc import Sequence

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import Clock
from bot.db.faults import is_contention
from bot.loyalty.ledger.asked import Cancel, Confirm, Once, Outcome, Posting
from bot.loyalty.ledger.posting import post, try_post

MOST_AT_ONCE = 100
"""Postings in one transaction."""
MAX_TRIES = 6
"""How often one is tried against locks that others hold."""

_Waiting = tuple[Posting, "asyncio.Future[Outcome]"]


class Together:
    """The postings of a process; one for each."""

    def __init__(self, engine: AsyncEngine, clock: Clock) -> None:
        """Post on this engine, at the moments of this clock."""
        self._engine, self._clock = engine, clock
        self._waiting: deque[_Waiting] = deque()
        self._under_way: asyncio.Task[None] | None = None
        self._alone: set[asyncio.Task[None]] = set()

    async def post(self, asked: Posting) -> Outcome:
        """What came of it, once that is committed.

        Raises whatever kept it from being certain that it is posted; with a key it may be asked for again.
        """
        told: asyncio.Future[Outcome] = asyncio.get_running_loop().create_future()
        self._waiting.append((asked, told))
        if self._under_way is None:
            self._under_way = asyncio.create_task(self._run())
        return await told

    async def _run(self) -> None:
        while self._waiting:
            batch = [self._waiting.popleft() for _ in range(min(len(self._waiting), MOST_AT_ONCE))]
            left = await self._in_one(batch)
            if left:
                # Whoever waits for a lock keeps nobody else waiting.
                task = asyncio.create_task(self._by_themselves(left))
                self._alone.add(task)
                task.add_done_callback(self._alone.discard)
        self._under_way = None

    async def _in_one(self, batch: Sequence[_Waiting]) -> Sequence[_Waiting]:
        """Post them in one transaction; gives those that are to be posted by themselves."""
        outcomes: Sequence[Outcome | None] = [None] * len(batch)
        is_written = False
        try:
            async with self._engine.begin() as connection:
                outcomes = await try_post(connection, [asked for asked, _told in batch], self._clock())
                is_written = True
        except Exception as error:  # noqa: BLE001 - each is posted by itself, and tells of a fault that is its own
            if not is_written or _is_passing(error):
                return batch
            return [each for each in batch if _may_repeat(each[0]) or not _tell(each[1], error)]
        for (_asked, told), outcome in zip(batch, outcomes, strict=True):
            if outcome is not None and not told.done():
                told.set_result(outcome)
        return [each for each, outcome in zip(batch, outcomes, strict=True) if outcome is None]

    async def _by_themselves(self, left: Sequence[_Waiting]) -> None:
        for asked, told in left:
            try:
                outcome = await self._by_itself(asked)
            except Exception as error:  # noqa: BLE001 - it is told to whoever asked
                _tell(told, error)
            else:
                # Whoever asked may have gone.
                if not told.done():
                    told.set_result(outcome)

    async def _by_itself(self, asked: Posting) -> Outcome:
        for attempt in range(1, MAX_TRIES):
            try:
                return await self._once(asked)
            except Exception as error:
                if not _is_passing(error):
                    raise
            await asyncio.sleep(0.01 * 2**attempt)
        return await self._once(asked)

    async def _once(self, asked: Posting) -> Outcome:
        async with self._engine.begin() as connection:
            (outcome,) = await post(connection, [asked], self._clock())
        return outcome


def _is_passing(error: Exception) -> bool:
    """Whether it may well be posted in a moment; a key that another process was just posting with is found then."""
    return is_contention(error) or isinstance(error, IntegrityError)


def _may_repeat(asked: Posting) -> bool:
    """Whether it is the same to ask for it twice."""
    return asked.key is not None if isinstance(asked, Once) else isinstance(asked, Confirm | Cancel)


def _tell(told: "asyncio.Future[Outcome]", error: Exception) -> bool:
    if not told.done():
        told.set_exception(error)
    return True
