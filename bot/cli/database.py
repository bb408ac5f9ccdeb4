"""The database of the settings, for one command; and the contact a person means."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy import URL
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.app.listeners import LISTENERS
from bot.cli.common import _
from bot.contacts.service import ContactCard, find_contacts
from bot.core.errors import Blame, BotError, UnreachableError
from bot.db.engine import create_engine, reach, sqlite_file
from bot.listeners.service import listening
from bot.settings import Settings

Found = TypeVar("Found")
_LAST_WORD_SECONDS = 0.05


@asynccontextmanager
async def opened(settings: Settings, *, create: bool = False) -> AsyncIterator[AsyncEngine]:
    """An engine on the settings' database, which answers; closed afterwards.

    Raises BotError where an SQLite file is not there yet, unless `create`: whoever only wants to read would else find
    an empty one. Raises UnreachableError where the database does not answer.
    """
    async with engine_of(settings) as engine:
        if not create:
            require_file(engine.url)
        await reach(engine)
        yield engine


@asynccontextmanager
async def engine_of(settings: Settings) -> AsyncIterator[AsyncEngine]:
    """An engine on the settings' database, whether it answers or not; closed afterwards."""
    engine = listening(create_engine(settings.database_url.get_secret_value(), pool_size=1), LISTENERS)
    try:
        yield engine
    except (DBAPIError, UnreachableError):
        # The thread of an SQLite connection that failed reports once more, and must not find the loop closed.
        await asyncio.sleep(_LAST_WORD_SECONDS)
        raise
    finally:
        await engine.dispose()


async def transacted(settings: Settings, change: Callable[[AsyncConnection], Awaitable[Found]]) -> Found:
    """What `change` gives, which is done in one transaction or not at all; raises as `opened`."""
    async with opened(settings) as engine, engine.begin() as connection:
        return await change(connection)


def require_file(url: URL) -> None:
    """Raises BotError where `url` is of an SQLite file that is not there: to open it would make an empty one."""
    file = sqlite_file(url)
    if file is not None and not file.exists():
        raise BotError(
            _("there is no database {file} here", file=file),
            mend=_(
                "Go to the folder of your bot or set DATABASE_URL; `bot.py run` and `bot.py migrate` make a new one."
            ),
            blame=Blame.SURROUNDINGS,
        )


async def the_contact(connection: AsyncConnection, spelled: str) -> ContactCard:
    """The contact with that id, phone or e-mail; raises BotError when there is none, or more than one."""
    found = await find_contacts(connection, spelled)
    if not found:
        raise BotError(_("there is no contact {spelled}", spelled=spelled), mend=_("See `bot.py contacts list`."))
    if len(found) > 1:
        ids = ", ".join(each.id for each in found)
        raise BotError(
            _("{spelled} is the address of more than one contact", spelled=spelled),
            mend=_("Give one of the ids: {ids}.", ids=ids),
        )
    return found[0]
