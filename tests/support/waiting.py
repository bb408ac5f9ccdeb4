"""Waiting for what happens elsewhere, no longer than needed."""

import asyncio
from collections.abc import Awaitable, Callable


async def eventually(happened: Callable[[], Awaitable[bool]], *, within: float = 10.0) -> None:
    """Return as soon as `happened` says so; raises TimeoutError after `within` seconds."""
    async with asyncio.timeout(within):
        while True:
            if await happened():
                return
            await asyncio.sleep(0.01)
