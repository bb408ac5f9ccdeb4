"""The database of the settings, for one command."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from bot.settings import Settings


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on the settings' database, closed afterwards."""
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        yield engine
    finally:
        await engine.dispose()
