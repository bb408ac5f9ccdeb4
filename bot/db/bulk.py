"""Statements over many rows; the one module that knows how each dialect says `ON CONFLICT`."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Insert, Table, TextClause
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.base import Base
from bot.db.engine import is_postgresql


def insert_ignoring(
    connection: AsyncConnection, model: type[Base], keys: Sequence[str], *, where: TextClause | None = None
) -> Insert:
    """An INSERT that passes over rows whose `keys` (of the unique index with predicate `where`) are taken."""
    table = _table(model)
    if is_postgresql(connection):
        return postgresql.insert(table).on_conflict_do_nothing(index_elements=list(keys), index_where=where)
    return sqlite.insert(table).on_conflict_do_nothing(index_elements=list(keys), index_where=where)


def upsert(connection: AsyncConnection, model: type[Base], keys: Sequence[str], set_: Sequence[str]) -> Insert:
    """An INSERT that, where `keys` are taken, sets the columns `set_` to the new row's values instead."""
    table = _table(model)
    if is_postgresql(connection):
        on_postgresql = postgresql.insert(table)
        values: dict[str, Any] = {name: on_postgresql.excluded[name] for name in set_}
        return on_postgresql.on_conflict_do_update(index_elements=list(keys), set_=values)
    on_sqlite = sqlite.insert(table)
    values = {name: on_sqlite.excluded[name] for name in set_}
    return on_sqlite.on_conflict_do_update(index_elements=list(keys), set_=values)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is mapped to a plain table
    return table
