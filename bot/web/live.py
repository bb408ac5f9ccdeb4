"""`/live`: hints for pages, as server-sent events, to whoever is signed in.

An event's data is JSON, `{"messages": ["cm…"], "jobs": null}`: ids by topic, null for many (`bot.core.hints`). A stream
that cannot be had is a 503; pages then ask by themselves, as they do every fifteen seconds anyhow.
"""

import asyncio
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from aiohttp import web

from bot.core.hints import Hints, Topic
from bot.core.permissions import Permission
from bot.db.hub import Ear
from bot.web.access import IDENTIFY, SIGNED_IN, Identity, Routes, signed_in
from bot.web.bodies import RETRY_AFTER
from bot.web.keys import HUB
from bot.web.pages import SECURITY_HEADERS

HEARTBEAT_SECONDS = 15.0
"""How often something is said, so that proxies keep the line and a reader who is gone is noticed."""
CHECK_SECONDS = 30.0
"""How often it is asked whether who listens is still signed in, and what they may still see."""
MOST_UNREAD = 32 * 1024
"""Bytes that a reader may leave unread; who leaves more is let go, and asks again once they are back."""
MOST_STREAMS = 500
MOST_OF_ONE = 12
"""Streams of one person: a browser has one, whatever its tabs."""
RETRY_MILLISECONDS = 3000

_NEEDED: Mapping[Topic, Permission] = {
    Topic.CONTACTS: Permission.CONTACTS_READ,
    Topic.MESSAGES: Permission.MESSAGES_READ,
    Topic.INBOX: Permission.MESSAGES_READ,
    Topic.POINTS: Permission.POINTS_READ,
    Topic.TALKS: Permission.MESSAGES_READ,
    Topic.PRESENCE: Permission.MESSAGES_READ,
    Topic.READS: Permission.MESSAGES_READ,
    Topic.JOBS: Permission.JOBS_MANAGE,
    Topic.ACCOUNTS: Permission.ACCOUNTS_READ,
    Topic.BUNDLES: Permission.BUNDLES_READ,
    Topic.POSTS: Permission.POSTS_MANAGE,
    Topic.ENDPOINTS: Permission.ENDPOINTS_MANAGE,
}

_HEADERS = {
    **SECURITY_HEADERS,
    "Content-Type": "text/event-stream",
    "Cache-Control": "no-store",
    # nginx would gather what is to be told at once.
    "X-Accel-Buffering": "no",
}
_HEARTBEAT = b":\n\n"


@dataclass(frozen=True, slots=True, eq=False)
class Stream:
    """One that is told hints."""

    user_id: str
    request: web.BaseRequest
    ear: Ear


class Streams:
    """Those that there are."""

    def __init__(self) -> None:
        self._all: set[Stream] = set()

    @contextmanager
    def one_more(self, stream: Stream) -> Iterator[None]:
        """Count one more; raises HTTPServiceUnavailable where there are too many, of all or of that person's."""
        there = self._with_readers()
        of_one = sum(each.user_id == stream.user_id for each in there)
        if len(there) >= MOST_STREAMS or of_one >= MOST_OF_ONE:
            raise web.HTTPServiceUnavailable(text="too many listen\n", headers=RETRY_AFTER)
        self._all.add(stream)
        try:
            yield
        finally:
            self._all.discard(stream)

    def _with_readers(self) -> list[Stream]:
        """Those whose reader is there; the others would find out at their next word, and end now."""
        for each in self._all:
            if each.request.transport is None:
                each.ear.close()
        return [each for each in self._all if not each.ear.is_closed]


_STREAMS = web.AppKey("streams", Streams)


def setup(app: web.Application) -> None:
    """Add the route."""
    app[_STREAMS] = Streams()
    Routes(app).get("/live", live, SIGNED_IN, allow_head=False)
    app.on_shutdown.append(_close)


async def live(request: web.Request) -> web.StreamResponse:
    """Tell hints until the reader, their session or this process is gone."""
    who = signed_in(request)
    with request.app[HUB].listening() as ear, request.app[_STREAMS].one_more(Stream(who.user_id, request, ear)):
        response = web.StreamResponse(headers=_HEADERS)
        await response.prepare(request)
        try:
            await response.write(f"retry: {RETRY_MILLISECONDS}\n\n".encode())
            await _tell(request, response, ear, who)
        except ConnectionError:
            # The reader went away.
            pass
    return response


async def _tell(request: web.Request, response: web.StreamResponse, ear: Ear, who: Identity) -> None:
    now = asyncio.get_running_loop().time
    check_at = now() + CHECK_SECONDS
    topics = _topics(who)
    while True:
        hints = await ear.next(HEARTBEAT_SECONDS)
        if ear.is_closed:
            return
        if now() >= check_at:
            present = await request.app[IDENTIFY](request)
            if present is None or present.user_id != who.user_id:
                return
            topics, check_at = _topics(present), now() + CHECK_SECONDS
        if _is_slow(request):
            return
        await response.write(_event(hints, topics, who.user_id))


def _topics(who: Identity) -> frozenset[Topic]:
    return frozenset(topic for topic, needed in _NEEDED.items() if needed in who.permissions)


def _event(hints: Hints, topics: frozenset[Topic], user_id: str) -> bytes:
    """What is told of `hints` to `user_id`, who may hear of these topics."""
    # What somebody has read changes nobody else's page.
    own = topics if hints.is_about(Topic.READS, user_id) else topics - {Topic.READS}
    told = hints.told(own)
    return f"data: {told}\n\n".encode() if told else _HEARTBEAT


def _is_slow(request: web.Request) -> bool:
    """Whether the reader has left too much unread; then what they did not take is dropped, with their connection."""
    transport = request.transport
    if transport is None:
        return True
    if transport.get_write_buffer_size() <= MOST_UNREAD:
        return False
    transport.abort()
    return True


async def _close(app: web.Application) -> None:
    """Before aiohttp waits for the requests that are under way: these would never end."""
    if HUB in app:
        app[HUB].close()
