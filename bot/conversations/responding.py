"""Who answers a contact: a person who takes the conversation over, and the bot that has it back."""

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from types import MappingProxyType
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations import queries
from bot.conversations.instances import instance_rows
from bot.conversations.state import ConversationState
from bot.conversations.takeover import taken_over
from bot.conversations.telling import tell_handed_back, tell_handed_off
from bot.core.events import TakenBy
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.engine.conversation import EndReason, Instance
from bot.messages import service as messages
from bot.messages.service import Overtaken

_NOTHING = Overtaken((), ())


class Takeover(NamedTuple):
    """What came of people taking conversations over.

    Attributes:
        taken: the contacts whom the bot left to them until then, or not for as long.
        overtaken: what became of the bot's messages.
    """

    taken: Collection[str]
    overtaken: Overtaken


async def take_over(
    connection: AsyncConnection,
    until: Mapping[str, datetime | None],
    now: datetime,
    *,
    by: TakenBy = TakenBy.USER,
    user_id: str = "",
    waiting: Mapping[str, datetime] = MappingProxyType({}),
) -> Takeover:
    """Let people have those contacts' conversations: the bot is silent towards them from the commit on.

    What the bot had queued for them fails as `taken_over`, but for what confirms an opt-out; what is on its way already
    goes out. Contacts that are gone are passed over, and takeovers that are over by now.

    Args:
        connection: in a transaction; the contacts are locked here, where they are not yet.
        until: for each contact until when; None for as long as nobody hands it back.
        now: the moment.
        by: who takes them.
        user_id: somebody who is logged in; empty for nobody.
        waiting: since when those wait for an answer, by the ids of who goes on; whoever is missing does not.
    """
    until = {contact_id: each for contact_id, each in until.items() if each is None or each > now}
    asked = await contacts.lock(connection, until)
    until = {asked[each].id: moment for each, moment in until.items() if each in asked}
    locked = {contact.id: contact for contact in asked.values()}
    states = {contact.id: ConversationState.of(contact) for contact in locked.values()}
    for contact_id, instance in (await queries.open_instances(connection, states, now)).items():
        states[contact_id].instance = instance
    changed, taken = list[str](), dict[str, Instance]()
    for contact_id, state in states.items():
        before = state.instance
        after = taken_over(before, until[contact_id], now)
        state.take_over(after)
        state.waiting_since = waiting.get(contact_id)
        if after is None:
            continue
        changed.append(contact_id)
        if before is None or not before.paused:
            taken[contact_id] = after
    instances = await instance_rows(connection, states.values(), now)
    if instances:
        await queries.UPSERT_INSTANCES.execute(connection, instances)
    overtaken = await write_responders(connection, states.values(), now)
    await tell_handed_off(connection, taken, by, now, user_id=user_id)
    return Takeover(changed, overtaken)


async def hand_back(
    connection: AsyncConnection,
    contact_ids: Iterable[str],
    now: datetime,
    *,
    user_id: str = "",
    reopens_until: datetime | None = None,
) -> Collection[str]:
    """Let the bot have those contacts' conversations again; returns which of them a person had.

    What the contacts write until `reopens_until` is a person's again.
    """
    return await _end(connection, contact_ids, EndReason.RESUMED, now, user_id, reopens_until)


async def restart(connection: AsyncConnection, contact_id: str, now: datetime) -> bool:
    """End whatever flow or hand-off a contact is in, so that the next message begins anew; returns whether one was."""
    return bool(await _end(connection, [contact_id], EndReason.RESTARTED, now))


async def _end(
    connection: AsyncConnection,
    contact_ids: Iterable[str],
    reason: EndReason,
    now: datetime,
    user_id: str = "",
    reopens_until: datetime | None = None,
) -> Collection[str]:
    # Under the contacts' locks, so that no turn is reading the instance that ends here.
    locked = {contact.id: contact for contact in (await contacts.lock(connection, contact_ids)).values()}
    before = await queries.open_instances(connection, locked, now)
    ended = await queries.end_instances(connection, locked, reason, now, paused=reason is EndReason.RESUMED)
    states = [ConversationState.of(contact) for contact in locked.values()]
    for state in states:
        state.hand_back(reopens_until)
    await write_responders(connection, states, now)
    paused = [each for each in ended if before[each].paused]
    await tell_handed_back(connection, paused, reason, now, user_id=user_id)
    return ended


async def write_responders(
    connection: AsyncConnection, states: Iterable[ConversationState], now: datetime
) -> Overtaken:
    """Write who answers the contacts by now, where that has changed, and put up the fence where a person took over."""
    changed = [(state, row) for state in states if (row := state.responder_row(now)) is not None]
    if not changed:
        return _NOTHING
    await contacts.UPDATE_RESPONDERS.execute(connection, [row for _state, row in changed])
    hint(connection, Topic.CONTACTS, [state.contact.id for state, _row in changed])
    overtaken = [state.contact.id for state, _row in changed if state.epoch != state.contact.epoch]
    return await messages.fail_overtaken(connection, overtaken, now) if overtaken else _NOTHING
