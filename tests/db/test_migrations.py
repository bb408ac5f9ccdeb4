"""The migrated schema is the one the models describe: Alembic's own comparison misses checks and index predicates."""

import asyncio
import os
import re
import sys
from asyncio.subprocess import PIPE, STDOUT
from collections.abc import AsyncIterator, Mapping
from pathlib import Path

import pytest
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.cli.sqlite_schema import migrated
from bot.core.errors import Blame, BotError
from bot.core.i18n import Phrase
from bot.db import snapshot
from bot.db.engine import create_engine
from bot.db.migrate import downgrade, require_current, upgrade
from bot.db.revisions import known, newest
from bot.db.snapshot import SNAPSHOT, restore, taken
from bot.models import metadata
from tests.support.postgres import Databases

Catalogue = Mapping[str, object]

_ROOT = Path(__file__).parent.parent.parent
_NEWEST = max(path.name.partition("_")[0] for path in (_ROOT / "migrations" / "versions").glob("*.py"))

_POSTGRES_CATALOGUE = {
    "columns": """
        SELECT table_name || '.' || column_name,
               concat_ws(' ', udt_name, character_maximum_length, numeric_precision, is_nullable, column_default)
        FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> 'alembic_version'
    """,
    "constraints": """
        SELECT conrelid::regclass || '.' || conname, pg_get_constraintdef(oid)
        FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
    """,
    "indexes": """
        SELECT indexrelid::regclass::text, pg_get_indexdef(indexrelid)
        FROM pg_index JOIN pg_class ON pg_class.oid = indexrelid
        WHERE relnamespace = 'public'::regnamespace AND indrelid::regclass::text <> 'alembic_version'
    """,
    "storage": """
        SELECT relname, array_to_string(reloptions, ' ') FROM pg_class
        WHERE relnamespace = 'public'::regnamespace AND relkind = 'r' AND relname <> 'alembic_version'
    """,
}


def statements(text_: str) -> list[str]:
    """What makes a database, in any order: a table that is rewritten has its indexes anew in another one each time."""
    return sorted(text_.split(";\n\n"))


@pytest.fixture(params=["sqlite", "postgresql"])
async def empty_engine(
    request: pytest.FixtureRequest, databases: Databases, tmp_path: Path
) -> AsyncIterator[AsyncEngine]:
    """An engine on a database without any table."""
    if request.param == "sqlite":
        engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'empty.db'}")
        yield engine
        await engine.dispose()
        return
    url = await databases.create(empty=True)
    engine = create_engine(url)
    yield engine
    await engine.dispose()
    await databases.drop(url)


def test_the_files_names_tell_what_alembic_reads_in_them() -> None:
    config = Config()
    config.set_main_option("script_location", str(_ROOT / "migrations"))
    script = ScriptDirectory.from_config(config)

    assert known() == {each.revision for each in script.walk_revisions()}
    assert newest() == script.get_current_head()


async def test_migrating_gives_the_schema_of_the_models_going_down_leaves_nothing_and_up_again_everything(
    empty_engine: AsyncEngine,
) -> None:
    # Creating on one dialect leaves marks on the constraints that the next one would obey, so each has its own copy.
    described = MetaData()
    for table in metadata.tables.values():
        table.to_metadata(described)
    async with empty_engine.begin() as connection:
        await connection.run_sync(described.create_all)
    created = await _catalogue(empty_engine)
    assert len(created) > len(metadata.tables)
    async with empty_engine.begin() as connection:
        await connection.run_sync(described.drop_all)

    assert await upgrade(empty_engine) == (None, _NEWEST)
    assert await _catalogue(empty_engine) == created
    assert await upgrade(empty_engine) == (_NEWEST, _NEWEST)

    await downgrade(empty_engine)
    assert await _catalogue(empty_engine) == {}

    await upgrade(empty_engine)
    assert await _catalogue(empty_engine) == created


async def test_the_snapshot_for_new_databases_is_what_the_migrations_up_to_it_leave(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    async with engine.begin() as connection:
        await connection.run_sync(restore)
        of = await connection.scalar(text("SELECT version_num FROM alembic_version"))
    await engine.dispose()

    assert statements(await migrated(of)) == statements(SNAPSHOT.read_text()), "make sqlite-schema"


async def test_a_new_database_goes_on_from_the_snapshot_whatever_came_after_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    older = tmp_path / "older.sql"
    older.write_text(await migrated("0016"))
    monkeypatch.setattr(snapshot, "SNAPSHOT", older)
    engine = create_engine(f"sqlite+aiosqlite:///{tmp_path / 'new.db'}")
    told: list[Phrase] = []

    assert await upgrade(engine, tell=told.append) == (None, _NEWEST)

    assert str(told[0]).startswith("0017: ")
    async with engine.connect() as connection:
        assert statements(await connection.run_sync(taken)) == statements(await migrated(_NEWEST))
    await engine.dispose()


async def test_a_current_schema_is_enough(engine: AsyncEngine) -> None:
    await require_current(engine)


@pytest.mark.own_database
async def test_a_newer_schema_is_enough(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        await connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    await require_current(engine)


async def test_a_database_without_tables_is_refused_with_the_command_that_mends_it(empty_engine: AsyncEngine) -> None:
    with pytest.raises(BotError) as raised:
        await require_current(empty_engine)
    assert str(raised.value) == "the database has no tables yet. Run `python bot.py migrate`."
    assert raised.value.blame is Blame.SURROUNDINGS


@pytest.mark.slow
async def test_the_two_ways_to_migrate_wait_for_each_other(databases: Databases) -> None:
    url = await databases.create(empty=True)
    ways = (("bot.py", "migrate"), ("-m", "alembic", "upgrade", "head"))
    try:
        processes = [
            await asyncio.create_subprocess_exec(
                sys.executable, *way, cwd=_ROOT, env={**os.environ, "DATABASE_URL": url}, stdout=PIPE, stderr=STDOUT
            )
            for way in ways
        ]
        told = [(await process.communicate())[0].decode() for process in processes]
        engine = create_engine(url)
        await require_current(engine)
        await engine.dispose()
    finally:
        await databases.drop(url)
    assert [process.returncode for process in processes] == [0, 0], told


async def _catalogue(engine: AsyncEngine) -> Catalogue:
    async with engine.connect() as connection:
        return await connection.run_sync(_sqlite_catalogue if engine.dialect.name == "sqlite" else _postgres_catalogue)


def _postgres_catalogue(connection: Connection) -> Catalogue:
    return {
        f"{kind} {name}": definition
        for kind, query in _POSTGRES_CATALOGUE.items()
        for name, definition in connection.execute(text(query))
    }


def _sqlite_catalogue(connection: Connection) -> Catalogue:
    statement = "SELECT type || ' ' || name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name <> 'alembic_version'"
    return {name: _parts(definition) for name, definition in connection.execute(text(statement))}


def _parts(definition: str) -> tuple[str, list[str]]:
    """What stands before the parentheses, and the parts within them, which may stand in any order.

    A check that stands with its column, where it came with that, is a part of its own.
    """
    head, _, body = " ".join(definition.split()).partition("(")
    # SQLite quotes the name of a table that a migration made anew.
    head = head.replace('"', "")
    inner, _, tail = body.rpartition(")")
    parts = [part for whole in _top_level(inner) for part in re.split(r" (?=CONSTRAINT ck_)", whole.strip())]
    return head, [*(parts if head.startswith("CREATE INDEX") else sorted(parts)), tail]


def _top_level(text_: str) -> list[str]:
    """Split at the commas that stand in no parentheses."""
    parts, depth, start = [], 0, 0
    for match in re.finditer(r"[(),]", text_):
        character = match.group()
        depth += {"(": 1, ")": -1, ",": 0}[character]
        if character == "," and depth == 0:
            parts.append(text_[start : match.start()])
            start = match.end()
    return [*parts, text_[start:]]
