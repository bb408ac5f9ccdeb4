"""People who write, and write again once they are answered: a closed loop over posts and the answers to them.

A loop that only waits for the 2xx would drown a server that says 200 first and answers later: what piles up slows some
of them to a quarter. So here at most so many messages are unanswered at a time.
"""

import asyncio
import gc
import time
from collections import deque
from collections.abc import Sequence
from typing import cast

from bench.load import LoadError

_LENGTH = b"content-length:"
_LOOK = 0.05
_PATIENCE = 5.0
"""Seconds without any post taken or answer come until the missing answers are given up."""


class Exchange:
    """One run: posts to a server, answers at the stand-in."""

    def __init__(self, posts: Sequence[bytes], window: int) -> None:
        """Nothing is done yet; `window` messages may be unanswered at a time."""
        self._posts = posts
        self._window = window
        self._free: deque[_Connection] = deque()
        self._next = self._taken = self._refused = self._answered = 0
        self._lost = False

    async def run(self, server: int, standin: int) -> float:
        """Do it, between two ports of this machine; returns when it began, by `time.perf_counter`.

        Over when everything is answered, or nothing has happened for a while. Raises LoadError when a post is refused
        or a connection is lost.
        """
        loop = asyncio.get_running_loop()
        follow, _protocol = await loop.create_connection(lambda: _Follower(self), "127.0.0.1", standin)
        for _ in range(self._window):
            _transport, connection = await loop.create_connection(lambda: _Connection(self), "127.0.0.1", server)
            self._free.append(connection)
        everyone = list(self._free)
        gc.collect()
        gc.disable()
        try:
            began = time.perf_counter()
            self._go_on()
            await self._until_over()
        finally:
            gc.enable()
            self._next = len(self._posts)
            follow.close()
            for connection in everyone:
                connection.close()
        return began

    async def _until_over(self) -> None:
        before, idle = 0, 0
        while self._taken + self._answered < 2 * len(self._posts) and idle * _LOOK < _PATIENCE:
            if self._lost or self._refused:
                raise LoadError(
                    "the server closed a connection under load"
                    if self._lost
                    else f"the server refused {self._refused} of {self._next} posts"
                )
            await asyncio.sleep(_LOOK)
            now = self._taken + self._answered
            before, idle = now, 0 if now > before else idle + 1
        if self._taken < self._next:
            raise LoadError(f"{self._next - self._taken} of {self._next} posts got no answer")

    def _go_on(self) -> None:
        while self._free and self._next < len(self._posts) and self._next - self._answered < self._window:
            self._free.popleft().post(self._posts[self._next])
            self._next += 1

    def taken(self, connection: "_Connection", status: bytes) -> None:
        """A post was answered with that HTTP status."""
        if status.startswith(b"2"):
            self._taken += 1
        else:
            self._refused += 1
        self._free.append(connection)
        self._go_on()

    def answered(self, count: int) -> None:
        """So many messages have come to the stand-in by now."""
        self._answered = count
        self._go_on()

    def lost(self) -> None:
        """A connection to the server is gone."""
        self._lost = True


class _Connection(asyncio.Protocol):
    """A kept-alive connection to the server, with at most one post under way."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._transport: asyncio.Transport | None = None
        self._answer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self._transport = cast("asyncio.Transport", transport)

    def post(self, request: bytes) -> None:
        """Send it."""
        assert self._transport is not None
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        answer = self._answer = self._answer + data
        end = answer.find(b"\r\n\r\n")
        if end < 0:
            return
        head = answer[:end].lower()
        at = head.find(_LENGTH)
        length = int(head[at + len(_LENGTH) :].split(b"\r\n", 1)[0]) if at >= 0 else 0
        if len(answer) >= end + 4 + length:
            self._answer = b""
            self._exchange.taken(self, answer[9:12])

    def connection_lost(self, _error: Exception | None) -> None:
        self._exchange.lost()

    def close(self) -> None:
        """Close it."""
        assert self._transport is not None
        self._transport.close()


class _Follower(asyncio.Protocol):
    """Hears from the stand-in how many messages it has taken, a number a line."""

    def __init__(self, exchange: Exchange) -> None:
        self._exchange = exchange
        self._rest = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        cast("asyncio.Transport", transport).write(b"GET /follow HTTP/1.1\r\n\r\n")

    def data_received(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        if lines:
            self._exchange.answered(int(lines[-1]))
