"""Reading for people: lists, reports, audiences, exports. Whatever they ask for, no turn waits for it."""

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy import AsyncAdaptedQueuePool, event
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.db.engine import SQLITE, connect_arguments, give_none_that_is_closed
from bot.db.faults import took_too_long
from bot.db.traffic import Courtesy, Traffic

READERS = 4
"""Connections of one process on which people read; they open when somebody does."""
STATEMENT_SECONDS = 10.0
"""How long one statement may take."""
_WAIT_SECONDS = 5.0
"""How long whoever reads waits for one of the connections."""
_ANSWER_SECONDS = 5.0
"""How much later than the database the driver gives a statement up, in case the database is gone."""
_STEPS = 20_000
"""SQLite's steps between two looks at the clock: about a millisecond."""
_UNTIL = "recado_until"
_COURTESY = "recado_courtesy"
_PIECE_SECONDS = 0.0005
"""What one statement takes of the process, beside what it waits for the database."""


class TookTooLongError(BotError):
    """What a person asked for was given up: HTTP 503, and a page says how to ask for less."""

    blame = Blame.SURROUNDINGS

    def __init__(self) -> None:
        super().__init__(N_("this took too long"), mend=N_("Narrow the filters, or try again in a moment."))


class Reader:
    """Reads for people, on connections that no turn takes; nothing can be written there.

    A statement may go through whole tables: on PostgreSQL it is planned for its own values each time, and no plan is
    kept from when a table was empty.
    """

    def __init__(
        self,
        engine: AsyncEngine,
        *,
        most: int = READERS,
        statement_seconds: float = STATEMENT_SECONDS,
        wait_seconds: float = _WAIT_SECONDS,
    ) -> None:
        """A reader of the database of `engine`; it connects when it is first read from.

        Args:
            engine: that of the traffic.
            most: how many may read at the same moment.
            statement_seconds: how long one statement may take.
            wait_seconds: how long whoever reads waits for a connection.
        """
        make = _on_sqlite if engine.dialect.name == "sqlite" else _on_postgresql
        self._engine = make(engine, statement_seconds, pool_size=most, max_overflow=0, pool_timeout=wait_seconds)
        self.traffic = Traffic()
        """What statements give way to."""
        event.listen(self._engine.sync_engine, "before_cursor_execute", _give_way)

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection that only reads, to be left before anything is sent to whoever takes their time.

        Raises TookTooLongError when all connections are taken, when a statement takes too long, and when somebody,
        such as a migration, keeps the lock of a table.
        """
        try:
            async with self._engine.connect() as connection:
                (await connection.get_raw_connection()).info[_COURTESY] = Courtesy(self.traffic)
                yield connection
        except SQLAlchemyError as error:
            if took_too_long(error):
                raise TookTooLongError from error
            raise

    async def dispose(self) -> None:
        """Close the connections."""
        await self._engine.dispose()


def _give_way(connection: Any, *_statement: object) -> None:
    courtesy: Courtesy = connection.info[_COURTESY]
    connection.connection.dbapi_connection.run_async(lambda _driver: courtesy.give_way(_PIECE_SECONDS))


def _on_postgresql(engine: AsyncEngine, seconds: float, **pool: Any) -> AsyncEngine:
    usual = connect_arguments(engine)
    settings = {name: value for name, value in usual["server_settings"].items() if name != "enable_seqscan"} | {
        "application_name": "recado reader",
        "default_transaction_read_only": "on",
        "plan_cache_mode": "force_custom_plan",
        "statement_timeout": str(round(seconds * 1000)),
    }
    arguments = {**usual, "server_settings": settings, "command_timeout": seconds + _ANSWER_SECONDS}
    made = create_async_engine(
        engine.url,
        hide_parameters=True,
        pool_recycle=1800,
        # Each statement sees what is committed, within a transaction too: to begin and end one would only cost time.
        isolation_level="AUTOCOMMIT",
        connect_args=arguments,
        **pool,
    )
    give_none_that_is_closed(made)
    return made


def _on_sqlite(engine: AsyncEngine, seconds: float, **pool: Any) -> AsyncEngine:
    made = create_async_engine(
        engine.url, hide_parameters=True, connect_args=SQLITE, poolclass=AsyncAdaptedQueuePool, **pool
    )

    def prepare(connection: Any, record: Any) -> None:
        info = record.info

        def late() -> bool:
            return bool(time.monotonic() > info[_UNTIL])

        info[_UNTIL] = time.monotonic() + seconds
        connection.run_async(lambda driver: driver.executescript("PRAGMA query_only=ON"))
        connection.run_async(lambda driver: driver.set_progress_handler(late, _STEPS))

    def begin(connection: Any) -> None:
        connection.exec_driver_sql("BEGIN")

    def set_deadline(connection: Any, *_statement: object) -> None:
        connection.connection.info[_UNTIL] = time.monotonic() + seconds

    event.listen(made.sync_engine, "connect", prepare)
    event.listen(made.sync_engine, "begin", begin)
    event.listen(made.sync_engine, "before_cursor_execute", set_deadline)
    return made
