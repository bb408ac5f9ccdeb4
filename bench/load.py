"""The load generator: posts made and signed beforehand, written to kept-alive connections as bytes.

It shares the machine with what it measures, so it does as little as can be: no HTTP library, no object per post.
"""

import asyncio
import time
from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

_LENGTH = b"content-length:"


class LoadError(Exception):
    """The server did not do what was asked of it."""


@dataclass(slots=True)
class Measured:
    """What came of a run.

    Attributes:
        seconds: from the first post to the last answer.
        latencies: seconds of each post that got a 2xx, in the order of their answers.
        finished: when each answer came, in seconds since the beginning, in the same order.
        refused: answers with another status.
    """

    seconds: float = 0.0
    latencies: list[float] = field(default_factory=list)
    finished: list[float] = field(default_factory=list)
    refused: int = 0

    @property
    def rate(self) -> float:
        """Posts a second."""
        return len(self.latencies) / self.seconds

    def percentile(self, share: float) -> float:
        """The latency in seconds that `share` (0 to 1) of the posts stay within."""
        ordered = sorted(self.latencies)
        return ordered[min(len(ordered) - 1, int(len(ordered) * share))]


class _Connection(asyncio.Protocol):
    """One kept-alive connection with at most one post under way."""

    def __init__(self, run: "_Run") -> None:
        self._run = run
        self._transport: asyncio.Transport | None = None
        self._answer = bytearray()
        self._since = 0.0

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, request: bytes, since: float) -> None:
        """Send `request`, whose latency counts from `since`."""
        assert self._transport is not None
        self._since = since
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
        self._run.answered(self, taken=head[9:10] == b"2", since=self._since)

    def connection_lost(self, _error: Exception | None) -> None:
        self._run.lost()

    def close(self) -> None:
        """Close it."""
        if self._transport is not None:
            self._transport.close()


@dataclass(slots=True)
class _Run:
    """Posts on their way over a fixed number of connections.

    Attributes:
        rate: posts a second, begun at their own moments whatever the answers do; None: as fast as answers come.
    """

    posts: Sequence[bytes]
    rate: float | None
    deadline: float
    measured: Measured = field(default_factory=Measured)
    _free: deque[_Connection] = field(default_factory=deque)
    _next: int = 0
    _open: int = 0
    _began: float = 0.0
    _done: asyncio.Event = field(default_factory=asyncio.Event)
    _closing: bool = False

    async def over(self, host: str, port: int, connections: int) -> Measured:
        loop = asyncio.get_running_loop()
        for _ in range(connections):
            _transport, connection = await loop.create_connection(lambda: _Connection(self), host, port)
            self._free.append(connection)
        everyone = list(self._free)
        self._began = time.perf_counter()
        if self.rate is None:
            while self._free and self._next < len(self.posts):
                self._send(self._free.popleft(), time.perf_counter())
        else:
            await self._pace(self.rate)
        if self._open:
            await self._done.wait()
        self.measured.seconds = time.perf_counter() - self._began
        self._closing = True
        for connection in everyone:
            connection.close()
        return self.measured

    async def _pace(self, rate: float) -> None:
        """Begin each post at its moment; one that finds no free connection waits, and its latency counts on."""
        while self._next < len(self.posts):
            due = min(len(self.posts), int((time.perf_counter() - self._began) * rate) + 1)
            while self._next < due and self._free:
                self._send(self._free.popleft(), self._began + self._next / rate)
            await asyncio.sleep(0.001)

    def _send(self, connection: _Connection, since: float) -> None:
        connection.post(self.posts[self._next], since)
        self._next += 1
        self._open += 1

    def answered(self, connection: _Connection, *, taken: bool, since: float) -> None:
        now = time.perf_counter()
        self._open -= 1
        if taken:
            self.measured.latencies.append(now - since)
            self.measured.finished.append(now - self._began)
        else:
            self.measured.refused += 1
        more = self._next < len(self.posts) and now - self._began < self.deadline
        if self.rate is None and more:
            self._send(connection, now)
        else:
            self._free.append(connection)
        if not self._open and not (self.rate is None and more):
            self._done.set()

    def lost(self) -> None:
        if not self._closing:
            raise LoadError("the server closed a connection under load")


async def post_all(
    host: str,
    port: int,
    posts: Sequence[bytes],
    *,
    connections: int = 64,
    rate: float | None = None,
    seconds: float = float("inf"),
) -> Measured:
    """Post `posts` in order, until `seconds` have passed or none is left.

    Args:
        host: the server's.
        port: the server's.
        posts: whole HTTP requests.
        connections: how many posts may be under way.
        rate: posts a second, each begun at its own moment (an open loop, so that a server that stalls is charged for
            all that it kept waiting); None: each connection goes on when its answer is there.
        seconds: the end of a closed loop.
    """
    return await _Run(posts, rate, seconds).over(host, port, connections)
