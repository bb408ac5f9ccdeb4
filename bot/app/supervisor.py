"""Several serving processes behind one socket: begun, begun anew, and ended together, however the first one ends."""

import asyncio
import contextlib
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable

import structlog

from bot.app.health import MULTIPROCESS_DIR

SOCKET_VARIABLE = "RECADO_SOCKET_FD"
"""Tells a process of `--workers` which inherited file descriptor is the listening socket."""
TOKEN_VARIABLE = "RECADO_LOCAL_TOKEN"  # noqa: S105 - a name
"""How long a stopping server waits for requests under way, before it finishes the background work."""
PARENT_VARIABLE = "RECADO_PARENT_FD"
"""Tells it which one is the end of a pipe that closes when the process that began it is gone."""
LOST_A_LOOP = 70
"""The exit code of a process that gives way to another since one of its loops has ended; EX_SOFTWARE of sysexits.h."""
_RESTART_PAUSE = 1.0

log = structlog.get_logger()


def has_parent() -> bool:
    """Whether this process was begun by `run_workers`, which begins another in its place."""
    return PARENT_VARIABLE in os.environ


def end_with_parent(stopping: asyncio.Event) -> None:
    """Let `stopping` be set when the process that began this one is gone; nothing where it was not begun so."""
    inherited = os.environ.get(PARENT_VARIABLE)
    if inherited is None:
        return
    loop, descriptor = asyncio.get_running_loop(), int(inherited)

    def gone() -> None:
        loop.remove_reader(descriptor)
        log.error("the process that began this one is gone, so this one ends too")
        stopping.set()

    loop.add_reader(descriptor, gone)


def run_workers(listener: socket.socket, count: int, arguments: list[str], token: str) -> int:
    """Run `count` serving processes behind `listener`, begin anew one that dies, and end them together.

    All of them are opened by the same `token` of this computer.

    Returns the exit code: that of a process that could not start, else 0.
    """
    with tempfile.TemporaryDirectory(prefix="recado-metrics-") as folder:
        descriptor = listener.fileno()
        # Nobody else has the other end, so that it closes with this process, be it killed.
        watched, _ours = os.pipe()
        environment = {
            **os.environ,
            SOCKET_VARIABLE: str(descriptor),
            PARENT_VARIABLE: str(watched),
            TOKEN_VARIABLE: token,
            MULTIPROCESS_DIR: folder,
        }

        def start() -> "subprocess.Popen[bytes]":
            return subprocess.Popen(  # noqa: S603 - our own command line again
                [sys.executable, "-m", "bot.cli.main", *arguments], env=environment, pass_fds=[descriptor, watched]
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
