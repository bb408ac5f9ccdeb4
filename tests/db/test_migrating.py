"""Migrating beside the traffic: on a connection of its own, patiently, and to be gone on with after a kill."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

import pytest
from sqlalchemy import URL, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Blame, BotError
from bot.core.i18n import Phrase
from bot.db import engine as connecting
from bot.db import migration_connection as patience
from bot.db.engine import create_engine
from bot.db.migrate import downgrade, upgrade
from bot.db.migration_connection import ADVISORY_LOCK
from tests.support.revisions import further
from tests.support.waiting import eventually

pytestmark = pytest.mark.own_database

_INDEX = 'index_concurrently("ix_test", "messages", ["attempts", sa.text("lower(kind)")], where="attempts > 0")'
_WRITE = text("INSERT INTO oldest_served (revision) VALUES (:revision)")


@pytest.fixture
async def postgres(postgres_url: str) -> AsyncIterator[AsyncEngine]:
    made = create_engine(postgres_url)
    yield made
    await made.dispose()


@pytest.fixture
def versions(tmp_path: Path) -> Path:
    folder = tmp_path / "versions"
    folder.mkdir()
    return folder


async def test_an_index_is_built_and_taken_away_again(engine: AsyncEngine, versions: Path) -> None:
    with further(versions, {"an index": _INDEX}, 'drop_index_concurrently("ix_test")'):
        assert (await upgrade(engine))[1] == "t1"
        assert "attempts > 0" in await _definition(engine)
        await downgrade(engine, "-1")
    assert await _definition(engine) == ""


async def test_each_revision_is_told_as_it_runs(engine: AsyncEngine, versions: Path) -> None:
    told: list[str] = []
    with further(versions, {"A column": "pass", "Another": "pass"}):
        await upgrade(engine, tell=lambda phrase: told.append(str(phrase)))
        await upgrade(engine, tell=lambda phrase: told.append(str(phrase)))
    assert told == ["t1: A column.", "t2: Another."]


async def test_an_index_is_built_while_others_write(postgres: AsyncEngine, versions: Path) -> None:
    with further(versions, {"an index": _index_of("oldest_served", "revision")}):
        async with _writing(postgres, "8001") as writer:
            running = asyncio.create_task(upgrade(postgres))
            await eventually(lambda: _validity(postgres, valid=False))
            # The build waits for the writer's end, and no writer waits for the build.
            async with postgres.begin() as another:
                await another.execute(_WRITE, {"revision": "8002"})
            assert not running.done()
            await writer.commit()
        assert (await running)[1] == "t1"
    assert await _validity(postgres, valid=True)


@pytest.mark.parametrize("way", ["cancelled", "terminated"])
async def test_a_build_that_was_killed_is_finished_by_the_next_migrate(
    postgres: AsyncEngine, versions: Path, way: str
) -> None:
    with further(versions, {"an index": _index_of("oldest_served", "revision")}):
        async with _writing(postgres, "8001"):
            running = asyncio.create_task(upgrade(postgres))
            await eventually(lambda: _validity(postgres, valid=False))
            if way == "cancelled":
                running.cancel()
            else:
                await _terminate(postgres)
            with pytest.raises(asyncio.CancelledError if way == "cancelled" else DBAPIError):
                await running
        assert await _validity(postgres, valid=False)

        assert (await upgrade(postgres))[1] == "t1"
    assert await _validity(postgres, valid=True)


async def test_an_index_that_was_finished_by_a_server_whose_client_was_killed_is_left(
    postgres: AsyncEngine, versions: Path
) -> None:
    async with postgres.begin() as connection:
        await connection.execute(text("CREATE INDEX ix_test ON messages (attempts)"))
        before = await connection.scalar(text("SELECT 'ix_test'::regclass::oid"))
    with further(versions, {"an index": _INDEX}):
        await upgrade(postgres)
    async with postgres.begin() as connection:
        assert await connection.scalar(text("SELECT 'ix_test'::regclass::oid")) == before


async def test_what_is_done_before_a_revision_fails_is_kept_and_not_done_again(
    postgres: AsyncEngine, versions: Path
) -> None:
    ups = {
        "done": 'op.execute("CREATE TABLE done (id int)")',
        "fails": 'op.execute("CREATE TABLE half (id int)"); op.execute("SELECT 1 / 0")',
    }
    with further(versions, ups), pytest.raises(DBAPIError, match="division by zero"):
        await upgrade(postgres)
    # Of another length: bytecode of the same second and length would be taken for it.
    with further(versions, ups | {"fails": ups["fails"].replace("1 / 0", "1 / 10")}):
        assert await upgrade(postgres) == ("t1", "t2")


async def test_no_time_out_of_the_traffic_cuts_a_statement_short(
    postgres_url: str, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usual = connecting._for_asyncpg

    def hurried(url: URL) -> tuple[URL, dict[str, object]]:
        url, arguments = usual(url)
        settings = {**arguments["server_settings"], "statement_timeout": "50"}
        return url, {**arguments, "command_timeout": 0.05, "server_settings": settings}

    monkeypatch.setattr(connecting, "_for_asyncpg", hurried)
    engine = create_engine(postgres_url)
    with further(versions, {"slow": 'op.execute("SELECT pg_sleep(0.2)")'}):
        with pytest.raises((TimeoutError, DBAPIError)):
            async with engine.connect() as connection:
                await connection.execute(text("SELECT pg_sleep(0.2)"))
        assert (await upgrade(engine))[1] == "t1"
    await engine.dispose()


async def test_waiting_for_a_lock_gives_way_to_the_traffic_and_tries_again(
    postgres: AsyncEngine, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_FIRST_PAUSE_SECONDS", 0.01)
    told: list[str] = []
    with further(versions, {"a column": 'op.add_column("oldest_served", sa.Column("extra", sa.Integer()))'}):
        async with _writing(postgres, "8001") as writer:
            running = asyncio.create_task(upgrade(postgres, tell=lambda phrase: told.append(str(phrase))))
            await eventually(lambda: _waits_for_a_table(postgres))
            # Queued behind the migration, which gives up before this does after half a second.
            async with postgres.begin() as another:
                await another.execute(_WRITE, {"revision": "8002"})
            await eventually(lambda: _told(told, "others hold a lock that is needed: trying again"))
            await writer.commit()
        assert (await running)[1] == "t1"


async def test_a_lock_that_is_never_given_is_told_with_the_mend(
    postgres: AsyncEngine, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_PATIENCE_SECONDS", 0.0)
    with further(versions, {"a column": 'op.add_column("oldest_served", sa.Column("extra", sa.Integer()))'}):
        async with _writing(postgres, "8001"):
            with pytest.raises(BotError, match="pg_stat_activity") as raised:
                await upgrade(postgres)
    assert raised.value.blame is Blame.SURROUNDINGS


async def test_the_second_to_migrate_waits_says_so_and_finds_nothing_to_do(
    postgres: AsyncEngine, versions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(patience, "_POLL_SECONDS", 0.01)
    told: list[str] = []

    def tell(phrase: Phrase) -> None:
        told.append(str(phrase))

    with further(versions, {"an index": _index_of("oldest_served", "revision")}):
        async with _writing(postgres, "8001") as writer:
            first = asyncio.create_task(upgrade(postgres))
            await eventually(lambda: _validity(postgres, valid=False))
            second = asyncio.create_task(upgrade(postgres, tell=tell))
            await eventually(lambda: _told(told, "another process migrates"))
            await writer.commit()
        # The build waits for every snapshot that is older, and would wait for ever if the second held one.
        before, after = await first
        assert await second == (after, after)
    assert before != after
    assert told == ["another process migrates this database: waiting until it has finished"]


async def test_an_older_version_that_migrates_is_waited_for(postgres: AsyncEngine) -> None:
    told: list[str] = []
    async with postgres.begin() as older:
        await older.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": ADVISORY_LOCK})
        running = asyncio.create_task(upgrade(postgres, tell=lambda phrase: told.append(str(phrase))))
        await eventually(lambda: _told(told, "another process migrates"))
    before, after = await running
    assert before == after


def _index_of(table: str, column: str) -> str:
    return f'index_concurrently("ix_test", "{table}", ["{column}"])'


@asynccontextmanager
async def _writing(engine: AsyncEngine, revision: str) -> AsyncIterator[AsyncConnection]:
    """A transaction that has written, and is still open."""
    async with engine.connect() as connection:
        await connection.execute(_WRITE, {"revision": revision})
        yield connection
        with suppress(DBAPIError):
            await connection.rollback()


async def _told(told: list[str], sentence: str) -> bool:
    return any(each.startswith(sentence) for each in told)


async def _definition(engine: AsyncEngine) -> str:
    statement = (
        "SELECT sql FROM sqlite_master WHERE name = 'ix_test'"
        if engine.dialect.name == "sqlite"
        else "SELECT indexdef FROM pg_indexes WHERE indexname = 'ix_test'"
    )
    async with engine.connect() as connection:
        return await connection.scalar(text(statement)) or ""


async def _validity(engine: AsyncEngine, *, valid: bool) -> bool:
    return await _true(
        engine,
        f"SELECT indisvalid = {valid} FROM pg_index WHERE indexrelid = to_regclass('ix_test')",
    )


async def _waits_for_a_table(engine: AsyncEngine) -> bool:
    return await _true(
        engine,
        "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE application_name = 'recado migrate'"
        " AND datname = current_database() AND wait_event_type = 'Lock')",
    )


async def _terminate(engine: AsyncEngine) -> None:
    await _true(
        engine,
        "SELECT bool_and(pg_terminate_backend(pid)) FROM pg_stat_activity"
        " WHERE application_name = 'recado migrate' AND datname = current_database()",
    )


async def _true(engine: AsyncEngine, statement: str) -> bool:
    async with engine.connect() as connection:
        return bool(await connection.scalar(text(statement)))
