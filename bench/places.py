"""Where a benchmark takes place: one durable PostgreSQL server, and the two servers that are compared."""

import asyncio
import os
import sys
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import asyncpg
from sqlalchemy import make_url

from bench.load import CONNECTIONS, Measured, post_closed, post_open
from bench.scenario import NUMBER_ID, SECRET, Posts, bundles, without_brake
from tests.support.postgres import Databases, postgres_server
from tests.support.processes import ROOT, BotProcess, free_port
from tests.support.waiting import eventually

_START_SECONDS = 30.0
DURABLE = {"fsync": "on", "synchronous_commit": "on", "full_page_writes": "on"}


class NotDurableError(Exception):
    """The PostgreSQL server would lose commits in a power cut: its figures are worth nothing."""


@asynccontextmanager
async def postgres() -> AsyncIterator[Databases]:
    """A PostgreSQL server that keeps what it commits; raises NotDurableError where one does not."""
    with postgres_server() as url:
        databases = Databases(url)
        await databases.prepare()
        async with connected(url) as connection:
            for setting, wanted in DURABLE.items():
                found = await connection.fetchval(f"SHOW {setting}")
                if found != wanted:
                    raise NotDurableError(f"{setting} is {found}")
        try:
            yield databases
        finally:
            await databases.close()


@asynccontextmanager
async def connected(url: str) -> AsyncIterator["asyncpg.Connection[asyncpg.Record]"]:
    """A plain connection to the database of a SQLAlchemy URL."""
    connection = await asyncpg.connect(plain(url))
    try:
        yield connection
    finally:
        await connection.close()


def plain(url: str) -> str:
    """A SQLAlchemy URL in libpq's spelling."""
    return make_url(url).set(drivername="postgresql").render_as_string(hide_password=False)


@dataclass(slots=True)
class Server:
    """A server under test.

    Attributes:
        name: `recado` or `naive`.
        process: it.
        database: its URL.
    """

    name: str
    process: BotProcess
    database: str

    async def take(
        self, posts: list[bytes], *, seconds: float = float("inf"), connections: int = CONNECTIONS
    ) -> Measured:
        """Post to it as fast as it answers."""
        return await post_closed("127.0.0.1", self.process.port, posts, seconds=seconds, connections=connections)

    async def take_at(self, rate: float, posts: list[bytes]) -> Measured:
        """Post to it at `rate` a second, whatever its answers do."""
        return await post_open("127.0.0.1", self.process.port, posts, rate=rate)

    @property
    def on_sqlite(self) -> bool:
        """Whether its database is SQLite."""
        return make_url(self.database).get_backend_name() == "sqlite"

    @property
    def pid(self) -> int:
        """The process's."""
        assert self.process.process is not None
        return self.process.process.pid


@asynccontextmanager
async def recado(
    database: str, settings: Mapping[str, str] | None = None, *arguments: str, root: Path = ROOT
) -> AsyncIterator[Server]:
    """`bot.py run` on `database`, with the benchmark's bundle published; `arguments` are added to its own.

    Nothing is sent unless `settings` say where to: the outbox is left to workers that are not there. `root` is another
    tree whose program runs, on a database that it migrates itself.
    """
    environment = settings_for(database, settings or {"BOT_OUTBOX": "off"})
    with tempfile.TemporaryDirectory(prefix="recado-bench-") as scratch:
        folder = Path(scratch)
        (folder / "flows").mkdir()
        for name, text in bundles().items():
            (folder / "flows" / name).write_text(text if root == ROOT else without_brake(text))
        if root != ROOT:
            await command(BotProcess(environment, 0, ("migrate",), folder, root / "bot.py"))
        await publish(environment, folder, root)
        port = free_port()
        server = BotProcess(environment, port, ("run", "--port", str(port), *arguments), folder, root / "bot.py")
        await server.start()
        try:
            yield Server("recado" if root == ROOT else "then", server, database)
        finally:
            await server.stop()


def settings_for(database: str, settings: Mapping[str, str]) -> dict[str, str]:
    """The environment of a server that takes the benchmark's posts."""
    return {
        "DATABASE_URL": database,
        "WHATSAPP_PHONE_NUMBER_ID": NUMBER_ID,
        "WHATSAPP_ACCESS_TOKEN": "token",
        "WHATSAPP_APP_SECRET": SECRET,
        "BOT_LOG_LEVEL": "warning",
        **settings,
    }


async def publish(environment: Mapping[str, str], folder: Path, root: Path = ROOT) -> None:
    """Publish the bundles in `folder/flows`; on SQLite `run` does so by itself when it first starts."""
    if make_url(environment["DATABASE_URL"]).get_backend_name() == "sqlite":
        return
    await command(BotProcess(environment, 0, ("flows", "load", "flows"), folder, root / "bot.py"))


async def command(process: BotProcess) -> None:
    """Run a command to its end; raises RuntimeError with what it printed when it fails."""
    await process.start()
    assert process.process is not None
    if await process.process.wait():
        raise RuntimeError(process.output)


@asynccontextmanager
async def naive(database: str) -> AsyncIterator[Server]:
    """The naive server on `database`."""
    async with _module("bench.naive", "--database", plain(database)) as process:
        yield Server("naive", process, database)


@dataclass(frozen=True, slots=True)
class Graph:
    """A running stand-in for Meta's Graph API.

    Attributes:
        url: where it listens.
    """

    url: str

    @property
    def settings(self) -> dict[str, str]:
        """Lets a server send there, at any rate."""
        return {"BOT_OUTBOX": "on", "WHATSAPP_API_URL": self.url, "WHATSAPP_RATE": "100000"}


@asynccontextmanager
async def graph() -> AsyncIterator[Graph]:
    """The stand-in for Meta's Graph API."""
    async with _module("bench.peers.standin") as process:
        yield Graph(process.url)


@asynccontextmanager
async def _module(name: str, *arguments: str) -> AsyncIterator[BotProcess]:
    """`python -m name --port …`, from when it listens."""
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="recado-bench-") as scratch:
        folder = Path(scratch)
        process = BotProcess({}, port, (), folder)
        with (folder / "output.log").open("ab") as output:
            process.process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-m",
                name,
                "--port",
                str(port),
                *arguments,
                cwd=ROOT,
                env={**os.environ},
                stdout=output,
                stderr=output,
            )
        try:
            await _listening(process)
            yield process
        finally:
            await process.stop()


async def _listening(process: BotProcess) -> None:
    """Wait until it takes connections; raises RuntimeError with what it printed when it does not."""

    async def connects() -> bool:
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", process.port)
        except OSError:
            return False
        writer.close()
        return True

    try:
        await eventually(connects, within=_START_SECONDS)
    except TimeoutError:
        raise RuntimeError(f"nothing listens after {_START_SECONDS:.0f} s:\n{process.output[-2000:]}") from None


async def warm(server: Server, people: int) -> None:
    """Let everyone write once, so that half of them are in the flow; then let PostgreSQL look at its tables."""
    posts = Posts("/webhooks/whatsapp", "WARM", people).begin_flows()
    measured = await server.take(posts)
    if measured.refused:
        raise RuntimeError(f"{measured.refused} posts were refused:\n{server.process.output[-2000:]}")
    if not server.database.startswith("sqlite"):
        async with connected(server.database) as connection:
            await connection.execute("VACUUM ANALYZE")
