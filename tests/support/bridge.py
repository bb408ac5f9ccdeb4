"""A database that can go away: a loopback port that leads to the real server, until it is closed."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from sqlalchemy import URL, make_url


class Bridge:
    """Passes bytes between a loopback port and PostgreSQL."""

    def __init__(self, target: URL) -> None:
        self._target = target
        self._server: asyncio.Server | None = None
        self._port = 0
        self._writers: set[asyncio.StreamWriter] = set()

    @property
    def url(self) -> str:
        """The database through this bridge."""
        query = {name: value for name, value in self._target.query.items() if name != "host"}
        url = self._target.set(host="127.0.0.1", port=self._port, query=query)
        return url.render_as_string(hide_password=False)

    async def open(self) -> None:
        """Let connections through, at the same port as before."""
        self._server = await asyncio.start_server(self._pass, "127.0.0.1", self._port)
        self._port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """Cut every connection and refuse new ones."""
        assert self._server is not None
        self._server.close()
        for writer in self._writers:
            writer.transport.abort()
        await self._server.wait_closed()

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        folder = self._target.query.get("host")
        port = self._target.port or 5432
        far_reader, far_writer = (
            await asyncio.open_unix_connection(str(Path(str(folder)) / f".s.PGSQL.{port}"))
            if folder
            else await asyncio.open_connection(self._target.host, port)
        )
        self._writers |= {writer, far_writer}
        try:
            await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))
        finally:
            self._writers -= {writer, far_writer}


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(ConnectionError):
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    writer.close()


@asynccontextmanager
async def bridge_to(database_url: str) -> AsyncIterator[Bridge]:
    """An open bridge to that PostgreSQL database."""
    bridge = Bridge(make_url(database_url))
    await bridge.open()
    try:
        yield bridge
    finally:
        await bridge.close()
