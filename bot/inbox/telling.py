"""Telling the systems above whose conversations are from now on."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.inbox_events import ConversationOpened, ConversationResolved
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
