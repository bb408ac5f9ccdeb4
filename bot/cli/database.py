"""The database of the settings, for one command."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import create_engine
from bot.settings import Settings

_LAST_WORD_SECONDS = 0.05


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on the settings' database, closed afterwards."""
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        yield engine
    except DBAPIError:
        # The thread of an SQLite connection that failed reports once more, and must not find the loop closed.
        await asyncio.sleep(_LAST_WORD_SECONDS)
        raise
    finally:
        await engine.dispose()
