"""The connections of a server: how many there may be, and how long each may keep us waiting.

aiohttp has no deadline for a request's head, and no bound for connections. A `Connection` stands between a socket and
aiohttp's own protocol; idle ones cost next to nothing, since that one is only made when the first byte has come.
"""

import asyncio
import math
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import NamedTuple, cast

import structlog
from aiohttp import web

from bot.web import metrics
from bot.web.guard import Network
from bot.web.origins import origin_of

MAX_HEAD = 64 * 1024
"""Bytes that may come before a request's head is whole."""
MAX_DISCARDED = 256 * 1024
"""Bytes that are read of a refused body; then its sender has to wait until aiohttp closes the connection."""
WRITE_SECONDS = 60.0
"""How long a peer may take nothing of an answer."""
FILE_SECONDS = 3600.0
"""How long a peer may take over a file that it does take some of."""
PATIENCE_SECONDS = 1.0
"""Whoever keeps us waiting for less does not have to go for another."""
SILENT_SECONDS = 0.05
"""The same for whoever has not said a word yet: those who come to ask do so at once."""
_SWEEP_SECONDS = 1.0
_TELL_SECONDS = 60.0
_HEAD_END = b"\r\n\r\n"

log = structlog.get_logger()


class Terms(NamedTuple):
    """What holds for connections.

    Attributes:
        most: how many there may be.
        per_address: how many of one address, but of this computer's and of `trusted`; of IPv6, of one /64 network.
        head_seconds: how long the head of a request may take from its first byte, or from the connection's start.
        idle_seconds: how long a connection may be kept between two requests.
        trusted: proxies, behind whose addresses everybody is.
    """

    most: int
    per_address: int
    head_seconds: float
    idle_seconds: float
    trusted: Sequence[Network] = ()


class Connections:
    """All of a server's. When there are too many, the one that has kept us waiting longest is closed for a new one."""

    def __init__(self, terms: Terms) -> None:
        self.terms = terms
        self._all: set[Connection] = set()
        self._of: dict[object, set[Connection]] = {}
        self._untold = 0
        self._told_at = -math.inf

    def __len__(self) -> int:
        return len(self._all)

    def __iter__(self) -> Iterator["Connection"]:
        return iter(self._all)

    def admit(self, connection: "Connection") -> bool:
        """Whether one more may stay."""
        now = _now()
        origin = connection.origin
        own = self._of.get(origin, set()) if origin is not None else set()
        if len(own) >= self.terms.per_address and not self._make_room(own, now):
            self._tell("address", now)
            return False
        if len(self._all) >= self.terms.most and not self._make_room(self._all, now):
            self._tell("all", now)
            return False
        self._all.add(connection)
        if origin is not None:
            self._of.setdefault(origin, set()).add(connection)
        return True

    def leave(self, connection: "Connection") -> None:
        """It is closed."""
        self._all.discard(connection)
        own = self._of.get(connection.origin)
        if own is not None:
            own.discard(connection)
            if not own:
                del self._of[connection.origin]

    def sweep(self, now: float) -> None:
        """Close those whose time is over."""
        for connection in [each for each in self._all if each.deadline <= now]:
            metrics.CONNECTIONS_CLOSED.labels(reason="slow").inc()
            connection.expire()
        metrics.CONNECTIONS.set(len(self._all))

    async def watch(self) -> None:
        """Sweep, for ever."""
        while True:
            await asyncio.sleep(_SWEEP_SECONDS)
            self.sweep(_now())

    def close_unused(self) -> None:
        """Close those by which nothing was ever asked; aiohttp knows the others."""
        for connection in [each for each in self._all if each.is_unused]:
            connection.close()

    def _make_room(self, among: Iterable["Connection"], now: float) -> bool:
        waiting = [each for each in among if each.has_waited(now) >= each.patience]
        if not waiting:
            return False
        # A proxy's idle connections are in use by everybody behind it.
        longest = max(waiting, key=lambda each: (each.origin is not None, each.has_waited(now)))
        metrics.CONNECTIONS_CLOSED.labels(reason="crowded").inc()
        longest.close()
        return True

    def _tell(self, which: str, now: float) -> None:
        metrics.CONNECTIONS_CLOSED.labels(reason=which).inc()
        self._untold += 1
        if now - self._told_at < _TELL_SECONDS:
            return
        mend = "If they come through a proxy of yours, name it in BOT_TRUSTED_PROXIES." if which == "address" else ""
        log.warning("connections refused", count=self._untold, too_many=f"of one {which}", mend=mend)
        self._untold, self._told_at = 0, now


class Connection(asyncio.Protocol):
    """One connection: aiohttp's protocol, with an eye on the time.

    Attributes:
        origin: whose it is; None where there is no bound for them.
        deadline: by the loop's clock, when it is closed.
        waiting_since: since when it is the peer's turn; None while it is ours.
    """

    __slots__ = (
        *(
            "_connections",
            "_discarded",
            "_head_began",
            "_head_size",
            "_inner",
            "_make",
            "_paused",
            "_tail",
            "_transport",
        ),
        *("deadline", "origin", "waiting_since"),
    )

    def __init__(self, connections: Connections, make: Callable[[], asyncio.Protocol]) -> None:
        self.origin: object = None
        self.deadline = math.inf
        self.waiting_since: float | None = None
        self._connections = connections
        self._make = make
        self._inner: asyncio.Protocol | None = None
        self._transport: asyncio.Transport | None = None
        self._paused = False
        # Bytes of an answered request's body that have come since; None where the request was read to its end.
        self._discarded: int | None = None
        self._head_began = False
        # None once the head is whole.
        self._head_size: int | None = 0
        self._tail = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Stay, if there is room."""
        self._transport = cast("asyncio.Transport", transport)
        self.origin = origin_of(transport.get_extra_info("peername"), self._connections.terms.trusted)
        if not self._connections.admit(self):
            self._refuse(503, "Service Unavailable")
            return
        self.waiting_since = _now()
        self.deadline = self.waiting_since + self._connections.terms.head_seconds

    def data_received(self, data: bytes) -> None:
        """Hand it on, unless the head of a request takes too much."""
        if self._transport is None or self._is_too_much(data):
            return
        if self._head_size is not None and not self._is_good_head(data):
            self._refuse(431, "Request Header Fields Too Large")
            return
        if self._inner is None:
            self._inner = self._make()
            self._inner.connection_made(self._transport)
        self._inner.data_received(data)

    def eof_received(self) -> bool | None:
        """The peer writes no more."""
        return self._inner.eof_received() if self._inner is not None else None

    def pause_writing(self) -> None:
        """The peer takes nothing for the moment."""
        self._paused = True
        if self.waiting_since is not None:
            self.deadline = _now() + WRITE_SECONDS
        if self._inner is not None:
            self._inner.pause_writing()

    def resume_writing(self) -> None:
        """The peer takes something again."""
        self._paused = False
        if self.waiting_since is not None:
            self.waiting_since = _now()
            self.deadline = self.waiting_since + self._connections.terms.idle_seconds
        if self._inner is not None:
            self._inner.resume_writing()

    def connection_lost(self, exc: Exception | None) -> None:
        """It is over."""
        self._transport = None
        self._connections.leave(self)
        if self._inner is not None:
            self._inner.connection_lost(exc)
            self._inner = None

    @property
    def is_unused(self) -> bool:
        """Whether nothing has come by it yet."""
        return self._inner is None

    def has_waited(self, now: float) -> float:
        """How long it has kept us waiting."""
        return 0.0 if self.waiting_since is None else now - self.waiting_since

    @property
    def patience(self) -> float:
        """How long it may keep us waiting before it has to go for another."""
        return SILENT_SECONDS if self.is_unused else PATIENCE_SECONDS

    def ours(self) -> None:
        """A request is here, or a body is: it is our turn."""
        self.waiting_since = None
        self.deadline = math.inf
        self._head_size = None
        self._discarded = None

    def theirs(self, seconds: float) -> None:
        """It is the peer's turn, for that long."""
        self.waiting_since = _now()
        self.deadline = self.waiting_since + seconds

    def next_request(self, request: web.BaseRequest, answer: web.StreamResponse) -> None:
        """The request has its answer, which the peer now takes before it asks the next."""
        if request.content.is_eof():
            self._head_began, self._head_size = False, 0
        else:
            self._discarded = 0
        self.theirs(FILE_SECONDS if type(answer) is web.FileResponse else self._connections.terms.idle_seconds)

    def expire(self) -> None:
        """Its time is over."""
        if self._head_began and self._head_size is not None:
            self._refuse(408, "Request Timeout")
        else:
            self.close()

    def close(self) -> None:
        """Close it, and forget it at once."""
        self._connections.leave(self)
        transport, self._transport = self._transport, None
        self.deadline = math.inf
        if transport is None:
            return
        # What a peer does not take would be kept for it until it does.
        if self._paused or self._head_size is None:
            transport.abort()
        else:
            transport.close()

    def _is_too_much(self, data: bytes) -> bool:
        """Whether it is of a refused body of which enough was read for its sender to see the answer."""
        if self._discarded is None or self._transport is None:
            return False
        self._discarded += len(data)
        if self._discarded <= MAX_DISCARDED:
            return False
        self._transport.pause_reading()
        return True

    def _is_good_head(self, data: bytes) -> bool:
        if not self._head_began:
            self._head_began = True
            if _HEAD_END in data:
                # Nearly all heads come in one piece.
                self._head_size = None
                return True
            self.deadline = _now() + self._connections.terms.head_seconds
        seen = self._tail + data
        if _HEAD_END in seen:
            self._head_size, self._tail = None, b""
            return True
        size = (self._head_size or 0) + len(data)
        self._head_size, self._tail = size, seen[1 - len(_HEAD_END) :]
        return size <= MAX_HEAD

    def _refuse(self, status: int, reason: str) -> None:
        if self._transport is not None:
            head = f"HTTP/1.1 {status} {reason}\r\nContent-Length: 0\r\nRetry-After: 5\r\nConnection: close\r\n\r\n"
            self._transport.write(head.encode())
        self._head_size = 0
        self.close()


def connection_of(request: web.BaseRequest) -> Connection | None:
    """The connection that a request came by; None where the server runs without these bounds, or it is lost."""
    transport = request.transport
    protocol = transport.get_protocol() if transport is not None else None
    return protocol if isinstance(protocol, Connection) else None


@contextmanager
def waiting_for(request: web.BaseRequest) -> Iterator[None]:
    """While the peer is to send more of a request, which has a deadline of its own."""
    connection = connection_of(request)
    if connection is None:
        yield
        return
    connection.theirs(math.inf)
    try:
        yield
    finally:
        connection.ours()


# What the loop's clock is, too, at a tenth of the price.
_now = time.monotonic
