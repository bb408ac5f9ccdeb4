"""A provider's documents: asked for once at a time, and kept for an hour."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from typing import Generic, TypeVar

from bot.core.clock import Clock
from bot.users.openid.errors import ProviderError

T = TypeVar("T")

FRESH = timedelta(hours=1)
RESTS = timedelta(seconds=5)
"""How long nobody asks again what could not be had."""


class Kept(Generic[T]):
    """What `ask` gives; whoever comes while it is being asked waits for the same answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], clock: Clock) -> None:
        self._ask = ask
        self._clock = clock
        self._had: tuple[datetime, T] | None = None
        self._failed: tuple[datetime, ProviderError] | None = None
        self._asking: asyncio.Task[T] | None = None

    async def get(self, fresh: timedelta = FRESH) -> T:
        """It, at most that old; raises what `ask` raised."""
        now = self._clock()
        if self._had is not None and now - self._had[0] < fresh:
            return self._had[1]
        if self._failed is not None and now - self._failed[0] < RESTS:
            raise self._failed[1].with_traceback(None)
        if self._asking is None:
            self._asking = asyncio.create_task(self._asked())
            self._asking.add_done_callback(self._end)
        # Whoever waits may go away; the others do not.
        return await asyncio.shield(self._asking)

    def close(self) -> None:
        """Break off what is under way."""
        if self._asking is not None:
            self._asking.cancel()

    async def _asked(self) -> T:
        try:
            value = await self._ask()
        except ProviderError as error:
            self._failed = (self._clock(), error)
            raise
        self._had, self._failed = (self._clock(), value), None
        return value

    def _end(self, done: asyncio.Task[T]) -> None:
        self._asking = None
        if not done.cancelled():
            # Perhaps nobody waits for it any more; then nobody is to hear of its error either.
            done.exception()
