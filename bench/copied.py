"""Copies every row of a PostgreSQL database to SQLite, so that both are measured with the same."""

from typing import Any

from sqlalchemy import Column, ColumnElement, Table, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection, create_async_engine

import bot.models  # noqa: F401 - all tables
from bot.db.base import Base
from bot.db.engine import create_engine
from bot.db.migrate import upgrade

_SLICE = 20_000


async def copy_to_sqlite(source: str, target: str) -> None:
    """Make the SQLite database `target`, with all that is in `source`."""
    usual = create_engine(target)
    await upgrade(usual)
    await usual.dispose()
    # Without the product's own ways on SQLite: rows may come before what they name.
    theirs, ours = create_engine(source), create_async_engine(target)
    try:
        async with theirs.connect() as reading, ours.connect() as writing:
            for pragma in ("foreign_keys = OFF", "synchronous = OFF"):
                await writing.exec_driver_sql(f"PRAGMA {pragma}")
            for table in Base.metadata.sorted_tables:
                await _copy(reading, writing, table)
            await writing.execute(text("ANALYZE"))
            await writing.commit()
            await writing.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        await theirs.dispose()
        await ours.dispose()


async def _copy(reading: AsyncConnection, writing: AsyncConnection, table: Table) -> None:
    await writing.execute(table.delete())
    columns = [_plain(each).label(each.key) for each in table.columns]
    result = await reading.stream(select(*columns).execution_options(yield_per=_SLICE))
    async for rows in result.mappings().partitions():
        await writing.execute(insert(table), [dict(row) for row in rows])
    await writing.commit()


def _plain(column: Column[Any]) -> ColumnElement[Any]:
    """As SQLite is given it: words as they are looked for, apart by blanks."""
    if column.key == "words":
        return func.array_to_string(func.tsvector_to_array(column), " ")
    return column
