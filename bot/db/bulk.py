"""Statements over many rows; the one module that knows how each dialect says them.

PostgreSQL takes the rows as one JSON document, so that a batch of any size is one statement with one plan. Measured on
64 messages, SQLAlchemy's own INSERT of many rows takes the client ten times as long, and one array a column three
times as long, since the driver looks at each element to see whether it is a list. SQLite takes the rows one by one.
"""

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache, cached_property
from typing import Any

import orjson
from sqlalchemy import (
    ARRAY,
    JSON,
    BigInteger,
    Boolean,
    Column,
    ColumnElement,
    Date,
    Executable,
    Float,
    Integer,
    Row,
    String,
    Table,
    any_,
    bindparam,
    text,
    update,
)
from sqlalchemy.dialects import postgresql, sqlite
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


def insert_or_pass(dialect: str, model: type[Base]) -> postgresql.Insert | sqlite.Insert:
    """An INSERT of one row that does nothing where a unique index has it already."""
    if dialect == "postgresql":
        return postgresql.insert(model).on_conflict_do_nothing()
    return sqlite.insert(model).on_conflict_do_nothing()


class Bulk(ABC):
    """A statement over many rows; made once, executed often."""

    def __init__(self, model: type[Base], columns: Sequence[str]) -> None:
        table = model.__table__
        assert isinstance(table, Table)  # noqa: S101 - every model of ours is mapped to a plain table
        self._table = table
        self._columns = tuple(columns)

    async def execute(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """Run it over `rows`; returns what the statement says that it returns."""
        return await together(connection, (self, rows))

    def _given(self, number: int) -> str:
        """The rows on PostgreSQL, as a table named `given`; `number` is that of their parameter."""
        columns = ", ".join(f"{name} {_type(self._table.c[name])}" for name in self._columns)
        return f"jsonb_to_recordset(${number}::text::jsonb) AS given ({columns})"

    @property
    @abstractmethod
    def returns_rows(self) -> bool:
        """Whether it returns anything."""

    @abstractmethod
    def on_postgresql(self, number: int) -> str:
        """The statement on PostgreSQL; `number` is that of its one parameter, the rows."""

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
        statement = _joined(tuple(bulk for bulk, _rows in filled))
        result = await connection.exec_driver_sql(statement, tuple(_json(rows) for _bulk, rows in filled))
        returned = result.all() if filled[-1][0].returns_rows else ()
    else:
        for bulk, rows in filled:
            returned = await bulk.on_sqlite(connection, rows)
    return returned if filled and filled[-1][0] is last else ()


@cache
def _joined(bulks: tuple[Bulk, ...]) -> str:
    *others, last = (bulk.on_postgresql(number) for number, bulk in enumerate(bulks, start=1))
    parts = ", ".join(f"part_{number} AS ({statement})" for number, statement in enumerate(others, start=1))
    return f"WITH {parts} {last}" if parts else last


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

    def on_postgresql(self, number: int) -> str:
        """INSERT … SELECT … FROM the rows."""
        columns = ", ".join(self._columns)
        statement = f"INSERT INTO {self._table.name} ({columns}) SELECT {columns} FROM {self._given(number)}"
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
    """An UPDATE of many rows, each found by its `key` and given its own values.

    Args:
        model: the table.
        key: the column by which a row is found.
        columns: those that every row sets.
        as_of: columns that must still be as the row gives them; otherwise another one was faster, and nothing is set.
        where: what must hold of the table besides, as SQL that names the table.
        returning: the columns given back of each row that was set.
    """

    def __init__(
        self,
        model: type[Base],
        key: str,
        columns: Sequence[str],
        *,
        as_of: Sequence[str] = (),
        where: str = "",
        returning: Sequence[str] = (),
    ) -> None:
        super().__init__(model, (key, *as_of, *columns))
        self._found_by, self._setting, self._where = (key, *as_of), tuple(columns), where
        self._returning = returning

    @property
    def returns_rows(self) -> bool:
        """Whether it returns anything."""
        return bool(self._returning)

    def on_postgresql(self, number: int) -> str:
        """UPDATE … FROM the rows."""
        table = self._table.name
        setting = ", ".join(f"{name} = given.{name}" for name in self._setting)
        found = " AND ".join([f"{table}.{name} = given.{name}" for name in self._found_by] + self._conditions)
        key = self._found_by[0]
        keys = f"jsonb_to_recordset(${number}::text::jsonb) AS keys ({key} {_type(self._table.c[key])})"
        # The list says once more which rows: a plan made while the table was empty may take the table first, and then
        # goes through all rows that have come since.
        statement = (
            f"UPDATE {table} SET {setting} FROM {self._given(number)} WHERE {found}"
            f" AND {table}.{key} = ANY (ARRAY(SELECT keys.{key} FROM {keys}))"
        )
        returning = ", ".join(f"{table}.{name}" for name in self._returning)
        return f"{statement} RETURNING {returning}" if returning else statement

    async def on_sqlite(self, connection: AsyncConnection, rows: Rows) -> Sequence[Row[Any]]:
        """UPDATE, row by row."""
        given = [{f"{name}_": row[name] for name in self._columns} for row in rows]
        if not self._returning:
            await connection.execute(self._sqlite_statement, given)
            return ()
        # The driver's executemany swallows what a statement returns.
        each = [await connection.execute(self._sqlite_statement, row) for row in given]
        return [row for result in each for row in result]

    @cached_property
    def _sqlite_statement(self) -> Executable:
        columns = self._table.c
        found = [columns[name] == bindparam(f"{name}_") for name in self._found_by]
        values: dict[Any, Any] = {columns[name]: bindparam(f"{name}_") for name in self._setting}
        statement = update(self._table).where(*found, *map(text, self._conditions)).values(values)
        returning = [columns[name] for name in self._returning]
        return statement.returning(*returning) if returning else statement

    @property
    def _conditions(self) -> list[str]:
        return [self._where] if self._where else []


_TYPES: Mapping[type, str] = {
    # A cast to varchar(n) would cut what is too long, where an INSERT into such a column refuses it.
    String: "text",
    BigInteger: "bigint",
    Integer: "integer",
    Float: "float8",
    Boolean: "boolean",
    UtcDateTime: "timestamptz",
    Date: "date",
    JSON: "jsonb",
}


def _type(column: Column[Any]) -> str:
    # A foreign key has no type as long as nobody has imported its table; all our ids are texts.
    return next((name for kind, name in _TYPES.items() if isinstance(column.type, kind)), "text")


def _json(rows: Rows) -> str:
    try:
        return orjson.dumps(rows).decode()
    except TypeError:
        # An integer of more than 64 bits, which a person may well write.
        return json.dumps(rows, default=datetime.isoformat)
