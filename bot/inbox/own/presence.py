"""That somebody of ours has a conversation before them; it is over in a moment, so the audit does not tell of it."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox.kinds import PresenceStatus
from bot.inbox.own import queries
from bot.inbox.own.whose import whose

GONE_AFTER = timedelta(seconds=25)
"""After how long without a word they are gone; a page says every ten seconds that they are there."""


class Present(NamedTuple):
    """Somebody who has a conversation before them.

    Attributes:
        user_id: who.
        name: how they are called.
        status: what they do.
    """

    user_id: str
    name: str
    status: PresenceStatus


async def arrive(
    connection: AsyncConnection, contact_id: str, user_id: str, status: PresenceStatus, now: datetime
) -> None:
    """Somebody is in a conversation, and nowhere else; to be said again before GONE_AFTER. Raises NotThereError.

    Whoever else is in it is told, only when that is something new.
    """
    contact_id = (await whose(connection, contact_id)).id
    before = await queries.presence_of(connection, user_id)
    row = {"user_id": user_id, "contact_id": contact_id, "status": status.value, "last_seen": now}
    await queries.WRITE_PRESENCE.execute(connection, [row])
    is_gone = before is not None and before.last_seen <= now - GONE_AFTER
    if before is None or is_gone or (before.contact_id, before.status) != (contact_id, status):
        shown = {contact_id} if before is None else {contact_id, before.contact_id}
        others = await queries.present(connection, shown, now - GONE_AFTER)
        hint(connection, Topic.PRESENCE, {each.contact_id for each in others if each.user_id != user_id})


async def leave(connection: AsyncConnection, contact_id: str, user_id: str) -> None:
    """Somebody has left a conversation; nothing, where they are elsewhere by now."""
    if await queries.delete_presence(connection, user_id, contact_id):
        hint(connection, Topic.PRESENCE, [contact_id])


async def present(
    connection: AsyncConnection, contact_ids: Iterable[str], now: datetime
) -> Mapping[str, list[Present]]:
    """Who is in conversations, by contact's id, by name; nobody's are missing."""
    found: dict[str, list[Present]] = {}
    for contact_id, user_id, name, status in await queries.present(connection, contact_ids, now - GONE_AFTER):
        found.setdefault(contact_id, []).append(Present(user_id, name, PresenceStatus(status)))
    return found
