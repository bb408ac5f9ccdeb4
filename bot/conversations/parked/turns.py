"""What people decide on messages whose turn failed: it is run once more, or the bot leaves the message as it is.

Each decision counts once, whoever else decides at the same time: what is not parked any more is left alone.
"""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.conversations.parked import queries
from bot.conversations.parked.queries import count_parked
from bot.conversations.shown.explain import DISMISSED
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.messages.records import MessageView
from bot.messages.service import messages_of

__all__ = ["count_parked", "dismiss", "parked", "run_again"]


async def parked(
    connection: AsyncConnection, channels: Collection[str], limit: int, after: tuple[datetime, str] | None = None
) -> list[MessageView]:
    """The messages whose turn failed, the newest first.

    Args:
        connection: to read with.
        channels: only those of one of these; of any where there is none.
        limit: how many at most.
        after: only those that were written down before this moment and id.
    """
    return await messages_of(connection, await queries.parked_ids(connection, channels, limit, after))


async def run_again(
    connection: AsyncConnection, message_ids: Collection[str], by: Actor, now: datetime
) -> frozenset[str]:
    """Let their turns be run once more, by whichever process is first, in their contact's order.

    The answer begins where the conversation stands by then. Returns which were parked.

    Args:
        connection: in a transaction; locks the messages.
        message_ids: of messages, at most a page.
        by: who decides.
        now: the moment.
    """
    rows = await queries.lock_parked(connection, message_ids)
    await queries.let_wait(connection, [row.id for row in rows], now)
    return await _told(connection, rows, "turn.retry", by, now)


async def dismiss(
    connection: AsyncConnection, message_ids: Collection[str], by: Actor, now: datetime
) -> frozenset[str]:
    """Let the bot leave them as they are; otherwise as `run_again`."""
    rows = await queries.lock_parked(connection, message_ids)
    if rows:
        await queries.end(connection, [(row.id, [*row.trace, {"code": DISMISSED, "data": {}}]) for row in rows], now)
    return await _told(connection, rows, "turn.dismiss", by, now)


async def _told(
    connection: AsyncConnection, rows: Collection[queries.ParkedRow], action: str, by: Actor, now: datetime
) -> frozenset[str]:
    for row in rows:
        await record(connection, by, action, "message", row.id, {"contact": row.contact_id}, at=now)
    hint(connection, Topic.MESSAGES, {row.contact_id for row in rows})
    return frozenset(row.id for row in rows)
