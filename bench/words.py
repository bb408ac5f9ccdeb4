"""Gathers the words of all contacts and messages for search, by the product's own functions, in large slices."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from bench.progress import say
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.search import queries
from bot.search.gathering import gather_contacts, gather_messages

_SLICE = 20_000
_INDEXES = {table: f"ix_{table}_words" for table in ("message_words", "contact_words")}


async def _contacts(connection: AsyncConnection, before: str, rank: int) -> tuple[str, int] | None:
    rows = await queries.older_contacts(connection, before, _SLICE)
    await gather_contacts(connection, [row.id for row in rows], first=rank - 1, step=-1)
    return (rows[-1].id, len(rows)) if rows else None


async def _messages(connection: AsyncConnection, before: str, rank: int) -> tuple[str, int] | None:
    rows = await queries.older_messages(connection, before, _SLICE)
    await gather_messages(connection, [(row.id, row.content) for row in rows], first=rank - 1, step=-1)
    return (rows[-1].id, len(rows)) if rows else None


async def gather_words(database: str) -> None:
    """Fill the tables of a PostgreSQL database; the indexes are made afterwards, at once."""
    engine = create_engine(database)
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SET LOCAL maintenance_work_mem = '1GB'"))
            await connection.execute(text("TRUNCATE message_words, contact_words, changed_contacts, search_cursors"))
            await queries.begin_at(connection, utc_now())
            for table, index in _INDEXES.items():
                await connection.execute(text(f"DROP INDEX {index}"))
                gather = _contacts if table == "contact_words" else _messages
                before, rank = "", 0
                while slice_ := await gather(connection, before, rank):
                    before, done = slice_
                    rank -= done
                say(f"{-rank:,} rows of {table}")
                await connection.execute(text(f"CREATE INDEX {index} ON {table} USING gin (words)"))
        async with engine.connect() as connection:
            await connection.execution_options(isolation_level="AUTOCOMMIT")
            await connection.execute(text("VACUUM ANALYZE"))
    finally:
        await engine.dispose()
