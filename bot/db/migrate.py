"""Bringing the schema up to date, and telling whether it is.

Each start tells whether it is, and hardly one has anything to do: Alembic, a third of what a server loads, is imported
where something is.
"""

from functools import partial

from sqlalchemy import Connection, column, inspect, select, table
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_, Phrase
from bot.db.engine import is_postgresql, reading
from bot.db.migration_connection import Tell, migrating, patiently, silent
from bot.db.models import OldestServed
from bot.db.revisions import known, newest
from bot.db.snapshot import restore

_VERSION = table("alembic_version", column("version_num"))


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
        if revision == "head" and before == newest():
            return before, before
        current = before
        if revision == "head" and not is_postgresql(connection) and await connection.run_sync(_is_new):
            await connection.run_sync(restore)
            current = await connection.run_sync(_current)
            if current == newest():
                return before, current
        from bot.db import steps  # noqa: PLC0415 - Alembic, as above

        for step in steps.between(current, revision):
            tell(Phrase("{revision}: {topic}", {"revision": step.revision, "topic": step.doc}))
            await patiently(connection, partial(steps.upgrade, revision=step.revision), tell)
        return before, await patiently(connection, _current)


def is_newer(revision: str | None) -> bool:
    """Whether a newer version than this one made the schema."""
    return revision is not None and revision not in known()


async def downgrade(engine: AsyncEngine, revision: str = "base") -> None:
    """Take the schema back to `revision`."""
    from bot.db import steps  # noqa: PLC0415 - Alembic, as above

    async with migrating(engine) as connection:
        await patiently(connection, partial(steps.downgrade, revision=revision))


async def require_current(engine: AsyncEngine) -> None:
    """Raises BotError with the command that mends it when the schema is older than the code needs.

    A newer schema is fine, unless it says otherwise: migrations are additive first, so that old code serves while they
    run.
    """
    async with reading(engine) as connection:
        current = await connection.run_sync(_current)
        if is_newer(current):
            await _require_served(connection)
    if current is None or (current in known() and current != newest()):
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
    if oldest is not None and oldest not in known():
        raise BotError(
            N_("the database is newer than this version, which cannot go on with it"),
            mend=N_("Install the version that migrated it, or a later one."),
            blame=Blame.SURROUNDINGS,
        )


def _is_new(connection: Connection) -> bool:
    return not inspect(connection).get_table_names()


def _current(connection: Connection) -> str | None:
    """The revision that the schema is at; None where there is none, as in a database that nobody has migrated."""
    if not inspect(connection).has_table(_VERSION.name):
        return None
    return connection.execute(select(_VERSION.c.version_num)).scalar()
