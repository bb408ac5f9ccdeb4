"""A person at a conversation: they take it over, and hand it back; each is a line of the audit, whoever lets them."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.conversations.responding import hand_back, take_over
from bot.core.actors import Actor


async def take_conversation(connection: AsyncConnection, contact_id: str, by: Actor, now: datetime) -> bool:
    """Let people have a conversation until somebody hands it back; whether that is something new."""
    takeover = await take_over(connection, {contact_id: None}, now, user_id=by.user_id or "")
    if takeover.taken:
        await record(connection, by, "contact.take_over", "contact", contact_id, at=now)
    return bool(takeover.taken)


async def return_conversation(connection: AsyncConnection, contact_id: str, by: Actor, now: datetime) -> bool:
    """Let the bot have a conversation again; whether that is something new."""
    had = await hand_back(connection, [contact_id], now, user_id=by.user_id or "")
    if had:
        await record(connection, by, "contact.resume", "contact", contact_id, at=now)
    return bool(had)
