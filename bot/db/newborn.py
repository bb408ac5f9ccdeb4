"""An SQLite database that is still empty: its tables are made as they are today, not as they became so."""

from sqlalchemy import Column, Connection, MetaData, PrimaryKeyConstraint, String, Table, insert, inspect

from bot.db.models import FIRST_SERVED, OldestServed
from bot.db.revisions import newest


def is_newborn(connection: Connection) -> bool:
    """Whether nobody has made a table in it yet."""
    return not inspect(connection).get_table_names()


def make(connection: Connection, tables: MetaData) -> None:
    """Make in an empty SQLite database what all migrations make, in the caller's transaction.

    On PostgreSQL, keys that point in a circle are added afterwards, and are then missing for SQLite in `tables`.
    """
    tables.create_all(connection)
    connection.execute(insert(OldestServed).values(revision=FIRST_SERVED))
    version = _version()
    version.create(connection)
    connection.execute(insert(version).values(version_num=newest()))


def _version() -> Table:
    """Where Alembic keeps the revision, as it makes it."""
    return Table(
        "alembic_version",
        MetaData(),
        Column("version_num", String(32), nullable=False),
        PrimaryKeyConstraint("version_num", name="alembic_version_pkc"),
    )
