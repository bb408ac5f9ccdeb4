"""The bodies of requests: how large one may be, how slow, and how much of them all is held at once.

The first 64 KiB of a body are always taken, so that what people write gets through whatever else comes in; the number
of connections bounds them. What is beyond comes out of one allowance for the process. Where that is used up, the body
that has come in slowest so far gives way.
"""

import asyncio
from mmap import mmap
from types import TracebackType
from typing import Self

from aiohttp import StreamReader, hdrs, web

from bot.web.allocator import give_back, pages
from bot.web.connections import waiting_for

FREE = 64 * 1024
"""Bytes of each body that come out of no allowance."""
PIECE_SECONDS = 15.0
"""How long the next piece of a body may take."""
RETRY_AFTER = {hdrs.RETRY_AFTER: "5"}
_LARGE = 1024 * 1024
_WORTH_TRIMMING = 1024 * 1024
_TRIM_SECONDS = 0.2
_YOUNG = 0.05
"""Seconds that a body counts as older than it is, so that one that has just begun is not slow."""


def at_once(request: web.Request) -> bytes | None:
    """The raw body where it has come in one piece with its head, as nearly all do, and takes no room; else None.

    Waiting for it anyway takes longer than reading its JSON.
    """
    content, length = request.content, request.content_length
    if length is None or length > FREE or not content.is_eof() or content.exception() is not None:
        return None
    return content.read_nowait()


class Bodies:
    """What this process holds of bodies, and how long each may take.

    Attributes:
        held: bytes out of the allowance.
    """

    def __init__(self, allowance: int, seconds: float) -> None:
        self.held = 0
        self.seconds = seconds
        self._allowance = allowance
        self._coming: set[Body] = set()
        self._trimming: asyncio.TimerHandle | None = None

    def hold(self) -> "Body":
        """Room for one body, until the end of the `with` that it is used in."""
        return Body(self)

    def take(self, size: int, body: "Body", now: float) -> bool:
        """Take `size` bytes out of the allowance for `body`, if need be from slower ones; False where that fails."""
        while self.held + size > self._allowance:
            slowest = min(self._coming, key=lambda each: each.speed(now))
            if slowest is body:
                return False
            self._coming.discard(slowest)
            slowest.give_way()
        self.held += size
        return True

    def trim_soon(self) -> None:
        """Give the system back what large bodies took; once for all that end meanwhile."""
        if self._trimming is None:
            self._trimming = asyncio.get_running_loop().call_later(_TRIM_SECONDS, self._trim)

    def _trim(self) -> None:
        self._trimming = None
        asyncio.get_running_loop().run_in_executor(None, give_back)

    def begin(self, body: "Body") -> None:
        """It is coming in, and can be made to give way."""
        self._coming.add(body)

    def end(self, body: "Body") -> None:
        """It is here, or it does not come any more."""
        self._coming.discard(body)


class Body:
    """One body, while it comes in and while it is worked on."""

    __slots__ = ("_began", "_bodies", "_counted", "_deadline", "_gave_way", "_pieces", "_size", "_whole")

    def __init__(self, bodies: Bodies) -> None:
        self._bodies = bodies
        self._pieces: list[bytes] = []
        self._whole: mmap | None = None
        self._size = 0
        self._counted = 0
        self._gave_way = False

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._gave_way or self._counted > _WORTH_TRIMMING:
            self._bodies.trim_soon()
        self._let_go()

    async def read(self, request: web.Request, limit: int) -> bytes | web.Response:
        """The raw body, or the answer to a request that it cannot be had of.

        aiohttp would lose a multipart one's bytes once it is parsed.
        """
        if (request.content_length or 0) > limit:
            return too_large(limit)
        try:
            with waiting_for(request):
                return await self._all_of(request.content, request.content_length or 0, limit)
        except TimeoutError:
            return _no_room() if self._gave_way else too_slow()
        except (web.RequestPayloadError, ConnectionError):
            # The caller went away, or what came is no body.
            return web.Response(status=400, text="the body could not be read to its end\n")

    def speed(self, now: float) -> float:
        """Bytes a second so far."""
        return self._size / (now - self._began + _YOUNG)

    def give_way(self) -> None:
        """Let go of what has come, and end its reading."""
        self._gave_way = True
        self._let_go()
        if not self._deadline.expired():
            self._deadline.reschedule(0)

    async def _all_of(self, content: StreamReader, length: int, limit: int) -> bytes | web.Response:
        now = asyncio.get_running_loop().time
        self._whole = pages(length) if length >= _LARGE else None
        self._began = now()
        end = self._began + self._bodies.seconds
        self._bodies.begin(self)
        try:
            async with asyncio.timeout_at(min(end, self._began + PIECE_SECONDS)) as self._deadline:
                async for piece in content.iter_any():
                    refused = self._keep(piece, limit, now())
                    if refused is not None:
                        return refused
                    self._deadline.reschedule(min(end, now() + PIECE_SECONDS))
                    # Else forty bodies that wait for their next piece would hold the last one twice.
                    del piece
                    # Where chunks are tiny, pieces are cut from what is here already, and nobody else had a turn.
                    await asyncio.sleep(0)
        finally:
            self._bodies.end(self)
        body = b"".join(self._pieces) if self._whole is None else self._whole[:]
        self._drop()
        return body

    def _keep(self, piece: bytes, limit: int, now: float) -> web.Response | None:
        """Keep one more piece; the answer where there is no room for it."""
        self._size += len(piece)
        if self._size > limit:
            return too_large(limit)
        more = max(0, self._size - FREE) - self._counted
        self._gave_way = self._gave_way or (more > 0 and not self._bodies.take(more, self, now))
        if self._gave_way:
            return _no_room()
        self._counted += more
        if self._whole is None:
            self._pieces.append(piece)
        else:
            self._whole[self._size - len(piece) : self._size] = piece
        return None

    def _let_go(self) -> None:
        self._drop()
        self._bodies.held -= self._counted
        self._counted = 0

    def _drop(self) -> None:
        # The stream keeps the error that ended it, and so the frames it came through, and so what they hold.
        self._pieces.clear()
        if self._whole is not None:
            self._whole.close()
            self._whole = None


def encoded(request: web.BaseRequest) -> web.Response | None:
    """The answer to a body that would have to be unpacked, for nobody can say to how much; None where it is plain."""
    coding = request.headers.get(hdrs.CONTENT_ENCODING)
    if coding is None or coding.strip().lower() in {"", "identity"}:
        return None
    text = "send the body as it is, without Content-Encoding\n"
    return web.Response(status=415, text=text, headers={hdrs.ACCEPT_ENCODING: "identity"})


def too_large(limit: int) -> web.Response:
    """The answer to a body of more than `limit` bytes."""
    return web.Response(status=413, text=f"the body may have {limit} bytes\n")


def too_slow() -> web.Response:
    """The answer to a body that does not come."""
    response = web.Response(status=408, text="the body did not come in time\n")
    response.force_close()
    return response


def _no_room() -> web.Response:
    response = web.Response(status=503, text="too much is coming in\n", headers=RETRY_AFTER)
    response.force_close()
    return response
