"""The way into a serving process: its listening socket, its connections, and the files it may have open."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, cast

import structlog
from aiohttp import web

from bot.settings import Settings
from bot.web.connections import Connection, Connections, Terms

RESERVED_FILES = 200
"""Open files that are not connections: the database's, media, logs, libraries."""
_ENOUGH_FILES = 65_536
RUNNER: dict[str, Any] = {
    "access_log": None,
    # A body that somebody packed is refused, not unpacked.
    "auto_decompress": False,
    # So long the rest of a refused body is read, that its sender gets to see the answer.
    "lingering_time": 5.0,
    "max_headers": 100,
    # aiohttp holds twice as much of each body that nobody reads just now.
    "read_bufsize": 16 * 1024,
}
"""How aiohttp is to read requests; for idle connections it needs no time, as `Connection` has an eye on them."""

log = structlog.get_logger()


def raise_open_files() -> int | None:
    """Raise this process's limit of open files as far as it may; returns it, None where the system has none."""
    try:
        import resource  # noqa: PLC0415 - not there on Windows
    except ImportError:
        return None
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = _ENOUGH_FILES if hard == resource.RLIM_INFINITY else min(hard, _ENOUGH_FILES)
    if soft == resource.RLIM_INFINITY or soft >= wanted:
        return None if soft == resource.RLIM_INFINITY else soft
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (wanted, hard))
    except (ValueError, OSError) as error:
        log.warning("limit of open files not raised", limit=soft, error=type(error).__name__)
        return soft
    return wanted


def terms_of(settings: Settings, open_files: int | None) -> Terms:
    """What holds for connections; where files are few, the database must still open its own."""
    most = settings.max_connections
    if open_files is not None and most > open_files - RESERVED_FILES:
        most = max(16, open_files - RESERVED_FILES)
        log.warning("fewer connections than BOT_MAX_CONNECTIONS", most=most, open_files=open_files)
    return Terms(
        most=most,
        per_address=settings.connections_per_address,
        head_seconds=settings.head_seconds,
        idle_seconds=settings.idle_seconds,
        trusted=settings.trusted_proxies,
    )


@asynccontextmanager
async def open_doors(
    app: web.Application, listener: socket.socket, terms: Terms, *, shutdown_seconds: float
) -> AsyncIterator[Connections]:
    """Serve `app` on `listener`; on leaving, take nothing new and finish what is under way."""
    runner = web.AppRunner(app, shutdown_timeout=shutdown_seconds, **RUNNER)
    connections = Connections(terms)
    async with contextlib.AsyncExitStack() as stack:
        stack.push_async_callback(runner.cleanup)
        await runner.setup()
        make = cast("web.Server", runner.server)
        server = await asyncio.get_running_loop().create_server(lambda: Connection(connections, make), sock=listener)
        stack.callback(connections.close_unused)
        stack.callback(server.close)
        watch = asyncio.create_task(connections.watch())
        stack.callback(watch.cancel)
        yield connections
