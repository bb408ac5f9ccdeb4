"""Hearing what happens in the conversation, and making events of it for those who ask for them.

Where nobody does it costs one look at a table of a few rows; else a few statements a batch, however much it tells. What
is told is complete, as it is at that moment, so that nobody has to ask for the rest.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import (
    ConsentChanged,
    ContactCreated,
    ContactsMerged,
    ContactUpdated,
    HandedBack,
    HandedOff,
    MergeUndone,
    StatusChanged,
    TurnCompleted,
)
from bot.core.inbox_events import ConversationAssigned, ConversationOpened, ConversationResolved, NoteChanged
from bot.endpoints.events import inbox, queries
from bot.endpoints.events.writing import Happening, write
from bot.endpoints.kinds import EventKind
from bot.endpoints.payloads import (
    ConsentPayload,
    HandoffPayload,
    MergePayload,
    MessagePayload,
    contact_payloads,
    message_payloads,
)
from bot.listeners.service import Hear, Listener, Listeners
from bot.messages.service import MessageState


async def _messages(connection: AsyncConnection, values: Sequence[TurnCompleted | StatusChanged]) -> list[Happening]:
    contacts = await contact_payloads(connection, (each.contact_id for each in values))
    messages = await message_payloads(connection, (each.message_id for each in values))
    return [
        Happening(
            _kind(each),
            each.contact_id,
            each.at,
            {"message": _as_told(messages[each.message_id], each), "contact": contacts[each.contact_id]},
        )
        for each in values
        if each.contact_id in contacts and each.message_id in messages
    ]


def _as_told(message: MessagePayload, value: TurnCompleted | StatusChanged) -> MessagePayload:
    """As it stood when it was told: what is told late may have come further."""
    if isinstance(value, TurnCompleted):
        return message
    error = {} if value.error else {"error": None, "error_reason": None}
    return message.model_copy(update={"status": MessageState(value.after), **error})


async def _contacts(connection: AsyncConnection, values: Sequence[ContactCreated | ContactUpdated]) -> list[Happening]:
    contacts = await contact_payloads(connection, (each.contact_id for each in values))
    return [
        Happening(_kind(each), each.contact_id, each.at, {"contact": contacts[each.contact_id]})
        for each in values
        if each.contact_id in contacts
    ]


async def _consents(connection: AsyncConnection, values: Sequence[ConsentChanged]) -> list[Happening]:
    addresses = await queries.addresses(connection, (each.address_id for each in values))
    contacts = await contact_payloads(connection, (each.contact_id for each in addresses.values()))
    happenings = []
    for each in values:
        address = addresses.get(each.address_id)
        if address is None or address.contact_id not in contacts:
            continue
        consent = ConsentPayload(
            contact_id=address.contact_id,
            address_kind=address.kind,
            address=address.value,
            channel=each.channel,
            purpose=each.purpose,
            opted_in=each.opted_in,
            reason=each.reason,
            said_at=each.said_at,
            changed_at=each.at,
        )
        told = {"consent": consent, "contact": contacts[address.contact_id]}
        happenings.append(Happening(_kind(each), address.contact_id, each.at, told))
    return happenings


async def _handoffs(connection: AsyncConnection, values: Sequence[HandedOff | HandedBack]) -> list[Happening]:
    contacts = await contact_payloads(connection, (each.contact_id for each in values))
    return [
        Happening(
            _kind(each), each.contact_id, each.at, {"handoff": _handoff(each), "contact": contacts[each.contact_id]}
        )
        for each in values
        if each.contact_id in contacts
    ]


def _handoff(value: HandedOff | HandedBack) -> HandoffPayload:
    user_id = value.user_id or None
    if isinstance(value, HandedOff):
        return HandoffPayload(
            contact_id=value.contact_id, by=value.by, reason=None, user_id=user_id, until=value.until, at=value.at
        )
    return HandoffPayload(
        contact_id=value.contact_id, by=None, reason=value.reason, user_id=user_id, until=None, at=value.at
    )


async def _merges(connection: AsyncConnection, values: Sequence[ContactsMerged | MergeUndone]) -> list[Happening]:
    contacts = await contact_payloads(connection, (each.kept_id for each in values))
    return [
        Happening(_kind(each), each.kept_id, each.at, {"merge": _merge(each), "contact": contacts[each.kept_id]})
        for each in values
        if each.kept_id in contacts
    ]


def _merge(value: ContactsMerged | MergeUndone) -> MergePayload:
    return MergePayload(
        id=value.merge_id,
        kept_id=value.kept_id,
        merged_id=value.merged_id,
        user_id=value.user_id or None,
        at=value.at,
    )


_KINDS: Mapping[type, EventKind] = {
    TurnCompleted: EventKind.MESSAGE_RECEIVED,
    ConsentChanged: EventKind.CONSENT_CHANGED,
    HandedOff: EventKind.HANDOFF_BEGAN,
    HandedBack: EventKind.HANDOFF_ENDED,
    ContactCreated: EventKind.CONTACT_CREATED,
    ContactUpdated: EventKind.CONTACT_UPDATED,
    ContactsMerged: EventKind.CONTACT_MERGED,
    MergeUndone: EventKind.CONTACT_UNMERGED,
    **inbox.KINDS,
}


def _kind(value: object) -> EventKind:
    return EventKind(f"message.{value.after}") if isinstance(value, StatusChanged) else _KINDS[type(value)]


Describe = Callable[[AsyncConnection, Sequence[Any]], Awaitable[list[Happening]]]


def _listener(describe: Describe) -> Listener:
    async def wants(connection: AsyncConnection, values: Sequence[Any]) -> Hear | None:
        endpoints = await queries.listening(connection)
        wanted = {kind for _id, kinds in endpoints for kind in kinds}
        if not any(_kind(each) in wanted for each in values):
            return None

        async def hear(connection: AsyncConnection, values: Sequence[Any], now: datetime) -> None:
            asked = [each for each in values if _kind(each) in wanted]
            await write(connection, await describe(connection, asked), endpoints, now)

        return hear

    async def hear_late(connection: AsyncConnection, values: Sequence[Any], now: datetime) -> None:
        hear = await wants(connection, values)
        if hear is not None:
            await hear(connection, values, now)

    return Listener("endpoints", hear_late, wants)


LISTENERS: Listeners = {
    TurnCompleted: (_listener(_messages),),
    StatusChanged: (_listener(_messages),),
    ConsentChanged: (_listener(_consents),),
    HandedOff: (_listener(_handoffs),),
    HandedBack: (_listener(_handoffs),),
    ContactCreated: (_listener(_contacts),),
    ContactUpdated: (_listener(_contacts),),
    ContactsMerged: (_listener(_merges),),
    MergeUndone: (_listener(_merges),),
    ConversationOpened: (_listener(inbox.conversations),),
    ConversationAssigned: (_listener(inbox.conversations),),
    ConversationResolved: (_listener(inbox.conversations),),
    NoteChanged: (_listener(inbox.notes),),
}
"""What is heard, by kind of value."""
