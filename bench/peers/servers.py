"""The servers that are compared, each one process: how each is installed, set up and started."""

import asyncio
import os
import sys
from abc import ABC, abstractmethod
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from bench.peers.installs import NotRunError, last_words, node_modules, python_packages
from bench.peers.keywords import Form, as_json, bundle, messenger, whatsapp
from bench.scenario import NUMBER_ID, SECRET
from tests.support.processes import ROOT, BotProcess, free_port

_OURS = Path(__file__).parent
_START_SECONDS = 60.0
_STOP_SECONDS = 10.0
_LOOK = 0.05

BUILDERBOT = ("@builderbot/bot@1.3.13", "@builderbot/provider-meta@1.2.2")
PYWA = ("pywa[server]==4.5.0",)
OPSDROID = ("opsdroid==0.31.0", "setuptools<81")  # newer ones lack the pkg_resources that it imports


@dataclass(frozen=True, slots=True)
class Running:
    """A server that takes posts.

    Attributes:
        port: on the loopback interface.
        path: where the posts go.
        form: how they are made.
    """

    port: int
    path: str
    form: Form


class Peer(ABC):
    """One of the others: installed once, started anew for each round.

    Attributes:
        name: of it and its version.
        path: where the posts go.
        form: how they are made.
        note: how it is set up, and what it cannot do.
    """

    name: ClassVar[str]
    path: ClassVar[str]
    form: ClassVar[Form] = whatsapp
    note: ClassVar[str]

    def __init__(self, scratch: Path, graph: str) -> None:
        """Nothing is done yet; `graph` is the stand-in's address."""
        self.folder = scratch / type(self).__name__.lower()
        self.environment = {"GRAPH_URL": graph, "ANSWERS": str(self.folder / "answers.json")}

    @abstractmethod
    async def install(self) -> None:
        """Install it into the scratch folder; raises NotRunError."""

    @abstractmethod
    def command(self, port: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """What starts it, and what is added to the environment."""

    @asynccontextmanager
    async def running(self) -> AsyncIterator[Running]:
        """Start it, and stop it in the end."""
        port = free_port()
        command, added = self.command(port)
        (self.folder / "answers.json").write_text(as_json())
        log = self.folder / "output.log"
        with log.open("wb") as output:
            process = await asyncio.create_subprocess_exec(
                *command, cwd=self.folder, env={**os.environ, **self.environment, **added}, stdout=output, stderr=output
            )
        try:
            if not await _listening(process, port):
                raise NotRunError(f"it did not start: {last_words(log.read_text(errors='replace'))}")
            yield Running(port, self.path, type(self).form)
        finally:
            await _stop(process)


class Builderbot(Peer):
    """builderbot with its Meta provider and its memory database, the provider's queue without its pause."""

    name = "builderbot 1.3.13"
    path = "/webhook"
    note = (
        "memory database, its queue set to 64 at once without a pause (it comes with one task each 100 ms); "
        "checks no signature; its log files, which it cannot switch off, go to /dev/null"
    )

    def __init__(self, scratch: Path, graph: str, *, pause: bool = False, history: int = 0) -> None:
        """Nothing is done yet.

        Args:
            scratch: a folder for all peers.
            graph: the stand-in's address.
            pause: leaves the queue as it comes.
            history: entries in the memory database at the beginning.
        """
        super().__init__(scratch, graph)
        self.environment |= {
            "NODE_ENV": "production",
            "PAUSE": "on" if pause else "off",
            "HISTORY": str(history),
        }

    async def install(self) -> None:
        """By npm."""
        await node_modules(self.folder, *BUILDERBOT)
        (self.folder / "builderbot.mjs").write_bytes((_OURS / "builderbot.mjs").read_bytes())
        for name in ("core.class.log", "queue.class.log"):
            log = self.folder / name
            if not log.exists():
                log.symlink_to(os.devnull)

    def command(self, port: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """By node."""
        return ("node", "builderbot.mjs"), {"PORT": str(port)}


class Pywa(Peer):
    """pywa's asynchronous client, served by its own command on uvicorn with uvloop."""

    name = "pywa 4.5.0"
    path = "/"
    note = "asynchronous client, `pywa run` (uvicorn, uvloop, httptools), signatures checked, warnings logged"

    async def install(self) -> None:
        """By pip, with what its own server needs."""
        await python_packages(self.folder, *PYWA)
        (self.folder / "pywa_bot.py").write_bytes((_OURS / "pywa_bot.py").read_bytes())

    def command(self, port: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """By its own command, as its documentation recommends for production."""
        program = str(self.folder / "bin" / "pywa")
        return (program, "run", "pywa_bot.py", "--port", str(port), "--log-level", "warning"), {}


class Opsdroid(Peer):
    """opsdroid with its connector for Facebook Messenger, the nearest it has."""

    name = "opsdroid 0.31.0"
    path = "/connector/messenger"
    form = messenger
    note = (
        "has no WhatsApp: its Facebook Messenger connector, the same messages as Messenger posts them; "
        "a skill of regex matchers; checks no signature; warnings logged"
    )

    async def install(self) -> None:
        """By pip."""
        await python_packages(self.folder, *OPSDROID)
        (self.folder / "opsdroid_bot.py").write_bytes((_OURS / "opsdroid_bot.py").read_bytes())

    def command(self, port: int) -> tuple[tuple[str, ...], Mapping[str, str]]:
        """By its own command and a configuration file."""
        bot = self.folder / "opsdroid_bot.py"
        (self.folder / "configuration.yaml").write_text(
            f"""\
welcome-message: false
logging: {{level: warning, path: null, console: true}}
web: {{host: 127.0.0.1, port: {port}}}
connectors:
  messenger: {{path: {bot}, verify-token: verify, page-access-token: token}}
skills:
  keywords: {{path: {bot}}}
"""
        )
        program = str(self.folder / "bin" / "opsdroid")
        return (program, "start", "-f", "configuration.yaml"), {"HOME": str(self.folder)}


@asynccontextmanager
async def recado(database: str, graph: str, folder: Path) -> AsyncIterator[Running]:
    """Ours: `bot.py run` on a durable PostgreSQL, delivering what it answers."""
    environment = {
        "DATABASE_URL": database,
        "WHATSAPP_API_URL": f"{graph}/v24.0",
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": SECRET,
        "WHATSAPP_RATE": "100000",
        "BOT_LOG_LEVEL": "warning",
    }
    flows = folder / "flows"
    flows.mkdir(parents=True)
    (flows / "keywords.yaml").write_text(bundle())
    loader = BotProcess(environment, 0, ("flows", "load", "flows"), folder)
    await loader.start()
    assert loader.process is not None
    if await loader.process.wait():
        raise RuntimeError(loader.output)
    port = free_port()
    server = BotProcess(environment, port, ("run", "--port", str(port)), folder)
    await server.start()
    try:
        yield Running(port, "/webhooks/whatsapp", whatsapp)
    finally:
        await server.stop()


@asynccontextmanager
async def standin() -> AsyncIterator[str]:
    """The stand-in for Meta's Graph API; gives its address."""
    port = free_port()
    command = (sys.executable, "-m", "bench.peers.standin", "--port", str(port))
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT)
    try:
        await _listening(process, port)
        yield f"http://127.0.0.1:{port}"
    finally:
        await _stop(process)


async def _listening(process: asyncio.subprocess.Process, port: int) -> bool:
    """Wait until it takes connections; False when it ended or never did."""
    for _ in range(int(_START_SECONDS / _LOOK)):
        if process.returncode is not None:
            return False
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(_LOOK)
            continue
        writer.close()
        return True
    return False


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
        try:
            async with asyncio.timeout(_STOP_SECONDS):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
