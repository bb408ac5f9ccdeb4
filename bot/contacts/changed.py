"""Telling that contacts have changed."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.core.hints import Topic
from bot.db.hub import hint


async def changed(connection: AsyncConnection, contact_ids: Collection[str], now: datetime) -> None:
    """Names or addresses of these contacts changed: they will be found by what they are now, and pages ask again.

    Whoever changes them says so, and who makes contacts to whom nothing is said yet; new ones who write are seen.
    """
    hint(connection, Topic.CONTACTS, contact_ids)
    rows = [{"contact_id": each, "changed_at": now} for each in sorted(contact_ids)]
    await queries.NOTE_CHANGED.execute(connection, rows)
