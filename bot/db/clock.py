"""The one clock that all processes share: the database's."""

import asyncio
from datetime import datetime, timedelta

import structlog
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.clock import Clock, utc_now
from bot.db.engine import is_postgresql, reading
from bot.db.types import UtcDateTime

TOLERATED = timedelta(seconds=5)
"""How far a host's clock may be off before it is set right: below, the way to the database is as long."""
_ASK_SECONDS = 60.0

log = structlog.get_logger()


class SharedClock:
    """The database's clock, as this process reckons it from its own; on SQLite it is its own.

    What a process writes by it, such as when a reply is stale, another host and the database understand alike.
    """

    def __init__(self, own: Clock = utc_now) -> None:
        """A clock that takes its own for right until `set_right`."""
        self._own = own
        self.ahead = timedelta()
        """How far the host's clock is before the database's, negative when it is behind; 0 where it is tolerated."""
        self.measured = timedelta()
        """The same, be it tolerated or not."""

    def __call__(self) -> datetime:
        """The present moment."""
        return self._own() - self.ahead if self.ahead else self._own()

    async def set_right(self, engine: AsyncEngine) -> None:
        """Ask the database for the time; logs a host's clock that is off, once for each change."""
        self.measured = ahead = await ahead_of_database(engine, self._own)
        if abs(ahead) <= TOLERATED:
            ahead = timedelta()
        if abs(ahead - self.ahead) > TOLERATED:
            seconds = round(ahead.total_seconds())
            if ahead:
                log.error("this host's clock is off the database's, whose time is taken", seconds_ahead=seconds)
            else:
                log.info("this host's clock is right again")
        self.ahead = ahead

    async def keep_right(self, engine: AsyncEngine) -> None:
        """Ask again and again, until cancelled."""
        while True:
            await asyncio.sleep(_ASK_SECONDS)
            try:
                await self.set_right(engine)
            except (SQLAlchemyError, OSError) as error:
                log.warning("the database's time is not known", error=type(error).__name__)


async def ahead_of_database(engine: AsyncEngine, own: Clock = utc_now) -> timedelta:
    """How far the host's clock is before the database's, negative when it is behind; SQLite has the host's."""
    if engine.dialect.name == "sqlite":
        return timedelta()
    async with reading(engine) as connection:
        before = own()
        now = await database_now(connection)
        return before + (own() - before) / 2 - now


async def database_now(connection: AsyncConnection) -> datetime:
    """The present moment by the database's clock, not the transaction's beginning; SQLite has the process's own."""
    if not is_postgresql(connection):
        return utc_now()
    now: datetime = (await connection.execute(select(func.clock_timestamp(type_=UtcDateTime)))).scalar_one()
    return now
