"""For migrations: indexes of a table to which others write meanwhile.

A revision that uses these does nothing else: what it did before is committed before the index is there, and all of it
runs again after it was interrupted. To replace an index, give the new one a name of its own, build it, and drop the old
one.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

from alembic import op
from sqlalchemy import Connection, TextClause, text

from bot.db.engine import is_postgresql

_IS_VALID = text("SELECT indisvalid FROM pg_index WHERE indexrelid = to_regclass(:name)")


def index_concurrently(
    name: str, table: str, columns: Sequence[str | TextClause], *, unique: bool = False, where: str | None = None
) -> None:
    """Build an index; on PostgreSQL without keeping writers out.

    May be run again after whatever interrupted it: one that is there and whole is left, one that is invalid is
    dropped and built anew.
    """
    only = None if where is None else text(where)
    if not is_postgresql(op.get_bind()):
        op.create_index(name, table, columns, unique=unique, sqlite_where=only)
        return
    with _beside_writers() as connection:
        valid = connection.scalar(_IS_VALID, {"name": name})
        if valid is False:
            op.drop_index(name, postgresql_concurrently=True)
        if not valid:
            op.create_index(name, table, columns, unique=unique, postgresql_where=only, postgresql_concurrently=True)


def drop_index_concurrently(name: str) -> None:
    """Drop an index, if it is there; on PostgreSQL without keeping writers out."""
    if not is_postgresql(op.get_bind()):
        op.drop_index(name, if_exists=True)
        return
    with _beside_writers():
        op.drop_index(name, if_exists=True, postgresql_concurrently=True)


@contextmanager
def _beside_writers() -> Iterator[Connection]:
    """Leave the revision's transaction, and wait as long as it takes: that keeps no reader or writer waiting."""
    with op.get_context().autocommit_block():
        connection = op.get_bind()
        connection.execute(text("SET lock_timeout = 0"))
        try:
            yield connection
        finally:
            if not connection.invalidated:
                connection.execute(text("RESET lock_timeout"))
