"""Lets requests through one by one, with rests between, so that those who wait longer leave the process to others."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

_REST = 3.0
"""How many times as long as a request took, the next one waits."""
_MOST_SECONDS = 0.1
"""How long it waits at most: what takes longer waited itself, for a machine that others use."""


class Turnstile:
    """For what pages ask by themselves, however many are open: a fourth of the process's time at most.

    In the order in which they came; who waits long asks more seldom, since pages rest by how long an answer took.
    """

    def __init__(self) -> None:
        self._one = asyncio.Lock()
        self._free_at = 0.0

    @asynccontextmanager
    async def through(self) -> AsyncIterator[None]:
        """Wait for one's turn, and hold it."""
        now = asyncio.get_running_loop().time
        async with self._one:
            await asyncio.sleep(max(0.0, self._free_at - now()))
            since = now()
            try:
                yield
            finally:
                self._free_at = now() + min(_MOST_SECONDS, _REST * (now() - since))
