"""The load generator: posts made and signed beforehand, written to kept-alive connections as bytes.

It shares the machine with what it measures, so it does as little as can be: no HTTP library, no object per post.

Closed loop: each connection posts again as soon as it has its answer, which finds the highest rate. Open loop: each
post has its own moment, whatever the answers do, and its latency counts from that moment even where it had to wait for
a free connection. So a server that stalls is charged for everything that it kept waiting (no coordinated omission).
"""

import asyncio
import gc
import os
import time
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from typing import cast

from bench.stats import percentile

CONNECTIONS = 256
"""How many posts are under way in a closed loop. A busy provider has many: fewer would measure its own round trips."""

_LENGTH = b"content-length:"
_TICK = 0.001
"""Seconds between two looks at the clock in an open loop; libuv's timers know nothing finer."""

_PRIORITY = -10


class LoadError(Exception):
    """The server did not do what was asked of it."""


@dataclass(slots=True)
class Measured:
    """What came of a run.

    Attributes:
        seconds: from the first post to the last answer.
        ended: the moment of the last answer, by `time.perf_counter`.
        latencies: seconds of each post that got a 2xx, in the order of their answers; in an open loop also of those
            that were not answered in time, up to the end of the run.
        finished: when each 2xx came, in seconds since the beginning, in the same order.
        refused: answers with another status.
        unanswered: posts of an open loop whose answer, or even whose turn to be sent, had not come when it was given
            up.
        lateness: open loop: seconds by which the generator itself was late, for each post it sent from its own clock.
    """

    seconds: float = 0.0
    ended: float = 0.0
    latencies: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    refused: int = 0
    unanswered: int = 0
    lateness: list[float] = field(default_factory=list)

    @property
    def taken(self) -> int:
        """How many posts got a 2xx."""
        return len(self.finished)

    @property
    def rate(self) -> float:
        """Posts taken a second."""
        return self.taken / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` of the posts stay within."""
        return percentile(self.latencies, share)


class _Connection(asyncio.Protocol):
    """One kept-alive connection with at most one post under way."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._answer = bytearray()
        self.since: float | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, request: bytes, since: float) -> None:
        """Send `request`, whose latency counts from `since`."""
        assert self._transport is not None
        self.since = since
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        answer = self._answer
        answer += data
        end = answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = bytes(answer[:end]).lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(answer) < end + 4 + length:
            return
        answer.clear()
        since, self.since = self.since, None
        assert since is not None
        self._run.answered(self, taken=head[9:10] == b"2", since=since)

    def connection_lost(self, _error: Exception | None) -> None:
        self._run.lost()

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


class _Run(ABC):
    """Posts on their way over a fixed number of connections."""

    def __init__(self, posts: Sequence[bytes]) -> None:
        self.measured = Measured()
        self._posts = posts
        self._free: deque[_Connection] = deque()
        self._everyone: list[_Connection] = []
        self._next = 0
        self._open = 0
        self._began = 0.0
        self._done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def over(self, host: str, port: int, connections: int) -> Measured:
        """Do all of it; raises LoadError when a connection is lost."""
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _transport, connection = await loop.create_connection(lambda: _Connection(self), host, port)
            self._everyone.append(connection)
        self._free.extend(self._everyone)
        try:
            with _undisturbed():
                self._began = time.perf_counter()
                await self._post_all()
                self.measured.ended = time.perf_counter()
                self.measured.seconds = self.measured.ended - self._began
        finally:
            self._end()
            for connection in self._everyone:
                connection.close()
        return self.measured

    @abstractmethod
    async def _post_all(self) -> None:
        """Send each post, and wait for the answers."""

    def _send(self, connection: _Connection, since: float) -> None:
        connection.post(self._posts[self._next], since)
        self._next += 1
        self._open += 1

    def _settle(self, *, taken: bool, since: float) -> float:
        """Write down an answer; returns the present moment."""
        now = time.perf_counter()
        self._open -= 1
        if taken:
            self.measured.latencies.append(now - since)
            self.measured.finished.append(now - self._began)
        else:
            self.measured.refused += 1
        return now

    @abstractmethod
    def answered(self, connection: _Connection, *, taken: bool, since: float) -> None:
        """An answer came on `connection`."""

    def lost(self) -> None:
        """A connection is gone."""
        if not self._done.done():
            self._done.set_exception(LoadError("the server closed a connection under load"))

    def _end(self) -> None:
        if not self._done.done():
            self._done.set_result(None)


class _Closed(_Run):
    """Each connection goes on when its answer is there, until `seconds` have passed or no post is left."""

    def __init__(self, posts: Sequence[bytes], seconds: float) -> None:
        super().__init__(posts)
        self._seconds = seconds

    async def _post_all(self) -> None:
        while self._free and self._next < len(self._posts):
            self._send(self._free.popleft(), time.perf_counter())
        if self._open:
            await self._done

    def answered(self, connection: _Connection, *, taken: bool, since: float) -> None:
        now = self._settle(taken=taken, since=since)
        if self._next < len(self._posts) and now - self._began < self._seconds:
            self._send(connection, now)
        elif not self._open:
            self._end()


class _Open(_Run):
    """Each post has its moment; given up `patience` seconds after the last one's."""

    def __init__(self, posts: Sequence[bytes], rate: float, patience: float) -> None:
        super().__init__(posts)
        self._rate = rate
        self._give_up = len(posts) / rate + patience

    async def _post_all(self) -> None:
        pacing = asyncio.get_running_loop().create_task(self._pace())
        try:
            async with asyncio.timeout(self._give_up):
                await asyncio.gather(pacing, self._done)
        except TimeoutError:
            self._charge_the_unanswered()
        finally:
            pacing.cancel()

    async def _pace(self) -> None:
        """Begin each post at its moment; where no connection is free, `answered` does once one is."""
        while self._next < len(self._posts):
            while self._free and self._next < self._due(now := time.perf_counter()):
                moment = self._moment()
                self.measured.lateness.append(now - moment)
                self._send(self._free.popleft(), moment)
            await asyncio.sleep(_TICK)

    def _due(self, now: float) -> int:
        """How many posts should have begun by `now`."""
        return min(len(self._posts), int((now - self._began) * self._rate) + 1)

    def _moment(self) -> float:
        """When the next post is due."""
        return self._began + self._next / self._rate

    def answered(self, connection: _Connection, *, taken: bool, since: float) -> None:
        now = self._settle(taken=taken, since=since)
        if self._next < self._due(now):
            self._send(connection, self._moment())
            return
        self._free.append(connection)
        if not self._open and self._next == len(self._posts):
            self._end()

    def _charge_the_unanswered(self) -> None:
        """Count what waited in vain with the latency it had at the end, which is less than it would have been."""
        now = time.perf_counter()
        waiting = [each.since for each in self._everyone if each.since is not None]
        waiting += [self._began + number / self._rate for number in range(self._next, len(self._posts))]
        self.measured.unanswered = len(waiting)
        self.measured.latencies += [now - since for since in waiting]


@contextmanager
def _undisturbed() -> Iterator[None]:
    """What delays the generator looks like a slow answer: no garbage collection, and first in the queue for a core.

    Only root may go first; where that is not allowed, `lateness` tells what came of it.
    """
    usual = os.getpriority(os.PRIO_PROCESS, 0)
    gc.collect()
    gc.disable()
    with suppress(PermissionError):
        os.setpriority(os.PRIO_PROCESS, 0, _PRIORITY)
    try:
        yield
    finally:
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, 0, usual)
        gc.enable()


async def post_closed(
    host: str, port: int, posts: Sequence[bytes], *, connections: int = CONNECTIONS, seconds: float = float("inf")
) -> Measured:
    """Post as fast as answers come, until `seconds` have passed or none is left.

    Args:
        host: the server's.
        port: the server's.
        posts: whole HTTP requests.
        connections: how many posts are under way.
        seconds: after which no further post is begun.
    """
    return await _Closed(posts, seconds).over(host, port, connections)


async def post_open(
    host: str,
    port: int,
    posts: Sequence[bytes],
    *,
    rate: float,
    connections: int = 2 * CONNECTIONS,
    patience: float = 10.0,
) -> Measured:
    """Post at `rate` a second, whatever the answers do.

    Args:
        host: the server's.
        port: the server's.
        posts: whole HTTP requests.
        rate: posts a second, each with its own moment.
        connections: how many posts may be under way; those beyond wait here, and their latency counts on.
        patience: seconds after the last post's moment at which those still unanswered are given up and charged.
    """
    return await _Open(posts, rate, patience).over(host, port, connections)
