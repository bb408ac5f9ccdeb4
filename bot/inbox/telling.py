"""Telling the systems above whose conversations are from now on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.inbox_events import ConversationAssigned, ConversationOpened, ConversationResolved
from bot.listeners.service import hears, tell


async def tell_opened(connection: AsyncConnection, by: Mapping[str, str], now: datetime) -> None:
    """Tell that conversations became people's: by contact's id who is logged in and said so, empty for nobody."""
    if hears(connection, ConversationOpened):
        values = [ConversationOpened(contact_id=each, user_id=user_id, at=now) for each, user_id in sorted(by.items())]
        await tell(connection, values, now)


async def tell_resolved(connection: AsyncConnection, by: Mapping[str, str], now: datetime) -> None:
    """Tell that conversations became the bot's; as `tell_opened`."""
    if hears(connection, ConversationResolved):
        values = [
            ConversationResolved(contact_id=each, user_id=user_id, at=now) for each, user_id in sorted(by.items())
        ]
        await tell(connection, values, now)


async def tell_difference(
    connection: AsyncConnection, contact_id: str, before: str | None, after: str | None, by: str, now: datetime
) -> None:
    """Tell what became of a conversation that was moved as it stood.

    Args:
        connection: in the transaction in which that happens.
        contact_id: whose it is.
        before: who had it; empty for nobody, None where it was the bot's.
        after: who has it, likewise.
        by: somebody who is logged in and said so; empty for nobody.
        now: the moment.
    """
    if after is None:
        await tell_resolved(connection, {} if before is None else {contact_id: by}, now)
        return
    if before is None:
        await tell_opened(connection, {contact_id: by}, now)
    if after != (before or ""):
        had = ConversationAssigned(contact_id=contact_id, user_id=after, instead_of=before or "", by=by, at=now)
        await tell(connection, [had], now)
