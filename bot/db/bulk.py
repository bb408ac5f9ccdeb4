"""Statements over many rows; the one module that knows how each dialect says them.

PostgreSQL takes the rows as one array a column, so that a batch of any size is one statement with one plan: against
SQLAlchemy's own INSERT of many rows that takes a fifth of the client's time. SQLite takes the rows one by one.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from functools import cache, cached_property
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


class Bulk(ABC):
    """A statement over many rows; made once, executed often."""

    def __init__(self, model: type[Base], columns: Sequence[str]) -> None:
        table = model.__table__
        assert isinstance(table, Table)  # noqa: S101 - every model of ours is mapped to a plain table
        self._table = table
        self._columns = tuple(columns)

    @cached_property
    def _readers(self) -> "tuple[_Reader, ...]":
        # Only when all models are there does a foreign key's column know its type.
        return tuple(_reader(self._table.c[name]) for name in self._columns)

    async def execute(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """Run it over `rows`; returns what the statement says that it returns."""
        return await together(connection, (self, rows))

    @property
    def width(self) -> int:
        """How many parameters it has on PostgreSQL."""
        return len(self._columns)

    def arrays(self, rows: Rows) -> list[list[Any]]:
        """The parameters on PostgreSQL: the values of each column."""
        return [
            [row[name] for row in rows] if encode is None else [encode(row[name]) for row in rows]
            for name, _array, _value, encode in self._readers
        ]

    def _given(self, first: int) -> str:
        """The rows on PostgreSQL, as a table named `given`; `first` is the number of the first parameter."""
        arrays = ", ".join(f"${number}::{reader.array}" for number, reader in enumerate(self._readers, start=first))
        return f"unnest({arrays}) AS given ({', '.join(self._columns)})"

    @property
    @abstractmethod
    def returns_rows(self) -> bool:
        """Whether it returns anything."""

    @abstractmethod
    def on_postgresql(self, first: int) -> str:
        """The statement on PostgreSQL; `first` is the number of its first parameter."""

    @abstractmethod
    async def on_sqlite(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """Run it on SQLite."""


async def together(connection: AsyncConnection, *parts: tuple[Bulk, Rows]) -> Sequence[Row[Any]]:
    """Run several statements, those that have any rows; on PostgreSQL as one. Returns what the last one returns.

    None may read what another one writes; foreign keys between their rows are checked after all of them.
    """
    filled = [(bulk, rows) for bulk, rows in parts if rows]
    last = parts[-1][0]
    returned: Sequence[Row[Any]] = ()
    if filled and is_postgresql(connection):
        parameters = tuple(array for bulk, rows in filled for array in bulk.arrays(rows))
        result = await connection.exec_driver_sql(_joined(tuple(bulk for bulk, _rows in filled)), parameters)
        returned = result.all() if filled[-1][0].returns_rows else ()
    else:
        for bulk, rows in filled:
            returned = await bulk.on_sqlite(connection, rows)
    return returned if filled and filled[-1][0] is last else ()


@cache
def _joined(bulks: tuple[Bulk, ...]) -> str:
    statements, first = [], 1
    for bulk in bulks:
        statements.append(bulk.on_postgresql(first))
        first += bulk.width
    parts = ", ".join(f"part_{number} AS ({statement})" for number, statement in enumerate(statements[:-1], start=1))
    return f"WITH {parts} {statements[-1]}" if parts else statements[-1]


class BulkInsert(Bulk):
    """An INSERT of many rows, in their order.

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
        super().__init__(model, columns)
        self._keys, self._where, self._set, self._returning = keys, where, set_, returning

    @property
    def returns_rows(self) -> bool:
        """Whether it returns anything."""
        return bool(self._returning)

    def on_postgresql(self, first: int) -> str:
        """INSERT … SELECT … FROM unnest(…)."""
        values = ", ".join(reader.value for reader in self._readers)
        columns = ", ".join(self._columns)
        statement = f"INSERT INTO {self._table.name} ({columns}) SELECT {values} FROM {self._given(first)}"
        if self._keys:
            where = f" WHERE {self._where}" if self._where else ""
            setting = ", ".join(f"{name} = excluded.{name}" for name in self._set)
            action = f"UPDATE SET {setting}" if setting else "NOTHING"
            statement += f" ON CONFLICT ({', '.join(self._keys)}){where} DO {action}"
        return f"{statement} RETURNING {', '.join(self._returning)}" if self._returning else statement

    async def on_sqlite(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """INSERT … VALUES, row by row."""
        result = await connection.execute(
            self._sqlite_statement, [{name: row[name] for name in self._columns} for row in rows]
        )
        return result.all() if self._returning else ()

    @cached_property
    def _sqlite_statement(self) -> Executable:
        statement = sqlite.insert(self._table)
        where = text(self._where) if self._where else None
        if self._set:
            setting: dict[str, Any] = {name: statement.excluded[name] for name in self._set}
            statement = statement.on_conflict_do_update(self._keys, where, setting)
        elif self._keys:
            statement = statement.on_conflict_do_nothing(self._keys, where)
        columns = [self._table.c[name] for name in self._returning]
        return statement.returning(*columns) if columns else statement


class BulkUpdate(Bulk):
    """An UPDATE of many rows, each found by its `key` and given its own values."""

    returns_rows = False

    def __init__(self, model: type[Base], key: str, columns: Sequence[str]) -> None:
        super().__init__(model, (key, *columns))
        self._key = key

    def on_postgresql(self, first: int) -> str:
        """UPDATE … FROM unnest(…)."""
        setting = ", ".join(f"{reader.name} = {reader.value}" for reader in self._readers if reader.name != self._key)
        table, key = self._table.name, self._key
        return f"UPDATE {table} SET {setting} FROM {self._given(first)} WHERE {table}.{key} = given.{key}"

    async def on_sqlite(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """UPDATE, row by row."""
        given = [{f"{name}_": row[name] for name in self._columns} for row in rows]
        await connection.execute(self._sqlite_statement, given)
        return ()

    @cached_property
    def _sqlite_statement(self) -> Executable:
        columns = self._table.c
        values: dict[Any, Any] = {columns[name]: bindparam(f"{name}_") for name in self._columns if name != self._key}
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


def _json(value: Any) -> str | None:
    if value is None:
        return None
    try:
        return orjson.dumps(value).decode()
    except TypeError:
        # An integer of more than 64 bits, which a person may well write.
        return json.dumps(value)
