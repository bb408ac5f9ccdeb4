"""What migrations have to themselves: a connection, the right to be the only ones, and patience beside the traffic."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, PendingRollbackError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.core.errors import Blame, BotError
from bot.core.i18n import N_, Phrase
from bot.db.engine import is_postgresql, unhurried
from bot.db.faults import is_contention

T = TypeVar("T")
Tell = Callable[[Phrase], None]

# One number for this product, so that two migrations never run at once on one PostgreSQL database.
ADVISORY_LOCK = 7_236_201_988
_POLL_SECONDS = 0.5
_PATIENCE_SECONDS = 600.0
_FIRST_PAUSE_SECONDS = 0.5
_LONGEST_PAUSE_SECONDS = 5.0


def silent(_told: Phrase) -> None:
    """Whoever migrates where nobody looks on tells nothing."""


@asynccontextmanager
async def migrating(engine: AsyncEngine, tell: Tell = silent) -> AsyncIterator[AsyncConnection]:
    """A connection on which to migrate, while nobody else does; another that does is waited for.

    On SQLite it is in a transaction, which keeps others out and is committed in the end; on PostgreSQL in none.
    """
    if engine.dialect.name == "sqlite":
        async with engine.begin() as connection:
            yield connection
        return
    async with unhurried(engine) as connection:
        await _be_alone(connection, tell)
        yield connection


async def patiently(connection: AsyncConnection, work: Callable[[Connection], T], tell: Tell = silent) -> T:
    """Do `work` and commit what it left open; on PostgreSQL again and again while others hold a lock that it needs.

    Between two tries it stands in nobody's way. Raises BotError after ten minutes.
    """
    if not is_postgresql(connection):
        return await connection.run_sync(work)
    loop = asyncio.get_running_loop()
    until, pause = loop.time() + _PATIENCE_SECONDS, _FIRST_PAUSE_SECONDS
    while True:
        try:
            done = await connection.run_sync(work)
        except PendingRollbackError as hiding:
            # The connection was lost, or the task was cancelled: to clean up after it fails as well, and hides why.
            raise (hiding.__context__ or hiding) from None
        except DBAPIError as error:
            if not is_contention(error):
                raise
            if loop.time() + pause > until:
                raise _locked() from error
        else:
            await connection.commit()
            return done
        await connection.rollback()
        tell(Phrase(N_("others hold a lock that is needed: trying again")))
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE_SECONDS)


async def _be_alone(connection: AsyncConnection, tell: Tell) -> None:
    """Take the lock that ends with the connection.

    It is asked for again and again: whoever waits within a statement keeps a snapshot, for whose end an index that is
    built concurrently waits in its turn.
    """
    told = False
    while not await patiently(connection, _take_lock):
        if not told:
            tell(Phrase(N_("another process migrates this database: waiting until it has finished")))
            told = True
        await asyncio.sleep(_POLL_SECONDS)


def _take_lock(connection: Connection) -> bool:
    return bool(connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": ADVISORY_LOCK}))


def _locked() -> BotError:
    return BotError(
        N_("others have held a lock that the migration needs for ten minutes"),
        mend=N_("Find them in pg_stat_activity, end their transactions and run `python bot.py migrate` again."),
        blame=Blame.SURROUNDINGS,
    )
