"""Conversations of contacts who turned out to be one person, and of one who is two again.

The merged one's conversation leaves the lists; where a person has it, they have that of who is kept from now on, unless
somebody else has that already. What left is written down beside what else moved, and comes back as it was.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import Responder
from bot.core.events import ContactsMerged, MergeUndone
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.assigning import given
from bot.inbox.kinds import EndedAs
from bot.inbox.opening import opened, resolved
from bot.inbox.periods import keeping as periods
from bot.inbox.telling import tell_opened, tell_resolved

_PART = "inbox"


@dataclass(frozen=True, slots=True)
class LeftConversation:
    """A conversation as it stood; the attributes are those of `ConversationRow`."""

    contact_id: str
    status: str
    channel: str | None
    last_at: datetime
    opened_at: datetime
    opened_seq: int
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reopened: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class InboxMove:
    """What left the inbox with who was merged.

    Attributes:
        conversation: how it stood; None where no person ever had it.
        user_id: who had it; empty for nobody.
        period_id: of the period that was under way, which ended or is of who was kept from then on; empty for none.
    """

    conversation: LeftConversation | None = None
    user_id: str = ""
    period_id: str = ""


async def merged(connection: AsyncConnection, values: Sequence[ContactsMerged], now: datetime) -> None:
    """Take the conversations of who was merged out of the lists."""
    for each in values:
        known = await queries.conversations(connection, [each.merged_id])
        had = await queries.assignees_of_open(connection, [each.kept_id, each.merged_id])
        row, user_id = known.get(each.merged_id), had.get(each.merged_id, "")
        conversation = None if row is None else LeftConversation(**row)
        if conversation is not None:
            await queries.delete_conversations(connection, [each.merged_id])
            await queries.delete_assignments(connection, [each.merged_id])
        period_id = await periods.join(connection, each.kept_id, each.merged_id, user_id, now)
        await contacts.note_moved(connection, each.merge_id, _PART, InboxMove(conversation, user_id, period_id))
        new = await _stand(connection, [each.kept_id], now)
        if each.kept_id not in had and user_id:
            await given(connection, [each.kept_id], {each.kept_id: user_id}, now)
        hint(connection, Topic.INBOX, {each.kept_id, each.merged_id} | new)


async def undone(connection: AsyncConnection, values: Sequence[MergeUndone], now: datetime) -> None:
    """Bring the conversations back of who is there again."""
    for each in values:
        moved = await contacts.noted(connection, each.merge_id, _PART, InboxMove) or InboxMove()
        if moved.conversation is not None:
            await queries.WRITE_CONVERSATIONS.execute(connection, [asdict(moved.conversation)])
        if moved.period_id:
            await periods.part(connection, moved.period_id, each.merged_id)
        if moved.user_id:
            await given(connection, [each.merged_id], {each.merged_id: moved.user_id}, now)
        await _stand(connection, [each.kept_id, each.merged_id], now)
        hint(connection, Topic.INBOX, [each.kept_id, each.merged_id])


async def _stand(connection: AsyncConnection, contact_ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Let conversations be people's or the bot's as their contacts are; returns which became people's."""
    found = await contacts.lock(connection, contact_ids)
    humans = [each for each, contact in found.items() if contact.responder == Responder.HUMAN]
    bots = {each: "" for each in found if each not in humans}
    ended = await resolved(connection, bots, now, as_=EndedAs.MERGED)
    new = await opened(connection, dict.fromkeys(humans, periods.MERGED), now)
    await tell_resolved(connection, dict.fromkeys(ended, ""), now)
    await tell_opened(connection, dict.fromkeys(new, ""), now)
    return new
