"""The bot as users run it: `python bot.py …` in a process of its own."""

import asyncio
import contextlib
import os
import signal
import socket
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

ROOT = Path(__file__).parents[2]

_START_SECONDS = 30.0
_STARTED: list["BotProcess"] = []

_GREETING = "\n  "
"""How the lines begin that `run` prints in one piece once it serves, while its log goes on."""


@dataclass(slots=True)
class BotProcess:
    """A `bot.py` command with its own environment; started, killed and started again at the same port.

    Attributes:
        environment: settings, added to PATH and the like.
        port: where it serves; 0 for a command that does not.
        arguments: of `bot.py`.
        folder: the working folder; what it prints goes to `output.log` there.
        program: the `bot.py` of another tree, or an installed `recado`.
    """

    environment: Mapping[str, str]
    port: int
    arguments: tuple[str, ...]
    folder: Path
    program: Path = ROOT / "bot.py"
    process: asyncio.subprocess.Process | None = field(default=None)

    @property
    def url(self) -> str:
        """Where it serves."""
        return f"http://127.0.0.1:{self.port}"

    @property
    def link(self) -> str:
        """The link to the simulator that it printed, with the token."""
        return next(word for word in self.output.split() if "/simulator?token=" in word)

    @property
    def token(self) -> str:
        """The token of the links that it printed."""
        return self.link.partition("=")[2]

    @property
    def output(self) -> str:
        """All that it has printed so far, in both streams."""
        path = self.folder / "output.log"
        return path.read_text(errors="replace") if path.exists() else ""

    async def start(self) -> None:
        """Start it and wait until it answers `/health/ready` and has printed where to go next."""
        with (self.folder / "output.log").open("ab") as output:
            self.process = await asyncio.create_subprocess_exec(
                sys.executable,
                str(self.program),
                *self.arguments,
                cwd=self.folder,
                env={**_basics(), **self.environment},
                stdout=output,
                stderr=output,
                start_new_session=True,
            )
        if not any(each is self for each in _STARTED):
            # One that is begun anew is still whose it was.
            _STARTED.append(self)
        if self.port:
            await self._until_ready()

    async def _until_ready(self) -> None:
        assert self.process is not None
        async with aiohttp.ClientSession() as session, asyncio.timeout(_START_SECONDS):
            while True:
                if self.process.returncode is not None:
                    raise AssertionError(f"the server ended at once:\n{self.output}")
                with contextlib.suppress(aiohttp.ClientError):
                    async with session.get(f"{self.url}/health/ready") as response:
                        if response.status == 200 and _GREETING in self.output:
                            return
                await asyncio.sleep(0.05)

    async def kill(self) -> None:
        """`kill -9`."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """SIGTERM, and wait; returns the exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, number: signal.Signals) -> int:
        assert self.process is not None
        with contextlib.suppress(ProcessLookupError):
            self.process.send_signal(number)
        return await self.process.wait()


@contextlib.contextmanager
def processes_ended() -> Iterator[None]:
    """What is started within has ended afterwards, with the processes that it has started itself."""
    before = len(_STARTED)
    try:
        yield
    finally:
        for each in _STARTED[before:]:
            if each.process is not None and each.process.returncode is None:
                _end_at_once(each.process)
        del _STARTED[before:]


def _end_at_once(process: asyncio.subprocess.Process) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    # Its loop has gone: what that would have done is done here, or a later test would be blamed for it.
    transport: Any = process._transport  # type: ignore[attr-defined]
    transport._proc.wait()
    transport.close()


def free_port() -> int:
    """A loopback port that nobody has just now."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def _basics() -> dict[str, str]:
    return {name: value for name in ("PATH", "HOME", "LANG", "SYSTEMROOT") if (value := os.environ.get(name))}
