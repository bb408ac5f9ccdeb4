"""On SQLite the writers of a process queue for its one lock."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import insert, select, text
from sqlalchemy.exc import IntegrityError, OperationalError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.db import engine as engines
from bot.db.engine import create_engine, reading


@pytest.fixture
async def engine(sqlite_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(sqlite_url)
    yield made
    await made.dispose()


class Writing:
    """Writers that come one after the other, and who of them wrote when."""

    def __init__(self, engine: AsyncEngine) -> None:
        self.engine = engine
        self.wrote: list[str] = []

    async def comes(self, name: str) -> asyncio.Task[None]:
        task = asyncio.create_task(self.write(name))
        # Until it waits: for a connection of the pool, then for its turn.
        for _ in range(50):
            await asyncio.sleep(0.001)
        return task

    async def write(self, name: str) -> None:
        async with self.engine.begin() as connection:
            await connection.execute(insert(Contact).values(id=name))
            self.wrote.append(name)


async def test_they_write_in_the_order_in_which_they_came(engine: AsyncEngine) -> None:
    writing = Writing(engine)
    async with engine.begin() as connection:
        await connection.execute(insert(Contact).values(id="first"))
        waiting = [await writing.comes(f"c{number}") for number in range(8)]
        assert writing.wrote == []

    await asyncio.gather(*waiting)
    assert writing.wrote == [f"c{number}" for number in range(8)]


async def test_who_reads_waits_for_nobody(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(Contact).values(id="c1"))
        async with reading(engine) as reader:
            assert (await reader.execute(select(Contact.id))).all() == []
        async with connection.begin_nested():
            await connection.execute(insert(Contact).values(id="c2"))

    async with reading(engine) as reader:
        assert len((await reader.execute(select(Contact.id))).all()) == 2


async def rolls_back(engine: AsyncEngine) -> None:
    async with engine.connect() as connection:
        await connection.execute(insert(Contact).values(id="gone"))


async def fails(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(insert(Contact).values(id=None))


async def fails_at_its_commit(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("PRAGMA defer_foreign_keys = ON"))
        await connection.execute(text("INSERT INTO contact_tags VALUES ('nobody', 'nothing', '2026-01-01')"))


async def is_cancelled(engine: AsyncEngine) -> None:
    async with engine.begin():
        raise asyncio.CancelledError


@pytest.mark.parametrize(
    ("ends", "error"),
    [
        (rolls_back, None),
        (fails, IntegrityError),
        (fails_at_its_commit, IntegrityError),
        (is_cancelled, asyncio.CancelledError),
    ],
)
async def test_however_one_ends_the_next_may_write(engine: AsyncEngine, ends: Any, error: Any) -> None:
    writing = Writing(engine)
    if error is None:
        await ends(engine)
    else:
        with pytest.raises(error):
            await ends(engine)

    async with asyncio.timeout(2):
        await writing.write("c1")
    async with reading(engine) as reader:
        assert (await reader.execute(select(Contact.id))).scalars().all() == ["c1"]


async def test_one_that_goes_away_while_it_waits_leaves_its_place(engine: AsyncEngine) -> None:
    writing = Writing(engine)
    async with engine.begin():
        left = await writing.comes("c1")
        waiting = await writing.comes("c2")
        left.cancel()

    await waiting
    with pytest.raises(asyncio.CancelledError):
        await left
    assert writing.wrote == ["c2"]


async def test_two_in_one_another_are_refused_and_keep_nobody_else_from_writing(
    sqlite_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 50)
    engine = create_engine(sqlite_url)
    async with engine.begin():
        with pytest.raises(OperationalError, match="locked"):
            await Writing(engine).write("c1")

    await Writing(engine).write("c2")
    await engine.dispose()


async def test_another_process_is_waited_for_as_before(sqlite_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engines, "_BUSY_TIMEOUT_MS", 50)
    engine, others = create_engine(sqlite_url), create_engine(sqlite_url)
    async with others.begin():
        with pytest.raises(OperationalError, match="locked"):
            await Writing(engine).write("c1")

    async with asyncio.timeout(2):
        await Writing(engine).write("c2")
    await engine.dispose()
    await others.dispose()


def test_an_engine_may_outlive_the_loop_on_which_somebody_waited(sqlite_url: str) -> None:
    engine = create_engine(sqlite_url)

    async def one_waits(*names: str) -> None:
        writing = Writing(engine)
        async with engine.begin():
            waiting = [await writing.comes(name) for name in names]
        await asyncio.gather(*waiting)
        assert writing.wrote == list(names)
        await engine.dispose()

    asyncio.run(one_waits("c1", "c2"))
    asyncio.run(one_waits("c3", "c4"))
