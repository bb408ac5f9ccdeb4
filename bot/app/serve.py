"""Running: one serving process, a worker, or several serving processes behind one socket."""

import asyncio
import contextlib
import gc
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Coroutine
from typing import Any

import structlog

from bot.app.doors import open_doors, raise_open_files, terms_of
from bot.app.health import MULTIPROCESS_DIR
from bot.app.resources import Role, open_resources
from bot.app.server import make_app
from bot.channels.service import Accounts
from bot.conversations.views import ACCOUNTS
from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.settings import Settings

SOCKET_VARIABLE = "RECADO_SOCKET_FD"
"""Tells a process of `--workers` which inherited file descriptor is the listening socket."""
TOKEN_VARIABLE = "RECADO_LOCAL_TOKEN"  # noqa: S105 - a name
"""Gives the processes of `--workers` one token of this computer."""
_RESTART_PAUSE = 1.0
_NEW_OBJECTS = 20_000

_REQUEST_SECONDS = 8.0
"""How long a stopping server waits for requests under way, before it finishes the background work."""

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
            reason=error.strerror,
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


async def serve(
    settings: Settings, listener: socket.socket, token: str, *, on_ready: Callable[[Accounts], None]
) -> None:
    """Serve on `listener` until SIGTERM or SIGINT; then take no new requests, finish what is under way, and return."""
    stopping = _stop_signal()
    app = make_app(settings, token=token)
    terms = terms_of(settings, raise_open_files())
    async with open_doors(app, listener, terms, shutdown_seconds=_REQUEST_SECONDS):
        on_ready(app[ACCOUNTS])
        await stopping.wait()
        log.info("stopping")
    log.info("stopped")


async def work(settings: Settings) -> None:
    """Deliver the outbox and run due work until SIGTERM or SIGINT."""
    stopping = _stop_signal()
    async with open_resources(settings, Role.WORKER):
        log.info("worker started")
        await stopping.wait()
        log.info("stopping")
    log.info("stopped")


def run_loop(main: Coroutine[Any, Any, None]) -> None:
    """Run `main` to its end, on uvloop where it exists."""
    # A turn makes hundreds of short-lived objects and hardly a cycle: looking for those after every 700 new objects
    # took 6 % of a full load.
    gc.set_threshold(_NEW_OBJECTS)
    try:
        import uvloop  # noqa: PLC0415 - not there on Windows
    except ImportError:
        asyncio.run(main)
    else:
        uvloop.run(main)


def run_workers(listener: socket.socket, count: int, arguments: list[str], token: str) -> int:
    """Run `count` serving processes behind `listener`, begin anew one that dies, and end them together.

    All of them are opened by the same `token` of this computer.

    Returns the exit code: that of a process that could not start, else 0.
    """
    with tempfile.TemporaryDirectory(prefix="recado-metrics-") as folder:
        descriptor = listener.fileno()
        environment = {
            **os.environ,
            SOCKET_VARIABLE: str(descriptor),
            TOKEN_VARIABLE: token,
            MULTIPROCESS_DIR: folder,
        }

        def start() -> "subprocess.Popen[bytes]":
            return subprocess.Popen(  # noqa: S603 - our own command line again
                [sys.executable, "-m", "bot.cli.main", *arguments], env=environment, pass_fds=[descriptor]
            )

        return _Supervisor(start, count).run()


class _Supervisor:
    """Keeps `count` processes running until it is told to stop, then ends them."""

    def __init__(self, start: Callable[[], "subprocess.Popen[bytes]"], count: int) -> None:
        self._start = start
        self._count = count
        self._processes: list[subprocess.Popen[bytes]] = []
        self._stopping = False

    def run(self) -> int:
        """Returns once none is left: the exit code of one that could not start, else 0."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self._stop())
        for _ in range(self._count):
            self._begin()
        exit_code = 0
        while self._processes:
            ended = self._next_to_end()
            self._processes.remove(ended)
            if self._stopping:
                continue
            if ended.returncode in {1, 2, 3}:
                # It said why on standard error, and it would say the same again.
                exit_code = ended.returncode
                self._stop()
            else:
                self._begin_anew(ended.returncode)
        return exit_code

    def _begin(self) -> None:
        process = self._start()
        self._processes.append(process)
        if self._stopping:
            # The signal came between the start and the list, so nobody has told this one.
            process.terminate()

    def _begin_anew(self, exit_code: int) -> None:
        log.error("serving process ended, begun anew", exit_code=exit_code)
        time.sleep(_RESTART_PAUSE)
        if not self._stopping:
            self._begin()

    def _stop(self) -> None:
        self._stopping = True
        for process in self._processes:
            with contextlib.suppress(ProcessLookupError):
                process.terminate()

    def _next_to_end(self) -> "subprocess.Popen[bytes]":
        while True:
            for process in self._processes:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    process.wait(timeout=0.2)
                    return process


def _stop_signal() -> asyncio.Event:
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        try:
            loop.add_signal_handler(number, stopping.set)
        except NotImplementedError:  # Windows
            signal.signal(number, lambda *_: loop.call_soon_threadsafe(stopping.set))
    return stopping
