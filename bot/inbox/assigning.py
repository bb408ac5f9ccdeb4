"""Who of ours has a conversation."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import Deed, difference, record_all
from bot.conversations import service as conversations
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.inbox_events import ConversationAssigned
from bot.core.permissions import Permission
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.holding import hold
from bot.inbox.opening import opened
from bot.inbox.periods.keeping import TAKEN
from bot.inbox.queries import AssignmentRow
from bot.inbox.telling import tell_opened
from bot.inbox.values import Code, Outcomes, Refusal
from bot.listeners.service import tell
from bot.users import service as users


async def assign(
    connection: AsyncConnection,
    contact_ids: Collection[str],
    user_id: str,
    by: Actor,
    now: datetime,
    *,
    instead_of: str | Mapping[str, str] = "",
) -> Outcomes:
    """Let somebody have conversations, the bot's among them: it is silent from the commit on.

    Of two who do so at once one wins, and the other is refused with HELD and who it is. NO_USER is for somebody who may
    not answer, GONE for a contact that is not there.

    Args:
        connection: in a transaction; the contacts are locked here.
        contact_ids: whose.
        user_id: who is to have them.
        by: who says so.
        now: the moment.
        instead_of: from whom they may be taken, all of them or each by the id that was asked for; empty for nobody.
    """
    held = await hold(connection, contact_ids)
    able = await users.hold_able(connection, [user_id], Permission.MESSAGES_SEND)
    if user_id not in able:
        return held.outcomes(refused=dict.fromkeys(held.ids, Refusal(Code.NO_USER)))
    had = await queries.assignees_of_open(connection, held.ids)
    names = {**await users.names_of(connection, set(had.values())), **able}
    may_be = dict.fromkeys(held.whose, instead_of) if isinstance(instead_of, str) else instead_of
    seen = {whose: may_be.get(each, "") for each, whose in held.whose.items()}
    others = {each: who for each, who in had.items() if who not in (user_id, seen[each])}
    refused = {each: Refusal(Code.HELD, who, names[who]) for each, who in others.items()}
    already = {each for each, who in had.items() if who == user_id}
    free = sorted(held.ids.difference(refused, already))
    # Before it is heard that people have them, so that what is heard finds nothing to do.
    new = await opened(connection, dict.fromkeys(free, TAKEN), now)
    await _write(connection, dict.fromkeys(free, user_id), by.user_id, now)
    await conversations.take_over(connection, dict.fromkeys(free), now, user_id=user_id)
    await tell_opened(connection, dict.fromkeys(new, by.user_id or ""), now)
    await _tell(connection, dict.fromkeys(free, user_id), had, by, now)
    before = {each: names[who] for each, who in had.items()}
    await record_all(connection, [_deed("assign", each, before.get(each), able[user_id], by, now) for each in free])
    return held.outcomes(free, already, refused)


async def unassign(
    connection: AsyncConnection, contact_ids: Collection[str], by: Actor, now: datetime, *, user_id: str
) -> Outcomes:
    """Let `user_id` have conversations no longer, and nobody else instead; people's they stay.

    HELD is for those that somebody else has by now, GONE for a contact that is not there.
    """
    held = await hold(connection, contact_ids)
    had = await queries.assignees_of_open(connection, held.ids)
    names = await users.names_of(connection, set(had.values()))
    refused = {each: Refusal(Code.HELD, who, names[who]) for each, who in had.items() if who != user_id}
    free = sorted(set(had).difference(refused))
    await queries.delete_assignments(connection, free)
    hint(connection, Topic.INBOX, free)
    await _tell(connection, dict.fromkeys(free, ""), had, by, now)
    await record_all(connection, [_deed("unassign", each, names[user_id], None, by, now) for each in free])
    return held.outcomes(free, held.ids.difference(had), refused)


async def assignees(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, tuple[str, str]]:
    """Who has those conversations, by contact's id: their id and name; nobody's are missing, and the bot's."""
    had = await queries.assignees_of_open(connection, contact_ids)
    names = await users.names_of(connection, set(had.values())) if had else {}
    return {each: (user_id, names[user_id]) for each, user_id in had.items()}


async def give_back(
    connection: AsyncConnection, to: Mapping[str, str], by: Actor, now: datetime, *, user_id: str
) -> Outcomes:
    """Let those have conversations again who had them before `user_id`; as `assign` and `unassign`.

    Args:
        connection: in a transaction; the contacts are locked here.
        to: who had each; empty for nobody.
        by: who says so.
        now: the moment.
        user_id: who has them by now.
    """
    # All at once, so that two who do so never wait for each other.
    await hold(connection, to)
    found = Outcomes()
    for before in sorted(set(to.values())):
        ids = [each for each, who in to.items() if who == before]
        found += (
            await assign(connection, ids, before, by, now, instead_of=user_id)
            if before
            else await unassign(connection, ids, by, now, user_id=user_id)
        )
    return found


async def given(connection: AsyncConnection, opened_: Iterable[str], to: Mapping[str, str], now: datetime) -> None:
    """Let who took conversations have those that became people's just now, and nobody those that nobody took.

    Nobody has those of who may not answer any more.
    """
    ids = frozenset(opened_)
    able = await users.hold_able(connection, set(to.values()), Permission.MESSAGES_SEND) if to else {}
    due = {each: to[each] for each in sorted(ids.intersection(to)) if to[each] in able}
    await queries.delete_assignments(connection, ids.difference(due))
    await _write(connection, due, None, now)
    values = [
        ConversationAssigned(contact_id=each, user_id=user_id, instead_of="", by=user_id, at=now)
        for each, user_id in due.items()
    ]
    await tell(connection, values, now)


async def kept(connection: AsyncConnection, contact_ids: Iterable[str]) -> None:
    """Let who had conversations until they were resolved have them again, but for who may not answer any more."""
    had = await queries.assignees_of_open(connection, contact_ids)
    able = await users.hold_able(connection, set(had.values()), Permission.MESSAGES_SEND) if had else {}
    await queries.delete_assignments(connection, [each for each, who in had.items() if who not in able])


async def _write(connection: AsyncConnection, to: Mapping[str, str], assigned_by: str | None, now: datetime) -> None:
    if to:
        rows: list[AssignmentRow] = [
            {"contact_id": each, "user_id": user_id, "assigned_by": assigned_by, "created_at": now}
            for each, user_id in sorted(to.items())
        ]
        await queries.write_assignments(connection, rows)
        hint(connection, Topic.INBOX, to)


async def _tell(
    connection: AsyncConnection, to: Mapping[str, str], had: Mapping[str, str], by: Actor, now: datetime
) -> None:
    values = [
        ConversationAssigned(
            contact_id=each, user_id=user_id, instead_of=had.get(each, ""), by=by.user_id or "", at=now
        )
        for each, user_id in to.items()
    ]
    await tell(connection, values, now)


def _deed(verb: str, contact_id: str, before: str | None, after: str | None, by: Actor, now: datetime) -> Deed:
    """For the audit who had it and who has it, by their names, as it tells who did so."""
    detail = difference({"assignee": before}, {"assignee": after})
    return Deed(by, f"conversation.{verb}", "conversation", contact_id, detail, now)
