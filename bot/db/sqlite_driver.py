"""SQLite's driver, in one trip for each statement.

Each connection has a thread of its own. aiosqlite goes there to make a cursor, again to execute, to fetch and to close
it, and once more to roll back what never began: four trips a statement, each of which costs more than most statements.
"""

import asyncio
import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any, Self

import aiosqlite


def connect(database: str, **options: Any) -> "Connection":
    """A connection to be awaited, as `async_creator_fn` of SQLAlchemy; `options` are those of `sqlite3.connect`.

    Its cursors read all rows at once: results cannot be streamed.
    """

    def connector() -> sqlite3.Connection:
        opened: sqlite3.Connection = sqlite3.connect(database, **options)
        return opened

    made = Connection(connector, iter_chunk_size=1)
    # Whoever forgets to close it does not keep the process alive.
    made._thread.daemon = True  # noqa: SLF001 - as SQLAlchemy does for connections that it makes
    return made


class Connection(aiosqlite.Connection):
    """One that goes to its thread once for each statement."""

    _is_unsure = False
    """Whether somebody went away while the thread was at work, so that it may be further than it seems."""
    _ending: asyncio.Future[Any] | None = None
    """What the thread answers once it has ended; None as long as it is not to end."""

    def stop(self) -> asyncio.Future[Any] | None:
        """Let the thread end, once it has done what it was asked."""
        self._ending = super().stop()
        return self._ending

    def cursor(self) -> "_Cursor":  # type: ignore[override]  # it has not gone anywhere yet
        """A new one."""
        return _Cursor(self)

    async def all_of(self, statement: str, parameters: Sequence[Any]) -> tuple[sqlite3.Cursor, list[Any]]:
        """Execute a statement, and read all of its rows."""

        def executed() -> tuple[sqlite3.Cursor, list[Any]]:
            cursor = self._conn.execute(statement, parameters)
            return cursor, [] if cursor.description is None else cursor.fetchall()

        found: tuple[sqlite3.Cursor, list[Any]] = await self._execute(executed)
        return found

    async def each_of(self, statement: str, parameters: Iterable[Sequence[Any]]) -> sqlite3.Cursor:
        """Execute a statement many times."""
        cursor: sqlite3.Cursor = await self._execute(self._conn.executemany, statement, parameters)
        return cursor

    async def commit(self) -> None:
        """End a transaction, if one has begun."""
        if self._may_have_begun():
            await super().commit()

    async def rollback(self) -> None:
        """Give a transaction up, if one has begun."""
        if self._may_have_begun():
            await super().rollback()

    def _may_have_begun(self) -> bool:
        return self._is_unsure or self.in_transaction

    async def _connect(self) -> aiosqlite.Connection:
        try:
            return await super()._connect()
        except BaseException:
            # The thread was told to end, and nobody waits for it: it would answer, when the loop may be closed already.
            if self._ending is not None:
                await asyncio.shield(self._ending)
            raise

    async def _execute(self, fn: Any, *args: Any, **kwargs: Any) -> Any:
        try:
            return await super()._execute(fn, *args, **kwargs)  # type: ignore[no-untyped-call]  # aiosqlite's own
        except asyncio.CancelledError:
            self._is_unsure = True
            raise


class _Cursor:
    """What SQLAlchemy asks of a cursor whose rows it wants at once."""

    arraysize = 1

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._cursor: sqlite3.Cursor | None = None
        self._rows: list[Any] = []

    @property
    def description(self) -> Any:
        return None if self._cursor is None else self._cursor.description

    @property
    def rowcount(self) -> int:
        return -1 if self._cursor is None else self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return None if self._cursor is None else self._cursor.lastrowid

    async def __aenter__(self) -> Self:
        return self

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        self._cursor, self._rows = await self._connection.all_of(statement, parameters)
        return self

    async def executemany(self, statement: str, parameters: Iterable[Sequence[Any]]) -> Self:
        self._cursor = await self._connection.each_of(statement, parameters)
        return self

    async def fetchall(self) -> list[Any]:
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """There is nothing to do: a statement whose rows are all read has ended."""
