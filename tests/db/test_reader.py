import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from bot.db.reader import READERS, Reader, TookTooLongError
from bot.db.traffic import Courtesy
from bot.web.keys import READER
from tests.support.served import serving, signed

_ENDLESS = {
    "sqlite": "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n",
    "postgresql": "SELECT pg_sleep(60)",
}


@pytest.fixture
async def reader(engine: AsyncEngine) -> AsyncIterator[Reader]:
    made = Reader(engine, statement_seconds=0.05, wait_seconds=0.01)
    yield made
    await made.dispose()


async def test_nobody_writes_where_people_read(reader: Reader) -> None:
    async with reader.reading() as connection:
        with pytest.raises(DBAPIError):
            await connection.execute(text("DELETE FROM contacts"))


async def test_a_statement_that_takes_too_long_is_given_up_and_the_next_one_goes_on(
    engine: AsyncEngine, reader: Reader
) -> None:
    with pytest.raises(TookTooLongError, match="Narrow the filters"):
        async with reader.reading() as connection:
            await connection.execute(text(_ENDLESS[engine.dialect.name]))

    async with reader.reading() as connection:
        assert await connection.scalar(text("SELECT 1")) == 1


async def test_whoever_comes_when_all_connections_are_read_from_is_told_so(reader: Reader) -> None:
    async with AsyncExitStack() as reports:
        for _ in range(READERS):
            await reports.enter_async_context(reader.reading())

        with pytest.raises(TookTooLongError):
            async with reader.reading():
                pass


async def test_statements_give_way_to_who_writes_to_the_bot(reader: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    gave_way: list[bool] = []

    async def noted(courtesy: Courtesy, _took: float) -> None:
        gave_way.append(courtesy.traffic.is_under_way)

    monkeypatch.setattr(Courtesy, "give_way", noted)
    async with reader.reading() as connection:
        await connection.execute(text("SELECT 1"))
        with reader.traffic.one_more():
            await connection.execute(text("SELECT 1"))
    assert gave_way[-1]
    assert not any(gave_way[:-1])


async def test_on_postgresql_people_read_whole_tables_and_turns_do_not(postgres_url: str) -> None:
    turns = create_engine(postgres_url)
    reader = Reader(turns)

    async with reader.reading() as people, turns.connect() as turn:
        said = [await each.scalar(text("SHOW enable_seqscan")) for each in (people, turn)]

    assert said == ["on", "off"]
    await reader.dispose()
    await turns.dispose()


async def test_no_turn_waits_while_every_reader_is_at_a_report(database_url: str) -> None:
    async with serving(database_url) as bot, AsyncExitStack() as reports:
        for _ in range(READERS):
            connection = await reports.enter_async_context(bot.app[READER].reading())
            await connection.execute(text("SELECT count(*) FROM messages"))

        answer = await bot.post("whatsapp", signed("whatsapp", "hi"))

        assert answer.status == 200
        await bot.until_sent(1)


async def test_who_comes_first_after_the_server_was_away_is_given_a_connection_that_is_open(postgres_url: str) -> None:
    others = (
        "SELECT count(pg_terminate_backend(pid, 5000)) FROM pg_stat_activity"
        " WHERE application_name LIKE 'recado%' AND pid <> pg_backend_pid() AND datname = current_database()"
    )
    engine, ending = create_engine(postgres_url), create_engine(postgres_url)
    reader = Reader(engine)
    async with AsyncExitStack() as before:
        for begun in (reader.reading, reader.reading, engine.connect, engine.connect):
            await (await before.enter_async_context(begun())).execute(text("SELECT 1"))
    async with ending.connect() as connection:
        assert await connection.scalar(text(others)) == 4
    # The lines were cut by the server; this process hears of it when its loop has a turn.
    await asyncio.sleep(0.05)

    for begun in (reader.reading, engine.connect):
        async with begun() as one, begun() as another:
            assert await one.scalar(text("SELECT 1")) == await another.scalar(text("SELECT 1")) == 1
    await reader.dispose()
    await engine.dispose()
    await ending.dispose()
