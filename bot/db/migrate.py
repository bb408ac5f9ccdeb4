"""Bringing the schema up to date, and telling whether it is."""

from functools import cache
from importlib.resources import files
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_
from bot.db.engine import reading

_MIGRATIONS = Path(str(files("bot"))).parent / "migrations"


async def upgrade(engine: AsyncEngine, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema to `revision`; returns the revisions before and after. Safe to run twice at once."""
    async with engine.begin() as connection:
        before = await connection.run_sync(_current)
        await connection.run_sync(_upgrade, revision)
        return before, await connection.run_sync(_current)


async def downgrade(engine: AsyncEngine, revision: str = "base") -> None:
    """Take the schema back to `revision`."""
    async with engine.begin() as connection:
        await connection.run_sync(_downgrade, revision)


async def require_current(engine: AsyncEngine) -> None:
    """Raises BotError with the command that mends it when the schema is older than the code needs.

    A newer schema is fine: migrations are additive first, so that old code serves while they run.
    """
    async with reading(engine) as connection:
        current = await connection.run_sync(_current)
    head, known = _revisions()
    if current is None or (current in known and current != head):
        raise BotError(
            N_("the database's schema is older than this version needs")
            if current
            else N_("the database has no tables yet"),
            mend=N_("Run `python bot.py migrate`."),
            blame=Blame.SURROUNDINGS,
        )


@cache
def _revisions() -> tuple[str | None, frozenset[str]]:
    """The newest revision that this code knows, and all of them; they are files, which the health check cannot read."""
    script = ScriptDirectory.from_config(_config())
    return script.get_current_head(), frozenset(revision.revision for revision in script.walk_revisions())


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
