"""Running: one serving process, a worker, or several serving processes behind one socket."""

import asyncio
import gc
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Coroutine
from typing import Any

import structlog
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.background import Background
from bot.app.doors import open_doors, raise_open_files, terms_of
from bot.app.health import BACKGROUND
from bot.app.resources import Role, open_resources
from bot.app.server import make_app
from bot.app.supervisor import LOST_A_LOOP, SOCKET_VARIABLE, TOKEN_VARIABLE, end_with_parent, has_parent
from bot.channels.service import Accounts
from bot.conversations.views import ACCOUNTS
from bot.core.errors import Blame, BotError
from bot.core.garbage import collect_from_now
from bot.core.i18n import N_, Phrase
from bot.settings import Settings
from bot.web.keys import ENGINE

_NEW_OBJECTS = 20_000

_REQUEST_SECONDS = 8.0
"""How long a stopping server waits for requests under way, before it finishes the background work."""

OnReady = Callable[[AsyncEngine, Accounts], Awaitable[None]]
"""Is called once the server answers, with its database and its accounts."""

log = structlog.get_logger()


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; raises BotError when the port is taken or the address is not ours."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    if os.name == "posix":
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listener.bind((host, port))
    except OSError as error:
        listener.close()
        raise BotError(
            N_("port {port} on {host} cannot be used: {reason}"),
            mend=N_("Choose another with --port, or stop the program that has it."),
            blame=Blame.SURROUNDINGS,
            port=port,
            host=host,
            reason=Phrase(error.strerror or str(error)),
        ) from error
    listener.listen(1024)
    listener.setblocking(False)
    return listener


def inherited_token() -> str:
    """The token of this computer that this process was given by `run_workers`, or an empty one."""
    return os.environ.get(TOKEN_VARIABLE, "")


def inherited_socket() -> socket.socket | None:
    """The socket this process was given by `run_workers`, or None."""
    descriptor = os.environ.get(SOCKET_VARIABLE)
    return None if descriptor is None else socket.socket(fileno=int(descriptor))


async def serve(settings: Settings, listener: socket.socket, token: str, *, on_ready: OnReady | None = None) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; then take no new requests, finish what is under way, and return.

    One of several processes raises SystemExit when one of
    its loops has ended, so that another is begun in its place; a single one goes on and says so when it is asked.
    """
    stopping = _stop_signal()
    end_with_parent(stopping)
    app = make_app(settings, token=token)
    terms = terms_of(settings, raise_open_files())
    async with open_doors(app, listener, terms, shutdown_seconds=_REQUEST_SECONDS):
        if on_ready is not None:
            await on_ready(app[ENGINE], app[ACCOUNTS])
        await (_stop_or_loss(stopping, app[BACKGROUND]) if has_parent() else stopping.wait())
        log.info("stopping")
    if has_parent() and app[BACKGROUND].lost:
        sys.exit(LOST_A_LOOP)
    log.info("stopped")


async def work(settings: Settings) -> None:
    """Deliver the outbox and run due work until SIGTERM or SIGINT.

    Nobody can ask a worker how it is, so it raises BotError when one of its loops has ended: whoever watches over it
    begins another.
    """
    stopping = _stop_signal()
    async with open_resources(settings, Role.WORKER) as resources:
        log.info("worker started")
        await _stop_or_loss(stopping, resources.background)
        log.info("stopping")
    if resources.background.lost:
        raise BotError(
            N_("background work ended: {loops}"),
            mend=N_("The log says why. Please report it, and start the worker again."),
            blame=Blame.SURROUNDINGS,
            loops=", ".join(resources.background.lost),
        )
    log.info("stopped")


async def _stop_or_loss(stopping: asyncio.Event, background: Background) -> None:
    """Wait until this process is told to stop, or one of its loops has ended."""
    lost = asyncio.create_task(background.until_lost())
    lost.add_done_callback(lambda _: stopping.set())
    await stopping.wait()
    lost.cancel()


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end, on uvloop where it exists."""
    collect_from_now()
    # A turn makes hundreds of short-lived objects and hardly a cycle: looking for those after every 700 new objects
    # took 6 % of a full load.
    gc.set_threshold(_NEW_OBJECTS)
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    return stopping
