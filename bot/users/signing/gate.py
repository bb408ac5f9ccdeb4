"""How many sign in at once: what a crowd at the door can cost, in memory, in threads and in connections."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from bot.core.errors import BotError
from bot.core.i18n import N_

AT_ONCE = 2
"""Attempts of one process that are looked at at the same time: each may take 64 MiB, a core and a connection."""
WAITING = 30
"""Attempts that may wait for that; two are done in a fifth of a second."""
_SECONDS = 5


class LaterError(BotError):
    """Signing in is not looked at now.

    Attributes:
        retry_after: in how many seconds it is, for `Retry-After`.
    """

    def __init__(self, message: str, *, mend: str, retry_after: int, **values: object) -> None:
        super().__init__(message, mend=mend, blame=None, **values)
        self.retry_after = retry_after


def busy() -> LaterError:
    """Too many are there at the same time."""
    message = N_("too many people are signing in at once")
    return LaterError(message, mend=N_("Try again in a few seconds."), retry_after=_SECONDS)


class Gate:
    """Lets a few in at once, and lets some wait."""

    def __init__(self, at_once: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._free = asyncio.Semaphore(at_once)
        self._waiting = 0
        self._most = waiting

    @asynccontextmanager
    async def passed(self) -> AsyncIterator[None]:
        """Wait for one's turn; raises LaterError where too many wait already."""
        if self._waiting >= self._most:
            raise busy()
        self._waiting += 1
        try:
            await self._free.acquire()
        finally:
            self._waiting -= 1
        try:
            yield
        finally:
            self._free.release()
