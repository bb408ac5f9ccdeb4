"""Leaving messages that were not sent as they are."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.messages.failures import queries


async def dismiss(connection: AsyncConnection, message_ids: Collection[str], by: Actor, now: datetime) -> int:
    """Leave those of the messages that failed as they are, so that they are listed no more; returns how many.

    One about which somebody else has decided meanwhile stays as they have left it.
    """
    rows = await queries.lock_undecided(connection, message_ids)
    if not rows:
        return 0
    await queries.decide(connection, [row.id for row in rows], now)
    hint(connection, Topic.MESSAGES, {row.contact_id for row in rows})
    await record_decision(connection, "message.dismiss", {row.id: row.error for row in rows}, by, now)
    return len(rows)


async def record_decision(
    connection: AsyncConnection, action: str, errors: dict[str, str | None], by: Actor, now: datetime
) -> None:
    """Write the line of a decision about messages, given with their errors: one for all that were decided together."""
    ids = list(errors)
    kinds = sorted({error or "" for error in errors.values()})
    only = ids[0] if len(ids) == 1 else ""
    await record(connection, by, action, "message", only, {"kinds": kinds, "messages": len(ids)}, at=now)
