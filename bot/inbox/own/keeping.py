"""What each person of ours has of a conversation: how far they read, what they began to write, that they look at it.

Nothing of it is told to the audit: it is nobody else's, or over in a moment.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.core.hints import Topic
from bot.core.text import MAX_TEXT, clean
from bot.db.hub import hint
from bot.inbox.kinds import DraftMode, PresenceStatus
from bot.inbox.own import queries
from bot.inbox.queries import GoesOn, goes_on
from bot.inbox.values import NotThereError

_NOTHING: Mapping[str, str] = MappingProxyType({})
GONE_AFTER = timedelta(seconds=25)
"""After how long without a word they are gone; a page says every ten seconds that they are there."""


class DraftCard(NamedTuple):
    """What somebody has begun to write.

    Attributes:
        content: so far.
        updated_at: when they last wrote on it.
        options: what they chose beside it, by the names of the page's fields.
    """

    content: str
    updated_at: datetime
    options: Mapping[str, str]


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


async def mark_read(connection: AsyncConnection, contact_id: str, user_id: str, seq: int, now: datetime) -> None:
    """Somebody has seen a conversation up to that message; raises NotThereError for no such contact.

    What those had said who were merged into them is seen with it. `seq` is a number of the contact who is named.
    """
    owner = await _require(connection, contact_id)
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


async def save_draft(
    connection: AsyncConnection,
    contact_id: str,
    user_id: str,
    mode: DraftMode,
    content: str,
    now: datetime,
    *,
    options: Mapping[str, str] = _NOTHING,
) -> None:
    """Keep what somebody has begun to write, instead of what was there; empty words are no draft.

    Raises NotThereError for no such contact.

    Args:
        connection: in a transaction.
        contact_id: of the conversation.
        user_id: who writes.
        mode: what it is to be.
        content: the words.
        now: the moment.
        options: what they chose beside the words, by the names of the page's fields; what is empty is not kept.
    """
    owner = await goes_on(connection, contact_id)
    if owner is None:
        if content.strip():
            raise NotThereError(contact_id)
        return
    # What was begun with somebody who was merged is in it, or was done away with.
    kin = await contacts.family(connection, owner.id) if owner.has_merged else [owner.id]
    if not content.strip():
        await queries.delete_drafts(connection, kin, user_id, mode.value)
        return
    await queries.delete_drafts(connection, kin[1:], user_id, mode.value)
    row = {
        "contact_id": owner.id,
        "user_id": user_id,
        "mode": mode.value,
        "content": clean(content, MAX_TEXT)[0],
        "options": {name: clean(each, MAX_TEXT)[0] for name, each in options.items() if each} or None,
        "updated_at": now,
    }
    await queries.WRITE_DRAFT.execute(connection, [row])


async def drafts(connection: AsyncConnection, family: Sequence[str], user_id: str) -> Mapping[DraftMode, DraftCard]:
    """What somebody has begun to write in a conversation, by mode; `family` is whose, with who was merged into them."""
    found: dict[DraftMode, DraftCard] = {}
    for mode, content, options, at in await queries.drafts(connection, family, user_id):
        before = found.get(DraftMode(mode))
        words = content if before is None else f"{before.content}\n\n{content}"
        found[DraftMode(mode)] = DraftCard(words, at, options or _NOTHING)
    return found


async def arrive(
    connection: AsyncConnection, contact_id: str, user_id: str, status: PresenceStatus, now: datetime
) -> None:
    """Somebody is in a conversation, and nowhere else; to be said again before GONE_AFTER. Raises NotThereError.

    Whoever else is in it is told, only when that is something new.
    """
    contact_id = (await _require(connection, contact_id)).id
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


async def _require(connection: AsyncConnection, contact_id: str) -> GoesOn:
    owner = await goes_on(connection, contact_id)
    if owner is None:
        raise NotThereError(contact_id)
    return owner
