"""What each person of ours has begun to write in a conversation: nobody else's, so the audit does not tell of it."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.core.text import MAX_TEXT, clean
from bot.inbox.kinds import DraftMode
from bot.inbox.own import queries
from bot.inbox.values import NotThereError

_NOTHING: Mapping[str, str] = MappingProxyType({})


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
    kin = await contacts.kept_family(connection, contact_id)
    if not content.strip():
        await queries.delete_drafts(connection, kin, user_id, mode.value)
        return
    if not kin:
        raise NotThereError(contact_id)
    # What was begun with somebody who was merged is in it, or was done away with.
    owner_id, *merged = kin
    await queries.delete_drafts(connection, merged, user_id, mode.value)
    row = {
        "contact_id": owner_id,
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
