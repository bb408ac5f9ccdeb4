"""Work that would hold the event loop up: done in threads, a few at a time."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from aiohttp import web

T = TypeVar("T")

SMALL = 32 * 1024
"""Bytes that may be worked on between two looks at the network: a thread takes longer to come by."""
THREADS = 2
"""More would only take Python from each other."""


class Aside:
    """A few threads; what is more waits for one of them."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="aside")

    async def run(self, size: int, work: Callable[[], T]) -> T:
        """What `work` gives: at once where it is about few bytes, else out of a thread."""
        if size <= SMALL:
            return work()
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)

    def close(self) -> None:
        """Take nothing more; what is under way ends by itself."""
        self._threads.shutdown(wait=False)


ASIDE = web.AppKey("aside", Aside)
