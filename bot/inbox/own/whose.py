"""Whose conversation it is that somebody of ours looks at."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.queries import GoesOn, goes_on
from bot.inbox.values import NotThereError


async def whose(connection: AsyncConnection, contact_id: str) -> GoesOn:
    """Who goes on for a contact; raises NotThereError for no such contact."""
    owner = await goes_on(connection, contact_id)
    if owner is None:
        raise NotThereError(contact_id)
    return owner
