"""How conversations stand: resolved, people's again, put off until later."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import Deed, difference, record_all
from bot.conversations import service as conversations
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.assigning import kept
from bot.inbox.holding import hold
from bot.inbox.kinds import ConversationStatus, EndedAs
from bot.inbox.opening import opened, resolved
from bot.inbox.periods.keeping import TAKEN, opened_again, unanswered
from bot.inbox.telling import tell_opened, tell_resolved
from bot.inbox.values import Code, Outcomes, Refusal
from bot.jobs import service as jobs

WAKE = "inbox_wake"
"""The job that opens what was put off until then."""
_BOTS = "bot"
"""How a conversation stands, for the audit, that no person ever had."""


async def resolve(
    connection: AsyncConnection,
    contact_ids: Collection[str],
    by: Actor,
    now: datetime,
    *,
    reopens_for: timedelta,
    as_: EndedAs = EndedAs.RESOLVED,
) -> Outcomes:
    """Let the bot have conversations again; what the contacts write within `reopens_for` is a person's all the same.

    NOT_OPEN is for those that no person ever had, GONE for a contact that is not there. `as_` tells reports why.
    """
    held = await hold(connection, contact_ids)
    known = await queries.conversations(connection, held.ids)
    refused = dict.fromkeys(held.ids.difference(known), Refusal(Code.NOT_OPEN))
    # Before it is heard that they are handed back, so that what is heard finds nothing to do.
    done = await resolved(connection, dict.fromkeys(known, by.user_id or ""), now, as_=as_)
    until = now + reopens_for if reopens_for else None
    await conversations.hand_back(connection, done, now, user_id=by.user_id or "", reopens_until=until)
    await tell_resolved(connection, dict.fromkeys(done, by.user_id or ""), now)
    changes = {each: (known[each]["status"], ConversationStatus.RESOLVED.value) for each in sorted(done)}
    await _record(connection, "resolve", "status", changes, by, now)
    return held.outcomes(done, frozenset(known).difference(done), refused)


async def reopen(connection: AsyncConnection, contact_ids: Collection[str], by: Actor, now: datetime) -> Outcomes:
    """Let people have conversations, the bot's among them, and see now what is snoozed; who had them has them again.

    GONE is for a contact that is not there.
    """
    held = await hold(connection, contact_ids)
    known = await queries.conversations(connection, held.ids)
    stood = {each: known[each]["status"] if each in known else _BOTS for each in sorted(held.ids)}
    closed = [each for each, status in stood.items() if status != ConversationStatus.OPEN]
    again = opened_again(by.user_id or "")
    new = await opened(connection, {each: again if each in known else TAKEN for each in closed}, now)
    await kept(connection, closed)
    bots = [each for each in closed if stood[each] != ConversationStatus.SNOOZED]
    # What was resolved a moment ago goes on as if it had not been: whoever nobody had answered waits as before.
    waiting = await unanswered(connection, bots)
    await conversations.take_over(connection, dict.fromkeys(bots), now, user_id=by.user_id or "", waiting=waiting)
    await tell_opened(connection, dict.fromkeys(new, by.user_id or ""), now)
    changes = {each: (stood[each], ConversationStatus.OPEN.value) for each in closed}
    await _record(connection, "reopen", "status", changes, by, now)
    return held.outcomes(closed, held.ids.difference(closed))


async def snooze(
    connection: AsyncConnection, contact_ids: Collection[str], until: datetime, by: Actor, now: datetime
) -> Outcomes:
    """Put conversations off until then, or until the contact writes.

    PAST is for a moment that is over, NOT_OPEN for those that the bot has, GONE for a contact that is not there.
    """
    if until <= now:
        return Outcomes(refused=dict.fromkeys(contact_ids, Refusal(Code.PAST)))
    held = await hold(connection, contact_ids)
    known = await queries.conversations(connection, held.ids)
    people = {each: row for each, row in known.items() if row["status"] != ConversationStatus.RESOLVED}
    refused = dict.fromkeys(held.ids.difference(people), Refusal(Code.NOT_OPEN))
    done = [each for each, row in sorted(people.items()) if row["snoozed_until"] != until]
    await queries.snooze(connection, done, until, now)
    if done:
        await jobs.schedule(connection, [jobs.NewJob(WAKE, new_id(), until, {"contacts": done})])
    hint(connection, Topic.INBOX, done)
    changes = {each: (people[each]["snoozed_until"], until) for each in done}
    await _record(connection, "snooze", "snoozed_until", changes, by, now)
    return held.outcomes(done, frozenset(people).difference(done), refused)


async def _record(
    connection: AsyncConnection,
    verb: str,
    what: str,
    changes: Mapping[str, tuple[object, object]],
    by: Actor,
    now: datetime,
) -> None:
    """Tell the audit what each conversation's `what` was, and is."""
    deeds = [
        Deed(by, f"conversation.{verb}", "conversation", each, difference({what: before}, {what: after}), now)
        for each, (before, after) in changes.items()
    ]
    await record_all(connection, deeds)
