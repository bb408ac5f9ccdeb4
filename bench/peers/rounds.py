"""One round: people write to a server, and it is over when the last of their answers is with the provider."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

import aiohttp

from bench.load import LoadError, post_closed, post_open
from bench.peers.keywords import Crowd
from bench.peers.servers import Running, standin

CONNECTIONS = 64
_LOOK = 0.02
"""Seconds between two looks at what has arrived."""
_PATIENCE = 5.0
"""Seconds without any further answer until the missing ones are given up."""
_STEP = 1.2
_KEEPS_UP = 0.9
_MOST_STEPS = 8


@dataclass(frozen=True, slots=True)
class Round:
    """What came of it.

    Attributes:
        offered: posts a second; None: as fast as 64 connections got their 2xx.
        rate: messages a second that were posted, got a 2xx and whose right answer arrived at the provider, counted
            until the last answer came.
        missing: answers that never came.
        wrong: messages that nobody should have got, or not twice.
    """

    offered: float | None
    rate: float
    missing: int
    wrong: int


class Provider:
    """The stand-in, from outside."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    async def forget(self) -> None:
        """Forget what it took."""
        async with self._session.delete(f"{self.url}/"):
            pass

    async def until(self, count: int) -> float:
        """Wait until it took `count` messages, or no further one comes; returns the moment of the last one."""
        seen, looks = 0, 0
        while True:
            async with self._session.get(f"{self.url}/taken") as response:
                taken = await response.json()
            looks = looks + 1 if taken["count"] == seen else 0
            seen = taken["count"]
            if seen >= count or looks * _LOOK > _PATIENCE:
                return float(taken["last"])
            await asyncio.sleep(_LOOK)

    async def messages(self) -> Counter[tuple[str, str]]:
        """(to whom, what) with how often."""
        async with self._session.get(f"{self.url}/messages") as response:
            return Counter((to, text) for to, text in await response.json())


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    """A running stand-in."""
    async with standin() as url, aiohttp.ClientSession() as session:
        yield Provider(url, session)


@dataclass(frozen=True, slots=True)
class Table:
    """A server, the people who write to it, and the provider that it answers into."""

    server: Running
    crowd: Crowd
    provider: Provider

    async def round(self, count: int, offered: float | None = None) -> Round:
        """Let `count` messages come; raises LoadError when one is refused or none is answered."""
        said = self.crowd.say(count)
        await self.provider.forget()
        if offered is None:
            measured = await post_closed("127.0.0.1", self.server.port, said.posts, connections=CONNECTIONS)
        else:
            measured = await post_open("127.0.0.1", self.server.port, said.posts, rate=offered, connections=CONNECTIONS)
        began = time.perf_counter() - measured.seconds
        if measured.taken < count:
            raise LoadError(f"{count - measured.taken} of {count} posts got no 2xx")
        last = await self.provider.until(count)
        arrived = await self.provider.messages()
        right = (arrived & said.answers).total()
        if not right:
            raise LoadError("no answer arrived")
        return Round(offered, right / (last - began), count - right, arrived.total() - right)

    async def best(self, seconds: float) -> Round:
        """The round of about `seconds` in which it answered most a second.

        Some are at their best when posts come as fast as they take them; others take more than they answer, and are
        slowed down by what has piled up. So posts also come at fixed rates, from just above the rate of the former up
        to one that it does not keep up with.
        """
        first = await self.round(int(CONNECTIONS * 4))
        best = await self.round(int(first.rate * seconds))
        offered = best.rate
        for _ in range(_MOST_STEPS):
            offered *= _STEP
            tried = await self.round(int(offered * seconds), offered)
            best = max(best, tried, key=lambda each: each.rate)
            if tried.rate < _KEEPS_UP * offered:
                break
        return best
