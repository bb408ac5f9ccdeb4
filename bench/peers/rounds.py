"""One round: people write to a server, and it is over when the last of their answers is with the provider."""

from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from urllib.parse import urlsplit

import aiohttp

from bench.load import LoadError
from bench.peers.exchange import Exchange
from bench.peers.keywords import Crowd
from bench.peers.servers import Running, standin

WINDOWS = (4, 16, 64, 256)
"""How many messages may be unanswered at a time; each server is measured with the one that suits it best."""


@dataclass(frozen=True, slots=True)
class Round:
    """What came of it.

    Attributes:
        window: how many messages were unanswered at a time.
        rate: messages a second that were posted, got a 2xx and whose right answer arrived at the provider, counted
            until the last answer came.
        missing: answers that never came.
        wrong: messages that nobody should have got, or not twice.
    """

    window: int
    rate: float
    missing: int
    wrong: int


class Provider:
    """The stand-in, from outside."""

    def __init__(self, url: str, session: aiohttp.ClientSession) -> None:
        self.url = url
        self._session = session

    @property
    def port(self) -> int:
        """Where it listens."""
        return urlsplit(self.url).port or 0

    async def forget(self) -> None:
        """Forget what it took."""
        async with self._session.delete(f"{self.url}/"):
            pass

    async def last(self) -> float:
        """When the last message came, by `time.perf_counter`, which all processes of a machine share."""
        async with self._session.get(f"{self.url}/taken") as response:
            return float((await response.json())["last"])

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

    async def round(self, count: int, window: int) -> Round:
        """Let `count` messages come; raises LoadError when one is refused or none is answered."""
        said = self.crowd.say(count)
        await self.provider.forget()
        began = await Exchange(said.posts, window).run(self.server.port, self.provider.port)
        arrived = await self.provider.messages()
        right = (arrived & said.answers).total()
        if not right:
            raise LoadError("no answer arrived")
        return Round(window, right / (await self.provider.last() - began), count - right, arrived.total() - right)

    async def best(self, seconds: float) -> Round:
        """The round of about `seconds` in which it answered most a second, of one for each window."""
        practice = await self.round(WINDOWS[-1], WINDOWS[1])
        rounds = [await self.round(max(2 * window, int(practice.rate * seconds)), window) for window in WINDOWS]
        return max(rounds, key=lambda each: each.rate)
