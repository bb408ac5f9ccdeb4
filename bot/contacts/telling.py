"""Telling the systems above of new contacts, and of what is known of the others."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import ContactCreated, ContactUpdated
from bot.listeners.service import hears, tell


async def tell_contacts(
    connection: AsyncConnection, made: Iterable[str], changed: Iterable[str], now: datetime
) -> None:
    """Tell, once it is written, which contacts this transaction has made, and of which others it changed anything.

    Whoever does either calls it: pages are told by `changed` of other things, and by every turn.
    """
    if hears(connection, ContactCreated):
        await tell(connection, [ContactCreated(contact_id=each, at=now) for each in sorted(set(made))], now)
    if hears(connection, ContactUpdated):
        await tell(connection, [ContactUpdated(contact_id=each, at=now) for each in sorted(set(changed))], now)
