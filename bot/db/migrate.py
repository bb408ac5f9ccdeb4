"""Bringing the schema up to date, and telling whether it is."""

from functools import cache, partial
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import Script, ScriptDirectory
from sqlalchemy import Connection, inspect, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_, Phrase
from bot.db.engine import reading
from bot.db.migration_connection import Tell, migrating, patiently, silent
from bot.db.models import OldestServed


def _folder(package: Path) -> Path:
    """Where the migrations of the code in `package` lie: within it as installed, beside it in a checkout."""
    installed = package / "migrations"
    return installed if installed.is_dir() else package.parent / "migrations"


_MIGRATIONS = _folder(Path(str(files("bot"))))


async def upgrade(engine: AsyncEngine, revision: str = "head", *, tell: Tell = silent) -> tuple[str | None, str | None]:
    """Bring the schema to `revision`; returns the revisions before and after. Safe to run twice at once.

    On PostgreSQL each revision is committed by itself, so whoever fails or is killed goes on from there the next time.
    A schema that a newer version made is left as it is; raises BotError where this version cannot go on with it, and
    where somebody keeps a lock that is needed.
    """
    async with migrating(engine, tell) as connection:
        before = await patiently(connection, _current)
        if is_newer(before):
            await _require_served(connection)
            return before, before
        for step in _steps(before, revision):
            tell(Phrase("{revision}: {topic}", {"revision": step.revision, "topic": step.doc}))
            await patiently(connection, partial(_upgrade, revision=step.revision), tell)
        return before, await patiently(connection, _current)


def is_newer(revision: str | None) -> bool:
    """Whether a newer version than this one made the schema."""
    return revision is not None and revision not in _revisions()[1]


async def downgrade(engine: AsyncEngine, revision: str = "base") -> None:
    """Take the schema back to `revision`."""
    async with migrating(engine) as connection:
        await patiently(connection, partial(_downgrade, revision=revision))


async def require_current(engine: AsyncEngine) -> None:
    """Raises BotError with the command that mends it when the schema is older than the code needs.

    A newer schema is fine, unless it says otherwise: migrations are additive first, so that old code serves while they
    run.
    """
    async with reading(engine) as connection:
        current = await connection.run_sync(_current)
        if is_newer(current):
            await _require_served(connection)
    head, known = _revisions()
    if current is None or (current in known and current != head):
        raise BotError(
            N_("the database's schema is older than this version needs")
            if current
            else N_("the database has no tables yet"),
            mend=N_("Run `python bot.py migrate`."),
            blame=Blame.SURROUNDINGS,
        )


async def _require_served(connection: AsyncConnection) -> None:
    """Raises BotError where a newer schema no longer serves this version; one that says nothing does."""
    if not await connection.run_sync(lambda each: inspect(each).has_table(OldestServed.__tablename__)):
        return
    oldest = (await connection.execute(select(OldestServed.revision))).scalar()
    if oldest is not None and oldest not in _revisions()[1]:
        raise BotError(
            N_("the database is newer than this version, which cannot go on with it"),
            mend=N_("Install the version that migrated it, or a later one."),
            blame=Blame.SURROUNDINGS,
        )


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest revision that this code knows, and all of them; they are files, which the health check cannot read."""
    script = ScriptDirectory.from_config(_config())
    return script.get_current_head(), frozenset(revision.revision for revision in script.walk_revisions())


def _steps(current: str | None, revision: str) -> list[Script]:
    """What is to be run from `current` to `revision`, in its order."""
    if revision == "head" and current == _revisions()[0]:
        return []  # so that a start reads the files once
    script = ScriptDirectory.from_config(_config())
    return list(script.iterate_revisions(revision, current or "base"))[::-1]


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(_MIGRATIONS))
    return config


def _current(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, revision)


def _downgrade(connection: Connection, revision: str) -> None:
    config = _config()
    config.attributes["connection"] = connection
    command.downgrade(config, revision)
