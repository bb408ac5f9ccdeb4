"""How far each person of ours has read a conversation; that is nobody else's, so the audit does not tell of it."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox.own import queries
from bot.inbox.own.whose import whose


async def mark_read(connection: AsyncConnection, contact_id: str, user_id: str, seq: int, now: datetime) -> None:
    """Somebody has seen a conversation up to that message; raises NotThereError for no such contact.

    What those had said who were merged into them is seen with it. `seq` is a number of the contact who is named.
    """
    owner = await whose(connection, contact_id)
    new = await queries.read(connection, contact_id, user_id, seq, now)
    for each, last in await queries.unread_merged(connection, owner.id, user_id) if owner.has_merged else ():
        new = await queries.read(connection, each, user_id, last, now) or new
    if new:
        hint(connection, Topic.READS, [user_id])


async def mark_all_read(
    connection: AsyncConnection, contact_ids: Collection[str], user_id: str, now: datetime
) -> Collection[str]:
    """Somebody has seen all of those conversations; returns which there are."""
    ends = await queries.ends(connection, contact_ids)
    mine = {"user_id": user_id, "updated_at": now}
    rows = [{**mine, "contact_id": each, "seq": seq} for each, seq in sorted(ends.items())]
    await queries.WRITE_READ.execute(connection, rows)
    hint(connection, Topic.READS, [user_id])
    return ends.keys() & set(contact_ids)
