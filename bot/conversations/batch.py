"""A batch of inbound messages in one transaction: contacts locked, turns taken, everything written.

The turns are taken before the messages are inserted, and the unique index over (account, provider_message_id) says
afterwards whether one was there before: that is rare, and then the batch is rolled back and taken again without it.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.rows import ContactChanges
from bot.contacts.service import LockedContact, Sender
from bot.conversations import queries
from bot.conversations.duplicate_mails import answered_once
from bot.conversations.echoes import queries as echo_queries
from bot.conversations.echoes import recording
from bot.conversations.echoes.recording import EchoKey
from bot.conversations.instances import instance_rows
from bot.conversations.merging.certain import hear_of_own
from bot.conversations.profiles import write_profiles
from bot.conversations.responding import write_responders
from bot.conversations.rounds import Rounds
from bot.conversations.runner import MAX_AGE, inbound_row, take_turn
from bot.conversations.state import ConversationState
from bot.conversations.system_words import said_in, words_meant
from bot.conversations.telling import tell_turns
from bot.conversations.turn_notes import EchoNote, TurnNote
from bot.core.addresses import Address, Channel
from bot.core.hints import Topic
from bot.core.messages import Echo, InboundMessage
from bot.db.bulk import Bulk, together
from bot.db.hub import hint
from bot.engine.actions import SystemWord
from bot.engine.definitions import Definitions
from bot.engine.text import compare_equal
from bot.flows.placeholder import NO_FLOW
from bot.flows.service import Catalogue
from bot.messages import service as messages
from bot.messages.body import choices_in
from bot.messages.media.models import MediaState
from bot.messages.media.service import INSERT_FILES, FileRow, FileVerdict, counted, file_rows
from bot.messages.records import MessageRow

_SHORT = 8
"""Characters of a message that may be the number of a choice: a digit on a key has three."""

InboundKey = tuple[str, str]
"""(account, provider_message_id) of an inbound message."""
Judgements = Mapping[InboundKey, Mapping[int, FileVerdict]]
"""What became of the files that came within posts, by message and position."""


class DuplicatesError(Exception):
    """Some messages had been committed before; `keys` names them. Roll back and take the batch without them."""

    def __init__(self, keys: frozenset[InboundKey]) -> None:
        super().__init__(f"{len(keys)} messages had been committed before")
        self.keys = keys


class HeldError(Exception):
    """Somebody else holds contacts; `contact_ids` names them. Go on without them, and try them later."""

    def __init__(self, contact_ids: frozenset[str]) -> None:
        super().__init__(f"somebody else holds {len(contact_ids)} contacts")
        self.contact_ids = contact_ids


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to.

    Attributes:
        queued: how many outbound messages were queued.
        turns: what became of each message, and who was written to from elsewhere.
        files: of each file that the messages bring, the account and its state.
    """

    queued: int = 0
    turns: tuple[TurnNote | EchoNote, ...] = ()
    files: tuple[tuple[str, MediaState], ...] = ()

    @property
    def files_wait(self) -> bool:
        """Whether there are files to fetch."""
        return any(state is MediaState.PENDING for _account, state in self.files)

    def report(self) -> None:
        """Count and log the turns; to be called once they are committed."""
        for note in self.turns:
            note.report()
        for account, state in self.files:
            if state is not MediaState.PENDING:
                counted(account.partition(":")[0], state).inc()


async def take(
    connection: AsyncConnection,
    catalogue: Catalogue,
    incoming: Sequence[InboundMessage | Echo],
    now: datetime,
    *,
    run_turns: bool = True,
    judged: Judgements = MappingProxyType({}),
    max_age: timedelta = MAX_AGE,
    apart: bool = False,
) -> Taken:
    """Record `incoming` (distinct by key and kind) and give each message its turn, or leave the turns pending.

    Raises DuplicatesError, ContactsChangedError and ActionFailedError, after which the transaction has to be rolled
    back; the last one not where turns that act are taken `apart`, of which there may be MAX_SAVEPOINTS. What became of
    files that came within posts is `judged`; the other ones are to be fetched. What was said longer ago than `max_age`
    is not answered.
    """
    senders = [_sender(each) for each in incoming]
    by_address = await contacts.identify(connection, senders, now)
    states = {contact.id: ConversationState.of(contact) for contact in by_address.values()}
    await hear_of_own(connection, _written_by(incoming, by_address), now)
    await messages.readdress(connection, (each for sender in senders for each in sender.moves), now)
    incoming = await answered_once(connection, incoming, by_address, now)
    seen = [each for each in incoming if isinstance(each, Echo)]
    definitions = (
        await read_situations(connection, catalogue, states, now) if run_turns or seen else catalogue.definitions
    )
    written = [each for each in incoming if isinstance(each, InboundMessage)] if run_turns else []
    if written and definitions.offers:
        await recall(connection, [(states[by_address[each.addresses[0]].id], each.text) for each in written])
    by_people: frozenset[EchoKey] = frozenset()
    before: Mapping[str, Row[Any]] = {}
    if seen:
        by_people = await recording.by_people(connection, seen, by_address, now)
        before = await echo_queries.before_echoes(connection, {by_address[each.to[0]].id for each in seen})
    rows: list[MessageRow] = []
    files: list[FileRow] = []
    meant: Mapping[int, SystemWord] = {}
    if written and catalogue.word_sources:
        told = [(id(each), each.text, states[by_address[each.addresses[0]].id]) for each in written]
        meant = await words_meant(connection, catalogue.word_sources, told, now)
    rounds = Rounds(connection, catalogue.actions, now, apart=apart)
    async for message in rounds.over(incoming, lambda each: by_address[_people(each)[0]].id):
        if isinstance(message, Echo):
            if (message.account, message.provider_message_id) in by_people:
                state = states[by_address[message.to[0]].id]
                recording.record(state, message, before[state.contact.id], definitions, now)
            continue
        state = states[by_address[message.addresses[0]].id]
        state.name = message.name or state.name
        row = inbound_row(message, state, now)
        said_at = row["sent_at"] or now
        state.last_inbound_at = max(said_at, state.last_inbound_at or said_at)
        state.last_inbound_id = row["id"]
        rows.append(row)
        if "media" in message.body:
            key = (message.account, message.provider_message_id)
            files += file_rows(row["id"], message, judged.get(key, {}), now)
        if run_turns and not state.blocked:
            rounds.hold(take_turn(definitions, state, row, now, max_age, meant.get(id(message))))
        else:
            state.blocked = True
    taken = await write(connection, states.values(), now, inbound=rows)
    if files:
        taken = await _write_files(connection, taken, rows, files)
    await tell_turns(connection, states, rows, now)
    return taken


async def take_pending(
    connection: AsyncConnection,
    catalogue: Catalogue,
    contact_ids: Iterable[str],
    now: datetime,
    limit: int,
    max_age: timedelta = MAX_AGE,
    *,
    apart: bool = False,
) -> Taken:
    """Give up to `limit` pending messages of those contacts their turns, each contact's in order; `apart` as in `take`.

    Raises ActionFailedError, and HeldError when somebody else holds some of the contacts.
    """
    locked, held = await contacts.try_lock(connection, contact_ids)
    if held:
        raise HeldError(held)
    states = {contact.id: ConversationState.of(contact) for contact in locked.values()}
    definitions = await read_situations(connection, catalogue, states, now)
    rows = await queries.pending_messages(connection, states, limit)
    if definitions.offers:
        await recall(connection, [(states[row["contact_id"]], row["content"]) for row in rows])
    meant: Mapping[int, SystemWord] = {}
    if catalogue.word_sources:
        told = [(id(row), said_in(row), states[row["contact_id"]]) for row in rows]
        meant = await words_meant(connection, catalogue.word_sources, told, now)
    rounds = Rounds(connection, catalogue.actions, now, apart=apart)
    async for row in rounds.over(rows, lambda each: str(each["contact_id"])):
        row["next_attempt_at"] = None
        rounds.hold(take_turn(definitions, states[row["contact_id"]], row, now, max_age, meant.get(id(row))))
    if rows:
        await queries.UPDATE_TURNS.execute(connection, rows)
    taken = await write(connection, states.values(), now)
    await tell_turns(connection, states, rows, now)
    return taken


def _written_by(
    incoming: Iterable[InboundMessage | Echo], by_address: Mapping[Address, LockedContact]
) -> Iterable[tuple[str, InboundMessage]]:
    """The messages of contacts, each with who wrote it."""
    return ((by_address[each.addresses[0]].id, each) for each in incoming if isinstance(each, InboundMessage))


def _sender(incoming: InboundMessage | Echo) -> Sender:
    """By what the contact is known whose conversation it belongs to."""
    if isinstance(incoming, Echo):
        return Sender(incoming.to)
    return Sender(incoming.addresses, incoming.name, incoming.former, incoming.locale)


def _people(incoming: InboundMessage | Echo) -> Sequence[Address]:
    """The addresses of whom it comes from, or goes to."""
    return incoming.to if isinstance(incoming, Echo) else incoming.addresses


async def read_situations(
    connection: AsyncConnection, catalogue: Catalogue, states: Mapping[str, ConversationState], now: datetime
) -> Definitions:
    """Complete the states with what the database knows of them, under their locks; returns the definitions to use."""
    longest = catalogue.definitions.triggers.longest_cooldown
    rows = await queries.situations(connection, states, now - longest)
    flows = {row.flow_id for row in rows} - {None, NO_FLOW}
    definitions = await catalogue.with_flows(connection, flows)
    if definitions.triggers.longest_cooldown > longest:
        # Somebody published in between, and more of the past counts now.
        rows = await queries.situations(connection, states, now - definitions.triggers.longest_cooldown)
    for row in rows:
        state = states[row.contact_id]
        if row.is_blocked:
            state.blocked = True
        elif row.instance_id is not None:
            state.instance = state.found = queries.instance_of(row)
        elif row.consent_address_id is not None:
            key = (row.consent_address_id, Channel(row.consent_channel))
            state.consents[key] = queries.agreed_of(row)
        elif row.recent_trigger_id is not None:
            state.cooldowns[row.recent_trigger_id] = row.recent_at
    await _read_cooldowns(connection, states, now - definitions.triggers.longest_cooldown)
    if definitions.reads_tags:
        for contact_id, tag in await contacts.tags_of_contacts(connection, states):
            states[contact_id].tags.add(tag)
    return definitions


async def _read_cooldowns(
    connection: AsyncConnection, states: Mapping[str, ConversationState], since: datetime
) -> None:
    """What triggers said a moment ago to those who were merged into these contacts."""
    merged = await contacts.merged(connection, [each for each, state in states.items() if state.contact.has_merged])
    for row in await queries.recent_triggers(connection, merged, since) if merged else ():
        cooldowns = states[merged[row.contact_id]].cooldowns
        known = cooldowns.get(row.recent_trigger_id, row.recent_at)
        cooldowns[row.recent_trigger_id] = max(known, row.recent_at)


async def recall(connection: AsyncConnection, said: Iterable[tuple[ConversationState, str]]) -> None:
    """Tell each state in which a number was said, and no flow runs, what was last offered there."""
    asking = {
        state.contact.id: state
        for state, text in said
        if len(text) <= _SHORT and compare_equal(text).isdecimal() and state.instance is None
    }
    if asking:
        for row in await queries.last_bodies(connection, asking):
            asking[row.contact_id].offered = choices_in(row.body or {})
    for contact_id, state in asking.items():
        if state.contact.has_merged:
            last = await queries.last_body_of(connection, await contacts.family(connection, contact_id))
            state.offered = choices_in(last or {})


async def write(
    connection: AsyncConnection,
    states: Collection[ConversationState],
    now: datetime,
    *,
    inbound: Sequence[MessageRow] = (),
    insert: Bulk = messages.INSERT_MESSAGES,
) -> Taken:
    """Write what the turns came to; raises DuplicatesError when a message of `inbound` was there before."""
    instances = await instance_rows(connection, states, now)
    consents = [row for state in states for row in state.consent_rows.values()]
    consents.sort(key=lambda row: (row["address_id"], row["channel"]))
    consent_changes = [each for state in states for each in state.consent_changes]
    outbound = [row for state in states for row in state.outbound]
    written = await together(
        connection,
        (queries.UPSERT_INSTANCES, instances),
        (contacts.UPSERT_CONSENTS, consents),
        (contacts.INSERT_CONSENT_CHANGES, [contacts.change_row(each) for each in consent_changes]),
        (contacts.UPDATE_CONTACTS, [_contact_changes(state, now) for state in states]),
        (insert, [*inbound, *outbound]),
    )
    new = {row.id for row in written}
    repeats = [row for row in inbound if row["id"] not in new]
    if repeats:
        raise DuplicatesError(frozenset((row["account"], row["provider_message_id"] or "") for row in repeats))
    hint(connection, Topic.MESSAGES, (state.contact.id for state in states))
    renamed = [state.contact.id for state in states if state.name != state.contact.name]
    if renamed:
        await contacts.changed(connection, renamed, now)
    await write_responders(connection, states, now)
    await write_profiles(connection, states, now)
    made = [state.contact.id for state in states if state.contact.is_new]
    better = [state.contact.id for state in states if state.is_known_better and not state.contact.is_new]
    if made or better:
        await contacts.tell_contacts(connection, made, better, now)
    return Taken(
        sum(row["status"] == "queued" for row in outbound), tuple(note for state in states for note in state.notes)
    )


async def _write_files(
    connection: AsyncConnection, taken: Taken, inbound: Sequence[MessageRow], files: Sequence[FileRow]
) -> Taken:
    """Write the rows of files, in a statement of its own: their messages may turn out to be repeats."""
    await INSERT_FILES.execute(connection, files)
    accounts = {row["id"]: row["account"] for row in inbound}
    states = ((accounts[each["message_id"]], MediaState(each["state"])) for each in files)
    return replace(taken, files=tuple(states))


def _contact_changes(state: ConversationState, now: datetime) -> ContactChanges:
    contact = state.contact
    return {
        "id": contact.id,
        "seq": state.seq,
        "name": state.name or None,
        "phone": contact.phone or None,
        "email": contact.email or None,
        "fallback_at": state.fallback_at,
        "recent_answers": state.recent_answers or None,
        "last_inbound_at": state.last_inbound_at,
        "opt_in": contact.opt_in if state.opted_in is None else state.opted_in,
        "updated_at": now,
    }
