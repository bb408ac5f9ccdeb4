"""Conversations become people's, and the bot's again: their rows, however that came about."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.kinds import ConversationStatus, EndedAs
from bot.inbox.periods import keeping as periods
from bot.inbox.periods.keeping import Opening
from bot.inbox.queries import ConversationRow, Since

_NEVER = Since(0, None, None)


async def opened(connection: AsyncConnection, how: Mapping[str, Opening], now: datetime) -> frozenset[str]:
    """Let these be people's, whose contacts the bot has left to them, and by contact's id how; returns which were not.

    Who had a resolved one has it no longer: `bot.inbox.assigning` gives it to whom it is due.
    """
    ids = frozenset(how)
    known = await queries.conversations(connection, ids)
    new = {each for each in ids if each not in known or known[each]["status"] == ConversationStatus.RESOLVED}
    snoozed = {each for each in ids - new if known[each]["status"] == ConversationStatus.SNOOZED}
    if snoozed:
        await queries.unsnooze(connection, snoozed, now)
    begun = await queries.beginnings(connection, new) if new else {}
    if new:
        rows = [_open(each, known.get(each), begun.get(each, _NEVER), now) for each in sorted(new)]
        await queries.WRITE_CONVERSATIONS.execute(connection, rows)
    wrote = {each: since.channel for each, since in begun.items()}
    channels = {**{each: row["channel"] for each, row in known.items()}, **wrote}
    await periods.begin(connection, how, channels, now)
    hint(connection, Topic.INBOX, new | snoozed)
    return frozenset(new)


async def resolved(
    connection: AsyncConnection, by: Mapping[str, str], now: datetime, *, as_: EndedAs
) -> frozenset[str]:
    """Let these be the bot's again; returns which were people's.

    Args:
        connection: in a transaction that holds the contacts' locks.
        by: by contact's id who is logged in and says so; empty for nobody.
        now: the moment.
        as_: why.
    """
    known = await queries.conversations(connection, by)
    had = {each: row for each, row in known.items() if row["status"] != ConversationStatus.RESOLVED}
    ended: ConversationRow
    rows = []
    for contact_id, row in sorted(had.items()):
        ended = {
            **row,
            "status": ConversationStatus.RESOLVED.value,
            "snoozed_until": None,
            "resolved_at": now,
            "resolved_by": by[contact_id] or None,
            "updated_at": now,
        }
        rows.append(ended)
    if rows:
        assignees = await queries.assignees_of_open(connection, had)
        await queries.WRITE_CONVERSATIONS.execute(connection, rows)
        await periods.end(connection, {each: by[each] for each in had}, assignees, as_, now)
        hint(connection, Topic.INBOX, had)
    return frozenset(had)


def _open(contact_id: str, before: ConversationRow | None, since: Since, now: datetime) -> ConversationRow:
    return {
        "contact_id": contact_id,
        "status": ConversationStatus.OPEN.value,
        "channel": since.channel,
        "last_at": since.at or now,
        "opened_at": now,
        "opened_seq": since.seq,
        "snoozed_until": None,
        "resolved_at": None,
        "resolved_by": None,
        "reopened": 0 if before is None else before["reopened"] + 1,
        "created_at": now if before is None else before["created_at"],
        "updated_at": now,
    }
