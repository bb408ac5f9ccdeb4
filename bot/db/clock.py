"""The one clock that all processes share: the database's."""

from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.clock import utc_now
from bot.db.engine import is_postgresql
from bot.db.types import UtcDateTime


async def database_now(connection: AsyncConnection) -> datetime:
    """The present moment by the database's clock, not the transaction's beginning; SQLite has the process's own."""
    if not is_postgresql(connection):
        return utc_now()
    now: datetime = (await connection.execute(select(func.clock_timestamp(type_=UtcDateTime)))).scalar_one()
    return now
