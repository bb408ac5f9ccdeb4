"""SQLite's writers within one process: one after the other, in the order in which they came.

SQLite has one writer, and whoever else wants to write asks again and again whether they may, after ever longer pauses:
who came last may well be next, and a turn waits behind jobs that came after it. Here they queue before they ask. Other
processes, and whoever does not get their turn in time, still meet SQLite's own lock.
"""

import asyncio
import contextlib

from sqlalchemy import Connection, Engine, event


class Writers:
    """The queue of one engine's writers."""

    def __init__(self, engine: Engine, patience: float) -> None:
        """Let the writers of `engine` queue; one who waited `patience` seconds in vain goes on to SQLite's own lock."""
        self._patience = patience
        self._loop: asyncio.AbstractEventLoop | None = None
        self._lock = asyncio.Lock()
        self._holder: Connection | None = None
        event.listen(engine, "commit", self._commit)
        event.listen(engine, "rollback", self._leave)

    def begin(self, connection: Connection) -> None:
        """Begin a transaction that writes, when it is its turn."""
        connection.connection.dbapi_connection.run_async(lambda _driver: self._enter(connection))  # type: ignore[union-attr]  # of the driver that SQLAlchemy makes synchronous
        try:
            # At once: a reader that turns writer half-way may find that it can no longer do so.
            connection.exec_driver_sql("BEGIN IMMEDIATE")
        except BaseException:
            self._leave(connection)
            raise

    async def _enter(self, connection: Connection) -> None:
        loop = asyncio.get_running_loop()
        if loop is not self._loop:
            # The engine outlived the loop on which it was used before.
            self._loop, self._lock, self._holder = loop, asyncio.Lock(), None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._patience):
                await self._lock.acquire()
            self._holder = connection

    def _commit(self, connection: Connection) -> None:
        if self._holder is connection:
            try:
                # This event comes before the commit, and the next one would find the file still locked.
                connection.exec_driver_sql("COMMIT")
            finally:
                # One that fails is followed by no other event.
                self._leave(connection)

    def _leave(self, connection: Connection) -> None:
        if self._holder is connection:
            self._holder = None
            self._lock.release()
