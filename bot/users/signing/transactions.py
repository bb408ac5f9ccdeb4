"""The transactions of the door."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.db.faults import is_contention
from bot.users.signing.gate import busy


@asynccontextmanager
async def begun(engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
    """A transaction; raises LaterError where somebody else holds what it needs."""
    try:
        async with engine.begin() as connection:
            yield connection
    except DBAPIError as error:
        if is_contention(error):
            raise busy() from error
        raise
