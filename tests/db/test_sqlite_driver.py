"""A statement costs one trip to its connection's thread, and nobody who goes away leaves a transaction behind."""

import asyncio
import sqlite3
import threading
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosqlite
import pytest
from sqlalchemy import insert, select, text, update
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.db.engine import create_engine, reading
from bot.db.sqlite_driver import connect


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()


async def test_a_transaction_makes_one_trip_a_statement(engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch) -> None:
    async with engine.connect():
        """Its preparations are no part of what is counted."""
    trips = []
    usual = aiosqlite.Connection._execute

    async def counted(connection: aiosqlite.Connection, function: Any, *arguments: Any, **more: Any) -> Any:
        trips.append(function)
        return await usual(connection, function, *arguments, **more)  # type: ignore[no-untyped-call]

    monkeypatch.setattr(aiosqlite.Connection, "_execute", counted)

    async with engine.begin() as connection:
        await connection.execute(insert(Contact), [{"id": f"c{number}"} for number in range(300)])
        found = await connection.scalars(select(Contact.id))
        changed = await connection.execute(update(Contact).values(name="Ana"))
    written = len(trips)
    async with reading(engine) as connection:
        await connection.execute(select(Contact.id))

    assert (len(found.all()), changed.rowcount) == (300, 300)
    # BEGIN, three statements, COMMIT; then BEGIN, one, ROLLBACK.
    assert (written, len(trips) - written) == (5, 3)


async def test_who_goes_away_while_sqlite_begins_leaves_no_transaction_behind(tmp_path: Path) -> None:
    connection = connect(str(tmp_path / "own.db"), isolation_level=None)
    await connection
    reached, free = threading.Event(), threading.Event()

    def stand() -> int:
        reached.set()
        free.wait()
        return 1

    await connection.create_function("stand", 0, stand)
    cursor = connection.cursor()
    standing = asyncio.create_task(cursor.execute("SELECT stand()"))
    await asyncio.to_thread(reached.wait)
    beginning = asyncio.create_task(connection.cursor().execute("BEGIN IMMEDIATE"))
    await asyncio.sleep(0)
    beginning.cancel()
    back = asyncio.create_task(connection.rollback())
    await asyncio.sleep(0)
    free.set()
    await back
    await standing
    await connection.cursor().execute("SELECT 1")

    assert not connection.in_transaction
    await connection.close()


@pytest.mark.parametrize("gives_up", [False, True])
def test_a_database_that_does_not_open_leaves_no_thread_that_answers_nobody(
    gives_up: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    connection, unheard = connect("/nowhere/own.db"), list[Any]()
    monkeypatch.setattr(threading, "excepthook", unheard.append)
    usual = aiosqlite.core.LOG.debug

    def slowly(*words: Any) -> None:
        # Told before and after each thing that the thread does.
        time.sleep(0.01)
        usual(*words)

    monkeypatch.setattr(aiosqlite.core.LOG, "debug", slowly)

    async def open_it() -> None:
        async with asyncio.timeout(0.005 if gives_up else 5):
            await connection

    with pytest.raises(TimeoutError if gives_up else sqlite3.OperationalError):
        asyncio.run(open_it())
    connection._thread.join(5)

    assert unheard == []


async def test_a_statement_that_fails_leaves_the_connection_as_it_was(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        with pytest.raises(Exception, match="no such table"):
            await connection.execute(text("SELECT * FROM nowhere"))
        assert (await connection.execute(text("SELECT 1"))).scalar() == 1
