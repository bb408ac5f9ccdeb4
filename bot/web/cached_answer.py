"""An answer that many ask for, and that costs something: asked for once at a time, and good for a moment."""

import asyncio
import math
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class CachedAnswer(Generic[T]):
    """What `ask` gives, at most `seconds` old; whoever comes while it is being asked waits for the same answer."""

    def __init__(self, ask: Callable[[], Awaitable[T]], seconds: float) -> None:
        self._ask = ask
        self._seconds = seconds
        self._asking: asyncio.Task[T] | None = None
        self._good_until = -math.inf

    async def get(self) -> T:
        """The answer; raises what `ask` raised."""
        task = self._asking
        if task is None or (task.done() and asyncio.get_running_loop().time() >= self._good_until):
            task = self._asking = asyncio.create_task(self._asked())
        # Whoever waits may go away; the others do not.
        return await asyncio.shield(task)

    async def _asked(self) -> T:
        try:
            return await self._ask()
        finally:
            self._good_until = asyncio.get_running_loop().time() + self._seconds
