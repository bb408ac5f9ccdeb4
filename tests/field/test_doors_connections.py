"""Connections that a stranger opens and leaves lying about, on real sockets."""

import asyncio
import contextlib
import itertools
import resource
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from structlog.testing import capture_logs

from bot.app import doors
from bot.app.doors import RESERVED_FILES, open_doors, raise_open_files, terms_of
from bot.app.serve import listen
from bot.app.server import make_app
from bot.settings import Settings
from bot.web import bodies, connections
from bot.web.connections import Terms
from bot.web.keys import BODIES
from tests.support import posts
from tests.support.served import signed
from tests.support.waiting import eventually

HEALTH = b"GET /health/live HTTP/1.1\r\nHost: x\r\n\r\n"
MIB = 1024 * 1024
TERMS = Terms(most=100, per_address=100, head_seconds=60, idle_seconds=60)
Peer = tuple[asyncio.StreamReader, asyncio.StreamWriter]


class Door:
    """A server with its real doors, and those who stand before it."""

    def __init__(
        self, port: int, stack: contextlib.AsyncExitStack, held: connections.Connections, of_bodies: bodies.Bodies
    ) -> None:
        self.port = port
        self.held = held
        self.bodies = of_bodies
        self._stack = stack

    async def knock(self, send: bytes = b"", address: str = "127.0.0.1") -> Peer:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port, local_addr=(address, 0))
        self._stack.callback(writer.close)
        writer.write(send)
        return reader, writer

    def post(self, provider: str, headers: Mapping[str, str], length: int) -> bytes:
        lines = [f"POST /webhooks/{provider} HTTP/1.1", "Host: x", f"Content-Length: {length}"]
        return "\r\n".join([*lines, *(f"{name}: {value}" for name, value in headers.items()), "", ""]).encode()


async def status(peer: Peer) -> int:
    """Of the next answer; 0 where the connection is closed without one."""
    async with asyncio.timeout(10):
        try:
            head = await peer[0].readuntil(b"\r\n\r\n")
        except (asyncio.IncompleteReadError, ConnectionError):
            return 0
        length = next((line for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), b":0")
        await peer[0].readexactly(int(length.partition(b":")[2]))
    return int(head.split(b" ")[1])


@asynccontextmanager
async def door(url: str, terms: Terms = TERMS, **settings: str) -> AsyncIterator[Door]:
    environment = {
        "DATABASE_URL": url,
        "MAILGUN_DOMAIN": posts.MAILGUN_DOMAIN,
        "MAILGUN_SIGNING_KEY": posts.MAILGUN_SIGNING_KEY,
        "WHATSAPP_PHONE_NUMBER_ID": posts.PHONE_NUMBER_ID,
        "WHATSAPP_APP_SECRET": posts.APP_SECRET,
        **settings,
    }
    app = make_app(Settings.read(environment))
    listener = listen("127.0.0.1", 0)
    port: int = listener.getsockname()[1]
    async with open_doors(app, listener, terms, shutdown_seconds=1) as held, contextlib.AsyncExitStack() as stack:
        yield Door(port, stack, held, app[BODIES])


async def test_D07_a_connection_that_asks_for_nothing_makes_way_for_one_that_does(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE_SECONDS", 0.0)
    monkeypatch.setattr(connections, "SILENT_SECONDS", 0.0)
    async with door(sqlite_url, TERMS._replace(most=20)) as bot:
        idle = [await bot.knock() for _ in range(60)]
        used = await bot.knock(HEALTH)
        assert await status(used) == 200
        used[1].write(HEALTH)

        assert await status(used) == 200
        assert await status(idle[0]) == 0
        assert len(bot.held) == 20


async def test_D07_who_has_said_nothing_makes_way_at_once(sqlite_url: str) -> None:
    async with door(sqlite_url, TERMS._replace(most=20)) as bot:
        for _ in range(20):
            await bot.knock()
        await asyncio.sleep(2 * connections.SILENT_SECONDS)

        assert await status(await bot.knock(HEALTH)) == 200


async def test_D07_one_address_has_its_share_and_the_others_theirs(sqlite_url: str) -> None:
    async with door(sqlite_url, TERMS._replace(per_address=5)) as bot:
        with capture_logs() as logs:
            theirs = [await bot.knock(HEALTH, "127.0.0.2") for _ in range(8)]
            answers = sorted([await status(each) for each in theirs])
        others = [await bot.knock(HEALTH, "127.0.0.3"), *[await bot.knock(HEALTH) for _ in range(8)]]

        assert answers == [200] * 5 + [503] * 3
        assert [await status(each) for each in others] == [200] * 9
        (line,) = [each for each in logs if each["event"] == "connections refused"]
        assert "BOT_TRUSTED_PROXIES" in line["mend"]


async def test_D07_behind_a_trusted_proxy_everybody_has_one_address(sqlite_url: str) -> None:
    trusted = Settings.read({"BOT_TRUSTED_PROXIES": "127.0.0.2"}).trusted_proxies
    async with door(sqlite_url, TERMS._replace(per_address=1, trusted=trusted)) as bot:
        answers = [await status(await bot.knock(HEALTH, "127.0.0.2")) for _ in range(5)]
        assert answers == [200] * 5


@pytest.mark.parametrize(
    ("sent", "answer"),
    [
        (b"", 0),
        (b"GET /health/live HTTP/1.1\r\nHost: x\r\nX: ", 408),
        # Blank lines before a request are nobody's head.
        (b"\r\n\r\n", 0),
        (HEALTH + b"GET /", 408),
    ],
    ids=["nothing", "half a head", "blank lines", "half a second head"],
)
async def test_D07_a_head_that_does_not_come_ends_the_connection(sqlite_url: str, sent: bytes, answer: int) -> None:
    async with door(sqlite_url, TERMS._replace(head_seconds=1)) as bot:
        peer = await bot.knock(sent)
        if sent.startswith(HEALTH):
            assert await status(peer) == 200
            peer[1].write(b"t")
        # It has to have come.
        await asyncio.sleep(0.05)
        bot.held.sweep(asyncio.get_running_loop().time() + 2)
        assert await status(peer) == answer


async def test_D07_a_head_that_trickles_in_has_no_more_time_than_any_other(sqlite_url: str) -> None:
    """A deadline that each byte puts off is none."""
    async with door(sqlite_url, TERMS._replace(head_seconds=10)) as bot:
        peer = await bot.knock(b"GET /health/live HTTP/1.1\r\n")
        (connection,) = await _connections(bot)
        deadline = connection.deadline
        for byte in (b"H", b"o", b"s"):
            peer[1].write(byte)
            await asyncio.sleep(0.02)
        assert connection.deadline == deadline


async def _connections(bot: Door) -> list[connections.Connection]:
    async def has_begun() -> bool:
        return any(not each.is_unused for each in bot.held)

    await eventually(has_begun)
    return list(bot.held)


async def test_D07_a_head_that_never_ends_is_refused(sqlite_url: str) -> None:
    async with door(sqlite_url) as bot:
        peer = await bot.knock(b"GET /health/live HTTP/1.1\r\n")
        with contextlib.suppress(ConnectionError):
            for number in range(200):
                peer[1].write(f"X-{number}: {'x' * 1000}\r\n".encode())
                await peer[1].drain()
        assert await status(peer) in {400, 431, 0}
        await eventually(lambda: _is_empty(bot))


async def _is_empty(bot: Door) -> bool:
    return len(bot.held) == 0


async def test_D07_a_kept_connection_is_closed_when_it_is_idle_too_long(sqlite_url: str) -> None:
    async with door(sqlite_url, TERMS._replace(idle_seconds=5)) as bot:
        peer = await bot.knock(HEALTH)
        assert await status(peer) == 200
        now = asyncio.get_running_loop().time()
        bot.held.sweep(now + 4)
        peer[1].write(HEALTH)
        assert await status(peer) == 200
        bot.held.sweep(asyncio.get_running_loop().time() + 6)
        assert await status(peer) == 0


@pytest.mark.parametrize("sent", [0, 1000, 200_000])
async def test_D07_a_body_that_does_not_come_is_given_up(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch, sent: int
) -> None:
    monkeypatch.setattr(bodies, "PIECE_SECONDS", 0.2)
    monkeypatch.setitem(doors.RUNNER, "lingering_time", 0.2)
    headers, _body = signed("mailgun", "hi")
    async with door(sqlite_url) as bot:
        peer = await bot.knock(bot.post("mailgun", headers, 39 * MIB) + b"x" * sent)
        assert await status(peer) == 408
        # And a second request on a connection of which nobody knows where it begins is none.
        assert await status(peer) == 0


async def test_D07_a_body_in_tiny_chunks_gives_others_their_turn_between_its_pieces(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Four connections with chunks of a byte made everybody wait for half a second."""
    turns = itertools.count()
    now = next(turns)
    at: list[int] = []
    keep = bodies.Body._keep

    def kept(body: bodies.Body, *arguments: Any) -> Any:
        at.append(now)
        return keep(body, *arguments)

    monkeypatch.setattr(bodies.Body, "_keep", kept)
    headers, _body = signed("mailgun", "hi")
    async with door(sqlite_url) as bot:
        head = bot.post("mailgun", headers, 0).replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        peer = await bot.knock(head + b"1\r\nx\r\n" * 30_000 + b"0\r\n\r\n")
        answered = asyncio.create_task(status(peer))
        while not answered.done():
            await asyncio.sleep(0)
            now = next(turns)

        assert len(at) > 4
        assert len(set(at)) == len(at)


async def test_D07_unfinished_bodies_hold_no_more_than_the_allowance_and_a_quick_one_gets_through(
    sqlite_url: str,
) -> None:
    """Forty of 39 MiB held 1.8 GB without end."""
    headers, body = signed("mailgun", "hi")
    big = body + b"&x=" + b"x" * (20 * MIB)
    async with door(sqlite_url) as bot:
        slow = [await bot.knock(bot.post("mailgun", headers, 39 * MIB)) for _ in range(40)]
        for peer in slow:
            peer[1].write(b"x" * (2 * MIB))
        await asyncio.gather(*(peer[1].drain() for peer in slow), return_exceptions=True)
        # So far they came as fast as any; slow they are once nothing more comes.
        await asyncio.sleep(1)
        quick = await bot.knock(bot.post("mailgun", headers, len(big)))
        began = time.monotonic()
        quick[1].write(big)
        async with asyncio.timeout(20):
            await quick[1].drain()
        assert await status(quick) == 200
        assert time.monotonic() - began < 10
        refused = [peer for peer in slow if peer[0].at_eof() or await _has_answer(peer)]
        assert refused


async def _has_answer(peer: Peer) -> bool:
    try:
        async with asyncio.timeout(0.01):
            return bool(await peer[0].read(1))
    except (TimeoutError, ConnectionError):
        return False


async def test_D07_the_body_memory_is_free_again_when_a_post_has_its_answer(sqlite_url: str) -> None:
    headers, body = signed("mailgun", "hi")
    async with door(sqlite_url) as bot:
        big = body + b"&x=" + b"x" * (3 * MIB)
        assert await status(await bot.knock(bot.post("mailgun", headers, len(big)) + big)) == 200
        assert not await _is_held(bot)


async def test_D07_who_goes_away_in_the_middle_leaves_nothing(sqlite_url: str) -> None:
    headers, _body = signed("mailgun", "hi")
    async with door(sqlite_url) as bot:
        peer = await bot.knock(bot.post("mailgun", headers, 39 * MIB) + b"x" * MIB)
        await eventually(lambda: _is_held(bot))
        peer[1].transport.abort()
        await eventually(lambda: _is_let_go(bot))


async def _is_let_go(bot: Door) -> bool:
    return not bot.bodies.held and not len(bot.held)


async def _is_held(bot: Door) -> bool:
    return bot.bodies.held > 0


async def test_D07_pipelined_requests_and_what_follows_them_are_answered_in_order(sqlite_url: str) -> None:
    headers, body = signed("whatsapp", "hi")
    async with door(sqlite_url) as bot:
        peer = await bot.knock(HEALTH + bot.post("whatsapp", headers, len(body)) + body + HEALTH)
        assert [await status(peer) for _ in range(3)] == [200, 200, 200]
        peer[1].write(b"what is no request\r\n\r\n")
        assert [await status(peer), await status(peer)] == [400, 0]


def test_D07_the_limit_of_open_files_is_raised_and_connections_leave_room_for_the_database() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    low = min(soft, 512)
    resource.setrlimit(resource.RLIMIT_NOFILE, (low, hard))
    try:
        raised = raise_open_files()
        assert raised is None or raised >= low
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert terms_of(Settings.read({}), 300).most == 300 - RESERVED_FILES
    assert terms_of(Settings.read({}), 65_536).most == 1000
    assert terms_of(Settings.read({}), None).most == 1000


async def test_D11_six_hundred_ask_whether_it_is_ready_and_the_database_is_asked_once(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = []

    async def counted(engine: AsyncEngine) -> None:
        asked.append(engine)
        await asyncio.sleep(0.05)

    monkeypatch.setattr("bot.app.health.require_current", counted)
    async with door(sqlite_url, TERMS._replace(most=1000)) as bot:
        ready = HEALTH.replace(b"live", b"ready")
        began = time.monotonic()
        peers = [await bot.knock(ready) for _ in range(600)]
        assert {await status(peer) for peer in peers} == {200}
        seconds = time.monotonic() - began
    assert 1 <= len(asked) <= 2 + seconds
    assert len(set(asked)) == 1
