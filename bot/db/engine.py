"""Connecting: one URL in any of the usual spellings, one engine with the right manners for its dialect."""

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from sqlalchemy import URL, Connection, NullPool, event, make_url
from sqlalchemy.exc import ArgumentError, InvalidatePoolError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bot.core.errors import BotError, UnreachableError
from bot.core.i18n import N_
from bot.db.sqlite_driver import connect
from bot.db.writers import Writers

Reading = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
"""Begins a transaction that only reads, for who reads some rows at a time and keeps no connection meanwhile."""
_LOCK_TIMEOUT_MS = 500
_BUSY_TIMEOUT_MS = 5000
SQLITE: Mapping[str, Any] = {
    "async_creator_fn": connect,
    "timeout": _BUSY_TIMEOUT_MS / 1000,
    # The driver must not open transactions by itself: the `begin` listeners do.
    "isolation_level": None,
}
"""How whoever needs an engine with other manners connects to SQLite."""
_READ_ONLY = "recado_read_only"
_PREPARED = f"""
PRAGMA journal_mode=WAL;
PRAGMA synchronous=FULL;
PRAGMA foreign_keys=ON;
PRAGMA busy_timeout={_BUSY_TIMEOUT_MS};
"""
_CONNECT_ARGUMENTS = "recado_connect_arguments"
# Shorter than that of the traffic, which queues behind whoever waits for a whole table: nobody fails for waiting there.
_MIGRATING = {
    "application_name": "recado migrate",
    "TimeZone": "UTC",
    "lock_timeout": "200",
    "statement_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    # What lies between us may forget a connection that says nothing while an index is built.
    "tcp_keepalives_idle": "60",
}


def parse_url(spelling: str) -> URL:
    """The URL for the async driver; raises BotError on a database we do not speak.

    >>> parse_url("postgres://u@h/d").drivername
    'postgresql+asyncpg'
    """
    try:
        url = make_url(spelling)
    except ArgumentError:
        raise BotError(
            N_("DATABASE_URL is not a URL"), mend=N_("Write it as postgresql://user:password@host/name.")
        ) from None
    if url.get_backend_name() == "sqlite":
        return url.set(drivername="sqlite+aiosqlite")
    if url.drivername.split("+")[0] in {"postgresql", "postgres"}:
        return url.set(drivername="postgresql+asyncpg")
    raise BotError(
        N_("DATABASE_URL names {driver}, which is not supported"),
        mend=N_("Use sqlite+aiosqlite:///bot.db or postgresql://user:password@host/name."),
        driver=url.drivername,
    )


def create_engine(spelling: str, *, pool_size: int = 5) -> AsyncEngine:
    """An engine for `spelling`.

    SQLite: WAL, foreign keys on, a busy time-out, and `BEGIN IMMEDIATE`, so that a writer never finds out late
    that another one was first; the writers of a process queue. PostgreSQL: UTC, a lock time-out of half a second. A
    statement's error quotes none of its values: they are people's words, and people hand tracebacks on.
    """
    url = parse_url(spelling)
    if url.get_backend_name() == "sqlite":
        engine = create_async_engine(url, hide_parameters=True, connect_args=SQLITE)
        event.listen(engine.sync_engine, "connect", _prepare_sqlite)
        event.listen(engine.sync_engine, "begin", _begin(Writers(engine.sync_engine, _BUSY_TIMEOUT_MS / 1000)))
        return engine
    url, connect_args = _for_asyncpg(url)
    engine = create_async_engine(
        url,
        hide_parameters=True,
        pool_size=pool_size,
        max_overflow=0,
        pool_timeout=10,
        pool_pre_ping=False,
        pool_recycle=1800,
        connect_args=connect_args,
        execution_options={_CONNECT_ARGUMENTS: connect_args},
    )
    give_none_that_is_closed(engine)
    return engine


def give_none_that_is_closed(engine: AsyncEngine) -> None:
    """Let nobody have a connection to PostgreSQL that was closed at its end: whoever comes first after it went away.

    The driver knows without asking, which pinging would do each time.
    """
    event.listen(engine.sync_engine, "checkout", _require_open)


def connect_arguments(engine: AsyncEngine) -> Mapping[str, Any]:
    """How an engine of `create_engine` connects to its PostgreSQL, for whoever connects there in another way."""
    usual: Mapping[str, Any] = engine.sync_engine.get_execution_options()[_CONNECT_ARGUMENTS]
    return usual


@asynccontextmanager
async def unhurried(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection of its own to the engine's PostgreSQL, for what takes long beside the traffic.

    No statement is cut short, by the driver or by the server, and none waits longer than 200 ms for a lock.
    """
    arguments = {**connect_arguments(engine), "server_settings": _MIGRATING, "command_timeout": None}
    own = create_async_engine(engine.url, hide_parameters=True, poolclass=NullPool, connect_args=arguments)
    try:
        async with own.connect() as connection:
            yield connection
    finally:
        await own.dispose()


async def reach(engine: AsyncEngine) -> None:
    """Connect once, so that whoever cannot is told which database it is; raises UnreachableError."""
    try:
        async with engine.connect():
            pass
    except Exception as error:
        raise UnreachableError(place(engine.url)) from error


@asynccontextmanager
async def reading(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A connection that only reads; on SQLite it does not wait for a writer. Writers use `engine.begin()`.

    On PostgreSQL each statement is by itself, as it would see what others commit meanwhile in a transaction, too: to
    begin and to end one would be two more questions.
    """
    async with engine.connect() as connection:
        alone = {"isolation_level": "AUTOCOMMIT"} if is_postgresql(connection) else {}
        await connection.execution_options(**{_READ_ONLY: True}, **alone)
        yield connection


def is_postgresql(connection: AsyncConnection | Connection) -> bool:
    """Whether `connection` speaks to PostgreSQL."""
    return connection.dialect.name == "postgresql"


def sqlite_file(url: URL) -> Path | None:
    """The file of an SQLite database; None for one in memory, and for another database."""
    name = url.database if url.get_backend_name() == "sqlite" else None
    return None if not name or name == ":memory:" or name.startswith("file:") else Path(name)


def place(url: URL) -> str:
    """Which database a URL names, for people.

    >>> place(parse_url("postgresql://ana:secret@db.example:5433/shop"))
    'shop on db.example:5433'
    """
    host = url.host or url.query.get("host")
    if host is None:
        return url.database or ""
    port = f":{url.port}" if url.port else ""
    return f"{url.database} on {host}{port}"


def _require_open(connection: Any, *_about: object) -> None:
    if connection.driver_connection.is_closed():
        # The others are as old: the pool opens new ones.
        raise InvalidatePoolError


def _prepare_sqlite(dbapi_connection: Any, _record: object) -> None:
    dbapi_connection.run_async(lambda driver: driver.executescript(_PREPARED))


def _begin(writers: Writers) -> Callable[[Connection], None]:
    def begin(connection: Connection) -> None:
        if connection.get_execution_options().get(_READ_ONLY):
            connection.exec_driver_sql("BEGIN")
        else:
            writers.begin(connection)

    return begin


def _for_asyncpg(url: URL) -> tuple[URL, dict[str, Any]]:
    """Give libpq's `sslmode` and `host=/socket/dir` in asyncpg's words."""
    query = dict(url.query)
    arguments: dict[str, Any] = {
        "server_settings": {
            "application_name": "recado",
            "TimeZone": "UTC",
            "lock_timeout": str(_LOCK_TIMEOUT_MS),
            "idle_in_transaction_session_timeout": "30000",
            # Plans are kept, those of foreign keys too. One that was made while a table was empty reads it whole for
            # ever after; told not to, it takes the index from the first row on. Where there is none, it reads on.
            "enable_seqscan": "off",
        },
        "timeout": 10,
        "command_timeout": 30,
    }
    mode = query.pop("sslmode", None)
    if mode is not None:
        arguments["ssl"] = _ssl(str(mode))
    host = query.pop("host", None)
    if host is not None:
        arguments["host"] = str(host)
    return url.set(query=query), arguments


def _ssl(mode: str) -> Any:
    if mode in {"disable", "allow", "prefer", "require"}:
        return mode
    if mode in {"verify-ca", "verify-full"}:
        context = ssl.create_default_context()
        context.check_hostname = mode == "verify-full"
        return context
    raise BotError(
        N_("DATABASE_URL has an unknown sslmode, {mode}"),
        mend=N_("Use disable, allow, prefer, require, verify-ca or verify-full."),
        mode=mode,
    )
