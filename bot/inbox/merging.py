"""Conversations of contacts who turned out to be one person, and of one who is two again.

The merged one's conversation leaves the lists; where a person has it, they have that of who is kept from now on, unless
somebody else has that already. Notes and drafts stay where they are, and are read over the family. What changed is
written down beside what else moved, and comes back as it was, but for what somebody has done since.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import Responder
from bot.core.events import ContactsMerged, MergeUndone
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.kinds import ConversationStatus, EndedAs
from bot.inbox.labels import queries as labels
from bot.inbox.left import PART, InboxMove, LeftAssignment, LeftConversation, Side
from bot.inbox.notes import queries as notes
from bot.inbox.opening import opened, resolved
from bot.inbox.own import queries as own
from bot.inbox.periods import keeping as periods
from bot.inbox.queries import AssignmentRow
from bot.inbox.standing import WAKE
from bot.inbox.telling import tell_difference
from bot.jobs import service as jobs
from bot.users import service as users


async def merged(connection: AsyncConnection, values: Sequence[ContactsMerged], now: datetime) -> None:
    """Take the conversations of who was merged out of the lists."""
    for each in values:
        both = await _sides(connection, [each.kept_id, each.merged_id])
        before, left = both[each.kept_id], both[each.merged_id]
        await queries.delete_conversations(connection, [each.merged_id])
        await queries.delete_assignments(connection, [each.merged_id])
        user_id = left.assignment.user_id if left.assignment and _is_peoples(left) else ""
        period_id = await periods.join(connection, each.kept_id, each.merged_id, user_id, now)
        new = await _stand(connection, [each.kept_id], now)
        await _join(connection, each.kept_id, before, left)
        given = await _give_labels(connection, each.kept_id, each.merged_id, now)
        kin = await contacts.family(connection, each.kept_id)
        await notes.mention_beside(connection, each.merged_id, each.kept_id, kin)
        after = (await _sides(connection, [each.kept_id]))[each.kept_id]
        moved = InboxMove(left, before, after, given, period_id)
        await contacts.note_moved(connection, each.merge_id, PART, moved)
        await tell_difference(connection, each.kept_id, _whose(before), _whose(after), each.user_id, now)
        hint(connection, Topic.INBOX, {each.kept_id, each.merged_id} | new)


async def undone(connection: AsyncConnection, values: Sequence[MergeUndone], now: datetime) -> None:
    """Bring the conversations back of who is there again, and let that of who was kept be as it was."""
    for each in values:
        moved = await contacts.noted(connection, each.merge_id, PART, InboxMove) or InboxMove()
        present = (await _sides(connection, [each.kept_id]))[each.kept_id]
        people = await _people(connection, (moved.merged, moved.before, present))
        if moved.period_id:
            await periods.part(connection, moved.period_id, each.merged_id)
        await _restore(connection, each.merged_id, _due(moved.merged, now), people)
        await _stand(connection, [each.kept_id, each.merged_id], now)
        await _restore(connection, each.kept_id, await _as_before(connection, each.kept_id, moved, present), people)
        for label_id in moved.labels:
            await labels.take(connection, [each.kept_id], label_id)
        kin = await contacts.family(connection, each.merged_id)
        await notes.mention_beside(connection, each.kept_id, each.merged_id, kin)
        both = await _sides(connection, [each.kept_id, each.merged_id])
        was = {each.kept_id: _whose(present), each.merged_id: None}
        for contact_id, side in both.items():
            await tell_difference(connection, contact_id, was[contact_id], _whose(side), each.user_id, now)
        done = await contacts.find_merge(connection, each.merge_id)
        if done is not None:
            await own.read_where_it_went(connection, each.kept_id, each.merged_id, done.at, now)
        hint(connection, Topic.INBOX, [each.kept_id, each.merged_id])


async def _sides(connection: AsyncConnection, contact_ids: Sequence[str]) -> Mapping[str, Side]:
    rows = await queries.conversations(connection, contact_ids)
    had = await queries.assignments(connection, contact_ids)
    return {
        each: Side(
            LeftConversation(**rows[each]) if each in rows else None,
            LeftAssignment(**had[each]) if each in had else None,
        )
        for each in contact_ids
    }


async def _join(connection: AsyncConnection, kept_id: str, before: Side, left: Side) -> None:
    """Let the conversation that goes on stand as the two stood."""
    row = (await queries.conversations(connection, [kept_id])).get(kept_id)
    if row is None or row["status"] == ConversationStatus.RESOLVED:
        return
    peoples = [each.conversation for each in (before, left) if _is_peoples(each)]
    until = min((each.snoozed_until for each in peoples if each and each.snoozed_until), default=None)
    if until is not None and all(each and each.snoozed_until for each in peoples):
        row |= {"status": ConversationStatus.SNOOZED.value, "snoozed_until": until}
        await jobs.schedule(connection, [jobs.NewJob(WAKE, new_id(), until, {"contacts": [kept_id]})])
    if not _is_peoples(before):
        # What the bot had answered until now waits for nobody.
        row["opened_seq"] += 1
    last = left.conversation
    if last is not None and _is_peoples(left) and (not _is_peoples(before) or last.last_at > row["last_at"]):
        row |= {"last_at": max(last.last_at, row["last_at"]), "channel": last.channel or row["channel"]}
    await queries.WRITE_CONVERSATIONS.execute(connection, [row])
    if not (_is_peoples(before) and before.assignment):
        await queries.delete_assignments(connection, [kept_id])
        if _is_peoples(left) and left.assignment:
            theirs = replace(left.assignment, contact_id=kept_id)
            await queries.write_assignments(connection, [_row(theirs)])


def _is_peoples(side: Side) -> bool:
    return side.conversation is not None and side.conversation.status != ConversationStatus.RESOLVED


def _whose(side: Side) -> str | None:
    """Who has a conversation; empty for nobody, None where it is the bot's."""
    if not _is_peoples(side):
        return None
    return side.assignment.user_id if side.assignment else ""


async def _give_labels(connection: AsyncConnection, kept_id: str, merged_id: str, now: datetime) -> Sequence[str]:
    """Give a conversation the labels that only the other one has; returns their ids."""
    new = await labels.only_of(connection, merged_id, kept_id)
    rows = [{"contact_id": kept_id, "label_id": each, "created_at": now} for each in new]
    await labels.GIVE.execute(connection, rows)
    return new


def _due(side: Side, now: datetime) -> Side:
    """What was put off until a moment that has come since is open."""
    row = side.conversation
    if row is None or row.snoozed_until is None or row.snoozed_until > now:
        return side
    return replace(side, conversation=replace(row, status=ConversationStatus.OPEN.value, snoozed_until=None))


async def _as_before(connection: AsyncConnection, kept_id: str, moved: InboxMove, present: Side) -> Side:
    """What who was kept is to have: as before, where nobody has done anything with it since; else as it stands."""
    row = (await _sides(connection, [kept_id]))[kept_id].conversation
    was, after, until_now = moved.before.conversation, moved.after.conversation, present.conversation
    # Whose it is by now follows from who answers the contact.
    if _opening(until_now) == _opening(after) and _is_peoples(moved.before) == _is_peoples(Side(row)):
        row = was if was is None or until_now is None or after is None else _said_since(was, after, until_now)
    had, gave = present.assignment, moved.after.assignment
    is_as_given = (had and had.user_id) == (gave and gave.user_id)
    return Side(row, moved.before.assignment if is_as_given or row is None else had)


def _opening(row: LeftConversation | None) -> tuple[str, datetime] | None:
    """What is another once somebody resolves a conversation, opens it or puts it off."""
    return None if row is None else (row.status, row.opened_at)


def _said_since(was: LeftConversation, after: LeftConversation, until_now: LeftConversation) -> LeftConversation:
    if until_now.last_at == after.last_at:
        return was
    return replace(was, last_at=until_now.last_at, channel=until_now.channel)


async def _people(connection: AsyncConnection, sides: Iterable[Side]) -> Mapping[str, str]:
    """Which of those who had to do with conversations are still there, by id."""
    ids = set[str | None]()
    for each in sides:
        if each.assignment is not None:
            ids |= {each.assignment.user_id, each.assignment.assigned_by}
        if each.conversation is not None:
            ids.add(each.conversation.resolved_by)
    return await users.names_of(connection, {each for each in ids if each})


async def _restore(connection: AsyncConnection, contact_id: str, side: Side, people: Mapping[str, str]) -> None:
    await queries.delete_conversations(connection, [contact_id])
    await queries.delete_assignments(connection, [contact_id])
    row, had = side.conversation, side.assignment
    if row is not None:
        by = row.resolved_by if row.resolved_by in people else None
        await queries.WRITE_CONVERSATIONS.execute(connection, [asdict(replace(row, resolved_by=by))])
    if had is not None and had.user_id in people:
        by = had.assigned_by if had.assigned_by in people else None
        await queries.write_assignments(connection, [_row(replace(had, assigned_by=by))])


async def _stand(connection: AsyncConnection, contact_ids: Sequence[str], now: datetime) -> frozenset[str]:
    """Let conversations be people's or the bot's as their contacts are; returns which became people's."""
    found = await contacts.lock(connection, contact_ids)
    humans = [each for each, contact in found.items() if contact.responder == Responder.HUMAN]
    bots = {each: "" for each in found if each not in humans}
    await resolved(connection, bots, now, as_=EndedAs.MERGED)
    known = await queries.conversations(connection, humans)
    snoozed = {each for each, row in known.items() if row["status"] == ConversationStatus.SNOOZED}
    awake = [each for each in humans if each not in snoozed]
    return await opened(connection, dict.fromkeys(awake, periods.MERGED), now)


def _row(had: LeftAssignment) -> AssignmentRow:
    return {
        "contact_id": had.contact_id,
        "user_id": had.user_id,
        "assigned_by": had.assigned_by,
        "created_at": had.created_at,
    }
