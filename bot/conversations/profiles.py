"""Writing what turns have changed of contacts: language, time zone, attributes and tags."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations.state import ConversationState


async def write_profiles(connection: AsyncConnection, states: Iterable[ConversationState], now: datetime) -> None:
    """Write it, where anything has changed; the contacts are locked."""
    rows, tags = [], {}
    for state in states:
        if state.profile_changed:
            rows.append(
                {
                    "id": state.contact.id,
                    "locale": state.locale or None,
                    "timezone": state.timezone or None,
                    "attributes": contacts.stored(state.attributes),
                    "updated_at": now,
                }
            )
        if state.tag_changes:
            tags[state.contact.id] = state.tag_changes
    if rows:
        await contacts.UPDATE_PROFILES.execute(connection, rows)
    if tags:
        await contacts.change_tags(connection, tags, now)
