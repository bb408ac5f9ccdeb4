"""How many rows there are, as far as people care: nobody reads on to the end of a long list to know its length."""

from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

MOST_COUNTED = 1000
"""Beyond these, more are only "more": a whole table is never counted for a page."""


async def count_some(connection: AsyncConnection, statement: Select[Any]) -> int:
    """How many rows `statement` gives; MOST_COUNTED + 1 for any number beyond MOST_COUNTED."""
    some = statement.limit(MOST_COUNTED + 1).subquery()
    return await connection.scalar(select(func.count()).select_from(some)) or 0
