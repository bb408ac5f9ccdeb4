"""Periods as they begin, are answered and end, each in the transaction of what made it so."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.ids import new_id
from bot.inbox.kinds import EndedAs, OpenedBy
from bot.inbox.periods import queries
from bot.inbox.periods.queries import PeriodRow

_UNDONE_WITHIN = timedelta(minutes=1)
"""Who opens within that time what they have resolved takes it back."""

_BEHIND = timedelta(seconds=5)
"""How far a provider's clock may be behind, which tells whole seconds besides."""


class Opening(NamedTuple):
    """How a conversation becomes a person's.

    Attributes:
        by: what made it so.
        asks: whether the contact waits for a person from that moment on.
        user_id: who made it so; empty for nobody who was logged in.
    """

    by: OpenedBy
    asks: bool = False
    user_id: str = ""


class Reply(NamedTuple):
    """What a person of ours said.

    Attributes:
        channel: where.
        at: when it went out.
        user_id: who; empty for nobody who was logged in.
        message_id: the message.
    """

    channel: str
    at: datetime
    user_id: str
    message_id: str


HANDED_OFF = Opening(OpenedBy.HANDOFF, asks=True)
CAME_BACK = Opening(OpenedBy.REOPENED, asks=True)
"""What the contact wrote opened it again."""
TAKEN = Opening(OpenedBy.TAKEOVER)
MERGED = Opening(OpenedBy.MERGE)


def opened_again(user_id: str) -> Opening:
    """Somebody of ours opened it again."""
    return Opening(OpenedBy.REOPENED, user_id=user_id)


async def begin(
    connection: AsyncConnection, openings: Mapping[str, Opening], channels: Mapping[str, str | None], now: datetime
) -> None:
    """Begin periods of contacts that have none under way.

    Args:
        connection: in a transaction that holds the contacts' locks.
        openings: by contact's id how.
        channels: by contact's id where they wrote last.
        now: the moment.
    """
    # One that came from somebody merged may be under way and not the newest.
    running = await queries.under_way(connection, openings)
    new = {each: how for each, how in openings.items() if each not in running}
    last = await queries.newest(connection, new) if new else {}
    undone = {each for each, how in new.items() if each in last and _is_undone(last[each], how, now)}
    if undone:
        await queries.revive(connection, [last[each]["id"] for each in undone])
    again = {each for each, how in new.items() if how.by is OpenedBy.REOPENED and each in last and each not in undone}
    rows = [
        {
            "id": new_id(),
            "contact_id": each,
            "opened_by": how.by.value,
            "opened_at": now,
            "began_at": last[each]["began_at"] if each in again else now,
            "channel": channels.get(each),
            "asked_at": now if how.asks else None,
            "reopened_at": None,
        }
        for each, how in sorted(new.items())
        if each not in undone
    ]
    if rows:
        await queries.INSERT.execute(connection, rows)
    if again:
        await queries.GO_ON.execute(
            connection, [{"id": last[each]["id"], "reopened_at": now} for each in sorted(again)]
        )


async def heard(connection: AsyncConnection, channels: Mapping[str, str | None]) -> None:
    """Note since when contacts wait that wrote, where no person has said anything; `channels` is where they did."""
    found = await queries.under_way(connection, channels)
    silent = {each: row for each, row in found.items() if row["asked_at"] is None and row["replied_at"] is None}
    if not silent:
        return
    waiting = await queries.waiting_since(connection, silent)
    rows = [
        {"id": row["id"], "asked_at": waiting[each], "channel": row["channel"] or channels[each]}
        for each, row in sorted(silent.items())
        if each in waiting
    ]
    if rows:
        await queries.ASK.execute(connection, rows)


async def unanswered(connection: AsyncConnection, contact_ids: Collection[str]) -> dict[str, datetime]:
    """Since when those contacts wait in periods under way in which nobody of ours has said anything."""
    found = await queries.under_way(connection, contact_ids)
    return {
        each: row["asked_at"]
        for each, row in found.items()
        if row["asked_at"] is not None and row["replied_at"] is None
    }


async def replied(connection: AsyncConnection, replies: Mapping[str, Reply]) -> None:
    """Note what people of ours said, by contact's id, where that is the first of a period.

    What was written before a conversation was resolved may go out when it is: it answers all the same.
    """
    silent = {
        each: row
        for each, row in (await queries.newest(connection, replies)).items()
        if row["replied_at"] is None and not _is_older(replies[each], row)
    }
    over = [replies[each].message_id for each, row in silent.items() if row["ended_at"] is not None]
    written = await queries.written_at(connection, over) if over else {}
    rows = [
        {
            "id": row["id"],
            "replied_at": replies[each].at,
            "replied_by": replies[each].user_id or None,
            "answered_after": None if row["asked_at"] is None else _seconds(row["asked_at"], replies[each].at),
            "channel": row["channel"] or replies[each].channel,
        }
        for each, row in sorted(silent.items())
        if row["ended_at"] is None or _is_within(written.get(replies[each].message_id), row["ended_at"])
    ]
    if rows:
        await queries.REPLY.execute(connection, rows)


async def end(
    connection: AsyncConnection, by: Mapping[str, str], assignees: Mapping[str, str], as_: EndedAs, now: datetime
) -> None:
    """End the periods of contacts.

    Args:
        connection: in a transaction that holds the contacts' locks.
        by: by contact's id who is logged in and says so; empty for nobody.
        assignees: by contact's id who has the conversation; nobody's are missing.
        as_: why.
        now: the moment.
    """
    found = await queries.under_way(connection, by)
    rows = [
        {
            "id": row["id"],
            "ended_at": now,
            "ended_as": as_.value,
            "resolved_by": by[each] or None,
            "user_id": assignees.get(each),
            "lasted": _seconds(row["opened_at"], now),
            "lasted_in_all": _seconds(row["began_at"], now),
        }
        for each, row in sorted(found.items())
    ]
    if rows:
        await queries.END.execute(connection, rows)


async def join(connection: AsyncConnection, kept_id: str, merged_id: str, user_id: str, now: datetime) -> str:
    """Let the period of who is merged be that of who is kept, or end where they have one; gives its id, or nothing.

    Args:
        connection: in a transaction that holds both contacts' locks.
        kept_id: who goes on.
        merged_id: who is merged.
        user_id: who has the merged one's conversation; empty for nobody.
        now: the moment.
    """
    found = await queries.under_way(connection, [kept_id, merged_id])
    if merged_id not in found:
        return ""
    if kept_id in found:
        await end(connection, {merged_id: ""}, {merged_id: user_id} if user_id else {}, EndedAs.MERGED, now)
    else:
        await queries.move(connection, found[merged_id]["id"], kept_id)
    return found[merged_id]["id"]


async def part(connection: AsyncConnection, period_id: str, merged_id: str) -> None:
    """Give a period back that `join` took from who is there again, unless it has ended otherwise since."""
    row = await queries.period(connection, period_id)
    if row is None or merged_id in await queries.under_way(connection, [merged_id]):
        return
    if row["ended_as"] == EndedAs.MERGED:
        # What had moved and ended with who was kept may be followed by another one of theirs.
        if row["contact_id"] == merged_id:
            await queries.revive(connection, [period_id])
    elif row["ended_at"] is None:
        await queries.move(connection, period_id, merged_id)


def _is_older(reply: Reply, row: PeriodRow) -> bool:
    """Whether it was said before the contact asked, and came to be known afterwards."""
    return row["asked_at"] is not None and reply.at < row["asked_at"] - _BEHIND


def _is_within(written_at: datetime | None, ended_at: datetime) -> bool:
    return written_at is not None and written_at <= ended_at


def _is_undone(last: PeriodRow, how: Opening, now: datetime) -> bool:
    ended_at = last["ended_at"]
    if not how.user_id or last["resolved_by"] != how.user_id or ended_at is None:
        return False
    return last["ended_as"] == EndedAs.RESOLVED and now - ended_at < _UNDONE_WITHIN


def _seconds(since: datetime, until: datetime) -> int:
    """Whole seconds; clocks that are set back make none of it negative."""
    return max(0, int((until - since).total_seconds()))
