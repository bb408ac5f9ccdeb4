"""Statements over many rows; the one module that knows how each dialect says them.

PostgreSQL takes the rows as one array a column, so that a batch of any size is one statement with one plan: against
SQLAlchemy's own INSERT of many rows that takes a fifth of the client's time. SQLite takes the rows one by one.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    Boolean,
    Column,
    ColumnElement,
    Executable,
    Float,
    Integer,
    LargeBinary,
    Row,
    String,
    Table,
    any_,
    bindparam,
    text,
    update,
)
from sqlalchemy.dialects import sqlite
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute

from bot.db.base import Base
from bot.db.engine import is_postgresql
from bot.db.types import UtcDateTime

Rows = Sequence[Mapping[str, Any]]
"""Rows by column name; each names at least the statement's columns."""


def among(dialect: str, column: InstrumentedAttribute[Any], name: str) -> ColumnElement[bool]:
    """Whether `column` is one of the values of the list parameter `name`, in one statement for lists of any length."""
    if dialect == "postgresql":
        return column == any_(bindparam(name, type_=ARRAY(String)))
    return column.in_(bindparam(name, expanding=True))


class BulkInsert:
    """An INSERT of many rows, in their order; made once, executed often.

    Args:
        model: the table.
        columns: those that every row gives; the others take the database's own defaults.
        keys: the unique index on which a row may meet another one; none: it may not.
        where: that index's predicate, where it is a partial one.
        set_: what such a row sets on the one that is there; nothing: it is passed over.
        returning: the columns given back of each row that was written.
    """

    def __init__(
        self,
        model: type[Base],
        columns: Sequence[str],
        *,
        keys: Sequence[str] = (),
        where: str = "",
        set_: Sequence[str] = (),
        returning: Sequence[str] = (),
    ) -> None:
        self._table = _table(model)
        self._columns = tuple(columns)
        self._keys, self._where, self._set, self._returning = keys, where, set_, returning

    async def execute(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """Insert `rows`, at least one; returns the `returning` columns of those that were written."""
        if is_postgresql(connection):
            result = await connection.exec_driver_sql(self._on_postgresql, _arrays(self._readers, rows))
        else:
            given = [{name: row[name] for name in self._columns} for row in rows]
            result = await connection.execute(self._on_sqlite, given)
        return result.all() if self._returning else []

    @cached_property
    def _readers(self) -> "tuple[_Reader, ...]":
        return _readers(self._table, self._columns)

    @cached_property
    def _on_postgresql(self) -> str:
        statement = (
            f"INSERT INTO {self._table.name} ({', '.join(self._columns)}) SELECT "
            f"{', '.join(reader.value for reader in self._readers)} FROM {_unnest(self._readers)}"
        )
        if self._keys:
            where = f" WHERE {self._where}" if self._where else ""
            setting = ", ".join(f"{name} = excluded.{name}" for name in self._set)
            action = f"UPDATE SET {setting}" if setting else "NOTHING"
            statement += f" ON CONFLICT ({', '.join(self._keys)}){where} DO {action}"
        return f"{statement} RETURNING {', '.join(self._returning)}" if self._returning else statement

    @cached_property
    def _on_sqlite(self) -> Executable:
        statement = sqlite.insert(self._table)
        where = text(self._where) if self._where else None
        if self._set:
            setting: dict[str, Any] = {name: statement.excluded[name] for name in self._set}
            statement = statement.on_conflict_do_update(self._keys, where, setting)
        elif self._keys:
            statement = statement.on_conflict_do_nothing(self._keys, where)
        columns = [self._table.c[name] for name in self._returning]
        return statement.returning(*columns) if columns else statement


class BulkUpdate:
    """An UPDATE of many rows, each found by its `key` and given its own values; made once, executed often."""

    def __init__(self, model: type[Base], key: str, columns: Sequence[str]) -> None:
        self._table = _table(model)
        self._key, self._columns = key, tuple(columns)

    async def execute(self, connection: AsyncConnection, rows: Rows) -> None:
        """Set the columns of `rows`, at least one."""
        if is_postgresql(connection):
            await connection.exec_driver_sql(self._on_postgresql, _arrays(self._readers, rows))
        else:
            given = [{f"{name}_": row[name] for name in (self._key, *self._columns)} for row in rows]
            await connection.execute(self._on_sqlite, given)

    @cached_property
    def _readers(self) -> "tuple[_Reader, ...]":
        return _readers(self._table, (self._key, *self._columns))

    @cached_property
    def _on_postgresql(self) -> str:
        _key, *values = self._readers
        setting = ", ".join(f"{name} = {reader.value}" for name, reader in zip(self._columns, values, strict=True))
        table, key = self._table.name, self._key
        return f"UPDATE {table} SET {setting} FROM {_unnest(self._readers)} WHERE {table}.{key} = given.{key}"

    @cached_property
    def _on_sqlite(self) -> Executable:
        columns = self._table.c
        values: dict[Any, Any] = {columns[name]: bindparam(f"{name}_") for name in self._columns}
        return update(self._table).where(columns[self._key] == bindparam(f"{self._key}_")).values(values)


class _Reader(NamedTuple):
    """How a column's values reach PostgreSQL.

    Attributes:
        name: the column's.
        array: the type of the array parameter.
        value: the expression of one value out of it.
        encode: what a value is made into beforehand, or None.
    """

    name: str
    array: str
    value: str
    encode: Callable[[Any], Any] | None


def _readers(table: Table, names: Sequence[str]) -> tuple[_Reader, ...]:
    return tuple(_reader(table.c[name]) for name in names)


def _reader(column: Column[Any]) -> _Reader:
    name = column.name
    if isinstance(column.type, JSON):
        return _Reader(name, "text[]", f"given.{name}::jsonb", _json)
    # A cast to varchar(n) would cut what is too long, where an INSERT into such a column refuses it: hence text.
    arrays: Mapping[type, str] = {
        String: "text[]",
        Integer: "integer[]",
        Float: "float8[]",
        Boolean: "boolean[]",
        UtcDateTime: "timestamptz[]",
        LargeBinary: "bytea[]",
    }
    array = next(array for kind, array in arrays.items() if isinstance(column.type, kind))
    return _Reader(name, array, f"given.{name}", None)


def _unnest(readers: Sequence[_Reader]) -> str:
    arrays = ", ".join(f"${number}::{reader.array}" for number, reader in enumerate(readers, start=1))
    return f"unnest({arrays}) AS given ({', '.join(reader.name for reader in readers)})"


def _arrays(readers: Sequence[_Reader], rows: Rows) -> tuple[list[Any], ...]:
    return tuple(
        [row[name] for row in rows] if encode is None else [encode(row[name]) for row in rows]
        for name, _array, _value, encode in readers
    )


def _json(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # An integer of more than 64 bits, which a person may well write.
        return json.dumps(value)


def _table(model: type[Base]) -> Table:
    table = model.__table__
    assert isinstance(table, Table)  # noqa: S101 - every model of ours is mapped to a plain table
    return table
