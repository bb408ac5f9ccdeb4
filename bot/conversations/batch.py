"""A batch of inbound messages in one transaction: contacts locked, turns taken, everything written.

The turns are taken before the messages are inserted, and the unique index over (account, provider_message_id) says
afterwards whether one was there before: that is rare, and then the batch is rolled back and taken again without it.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.contacts.service import Sender
from bot.conversations import queries
from bot.conversations.notes import TurnNote
from bot.conversations.runner import Thread, inbound_row, instance_row, take_turn
from bot.core.messages import InboundMessage
from bot.engine.conversation import Instance
from bot.engine.definitions import Definitions
from bot.engine.state import decode_state
from bot.flows.service import Catalogue
from bot.messages import log as messages
from bot.messages.log import MessageRow

MessageKey = tuple[str, str]
"""(account, provider_message_id) of an inbound message."""


class DuplicatesError(Exception):
    """Some messages had been committed before; `keys` names them. Roll back and take the batch without them."""

    def __init__(self, keys: frozenset[MessageKey]) -> None:
        super().__init__(f"{len(keys)} messages had been committed before")
        self.keys = keys


@dataclass(frozen=True, slots=True)
class Taken:
    """What a batch came to.

    Attributes:
        queued: how many outbound messages were queued.
        turns: what became of each message.
    """

    queued: int = 0
    turns: tuple[TurnNote, ...] = ()

    def report(self) -> None:
        """Count and log the turns; to be called once they are committed."""
        for note in self.turns:
            note.report()


async def take(
    connection: AsyncConnection,
    catalogue: Catalogue,
    incoming: Sequence[InboundMessage],
    now: datetime,
    *,
    run_turns: bool = True,
) -> Taken:
    """Record `incoming` (distinct by key) and give each its turn, or leave the turns pending.

    Raises DuplicatesError and ContactsChangedError, after which the transaction has to be rolled back.
    """
    senders = [Sender(message.addresses, message.name) for message in incoming]
    by_address = await contacts.identify(connection, senders, now)
    threads = {contact.id: Thread.of(contact) for contact in by_address.values()}
    definitions = await _read(connection, catalogue, threads, now) if run_turns else None
    rows: list[MessageRow] = []
    for message in incoming:
        thread = threads[by_address[message.addresses[0]].id]
        thread.name = message.name or thread.name
        thread.last_inbound_at = now
        row = inbound_row(message, thread, now)
        rows.append(row)
        if definitions is not None and not thread.blocked:
            take_turn(definitions, thread, row, now)
        else:
            thread.blocked = True
    await _write_instances(connection, threads.values(), now)
    new = await messages.insert_inbound(connection, rows)
    if len(new) < len(rows):
        raise DuplicatesError(
            frozenset((row["account"], row["provider_message_id"]) for row in rows if row["id"] not in new)
        )
    return await _write_rest(connection, threads.values(), now)


async def take_pending(
    connection: AsyncConnection, catalogue: Catalogue, contact_ids: Iterable[str], now: datetime, limit: int
) -> Taken:
    """Give up to `limit` pending messages of those contacts their turns, each contact's in order."""
    locked = await contacts.lock(connection, contact_ids)
    threads = {contact.id: Thread.of(contact) for contact in locked.values()}
    definitions = await _read(connection, catalogue, threads, now)
    rows = await queries.pending_messages(connection, threads, limit)
    for row in rows:
        row["next_attempt_at"] = None
        take_turn(definitions, threads[row["contact_id"]], row, now)
    await _write_instances(connection, threads.values(), now)
    if rows:
        await queries.write_turns(connection, rows)
    return await _write_rest(connection, threads.values(), now)


async def _read(
    connection: AsyncConnection, catalogue: Catalogue, threads: Mapping[str, Thread], now: datetime
) -> Definitions:
    """Complete the threads with what the database knows of them, under their locks; returns the definitions to use."""
    for row in await queries.open_instances(connection, threads):
        threads[row.contact_id].instance = _instance(row)
    for contact_id in await queries.contacts_with_pending(connection, threads):
        threads[contact_id].blocked = True
    flows = {thread.instance.flow_id for thread in threads.values() if thread.instance is not None}
    definitions = await catalogue.with_flows(connection, flows)
    longest = max((trigger.cooldown for trigger in definitions.triggers), default=0)
    if longest:
        since = now - timedelta(seconds=longest)
        for contact_id, trigger_id, moment in await queries.recent_triggers(connection, threads, since):
            threads[contact_id].cooldowns[str(trigger_id)] = moment
    return definitions


async def _write_instances(connection: AsyncConnection, threads: Iterable[Thread], now: datetime) -> None:
    rows = [
        instance_row(instance, thread.contact.id, now) for thread in threads for instance in thread.instances.values()
    ]
    if rows:
        rows.sort(key=lambda row: row["ended_at"] is None)
        await queries.write_instances(connection, rows)


async def _write_rest(connection: AsyncConnection, threads: Iterable[Thread], now: datetime) -> Taken:
    threads = list(threads)
    outbound = [row for thread in threads for row in thread.outbound]
    if outbound:
        await messages.insert_outbound(connection, outbound)
    consents = [row for thread in threads for row in thread.consent_rows.values()]
    if consents:
        await contacts.write_consents(connection, sorted(consents, key=lambda row: (row["address_id"], row["channel"])))
    changes = [_contact_changes(thread, now) for thread in threads]
    if changes:
        await contacts.update_contacts(connection, changes)
    return Taken(len(outbound), tuple(note for thread in threads for note in thread.notes))


def _contact_changes(thread: Thread, now: datetime) -> dict[str, Any]:
    contact = thread.contact
    return {
        "id": contact.id,
        "seq": thread.seq,
        "name": thread.name or None,
        "phone": contact.phone or None,
        "email": contact.email or None,
        "fallback_at": thread.fallback_at,
        "last_inbound_at": thread.last_inbound_at,
        "opt_in": contact.opt_in if thread.opted_in is None else thread.opted_in,
        "updated_at": now,
    }


def _instance(row: Row[Any]) -> Instance:
    return Instance(
        id=row.id,
        flow_id=row.flow_id,
        step_key=row.current_step_key,
        state=decode_state(row.state_json),
        asked=row.asked,
        last_interaction_at=row.last_interaction_at,
        trigger_id=row.trigger_id or "",
        paused=row.paused,
        paused_until=row.paused_until,
    )
