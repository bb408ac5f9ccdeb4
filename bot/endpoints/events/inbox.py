"""What is told of the inbox: conversations that open, change hands and are resolved, and what the team notes."""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.inbox_events import (
    ConversationAssigned,
    ConversationOpened,
    ConversationResolved,
    NoteChange,
    NoteChanged,
)
from bot.endpoints.events.writing import Happening
from bot.endpoints.inbox_payloads import (
    AssignmentPayload,
    ConversationPayload,
    TeamNotePayload,
    UserPayload,
    conversation_payloads,
    note_payload,
)
from bot.endpoints.kinds import EventKind
from bot.endpoints.payloads import ContactPayload, Payload, contact_payloads
from bot.inbox.service import ConversationStatus, NoteCard, notes_of_team
from bot.users.service import names_of

_PEOPLES = (ConversationStatus.OPEN, ConversationStatus.SNOOZED)
_Stood = ConversationOpened | ConversationAssigned | ConversationResolved
KINDS: Mapping[type, EventKind] = {
    ConversationOpened: EventKind.CONVERSATION_OPENED,
    ConversationAssigned: EventKind.CONVERSATION_ASSIGNED,
    ConversationResolved: EventKind.CONVERSATION_RESOLVED,
    NoteChanged: EventKind.CONVERSATION_NOTE,
}
"""As what each is told."""


async def conversations(connection: AsyncConnection, values: Sequence[_Stood]) -> list[Happening]:
    """Conversations that open, change hands or are resolved."""
    ids = sorted({each.contact_id for each in values})
    contacts = await contact_payloads(connection, ids)
    found = await conversation_payloads(connection, ids, values[-1].at)
    names = await names_of(connection, {each for value in values for each in _people_of(value)} - {""})
    return [
        Happening(KINDS[type(each)], each.contact_id, each.at, _told(each, found[each.contact_id], contacts, names))
        for each in values
        if each.contact_id in contacts and each.contact_id in found
    ]


def _told(
    value: _Stood,
    conversation: ConversationPayload,
    contacts: Mapping[str, ContactPayload],
    names: Mapping[str, str],
) -> Mapping[str, Payload]:
    contact = contacts[value.contact_id]
    if not isinstance(value, ConversationAssigned):
        return {"conversation": _as_told(conversation, value), "contact": contact}
    assignee, instead_of, by = (UserPayload.known(each, names.get(each, "")) for each in _people_of(value))
    assignment = AssignmentPayload(
        contact_id=value.contact_id, assignee=assignee, instead_of=instead_of, by=by, at=value.at
    )
    as_told = conversation.model_copy(update={"assignee": assignee})
    return {"assignment": assignment, "conversation": as_told, "contact": contact}


def _as_told(
    conversation: ConversationPayload, value: ConversationOpened | ConversationResolved
) -> ConversationPayload:
    """As it stood when it was told: what is told late may be another one's by now."""
    is_peoples = isinstance(value, ConversationOpened)
    if is_peoples and conversation.status in _PEOPLES:
        return conversation
    return conversation.model_copy(
        update={
            "status": ConversationStatus.OPEN if is_peoples else ConversationStatus.RESOLVED,
            "snoozed_until": None,
            "resolved_at": None if is_peoples else value.at,
            "resolved_by": None if is_peoples else value.user_id or None,
        }
    )


def _people_of(value: _Stood) -> tuple[str, ...]:
    return (value.user_id, value.instead_of, value.by) if isinstance(value, ConversationAssigned) else ()


async def notes(connection: AsyncConnection, values: Sequence[NoteChanged]) -> list[Happening]:
    """Notes of the team's that were written, written anew or deleted."""
    contacts = await contact_payloads(connection, (each.contact_id for each in values))
    cards = await notes_of_team(connection, {each.note_id for each in values})
    names = await names_of(connection, {each.user_id for each in values})
    happenings = []
    for each in values:
        note = _note(each, cards.get(each.note_id), names)
        if note is not None and each.contact_id in contacts:
            told = {"note": note, "contact": contacts[each.contact_id]}
            happenings.append(Happening(KINDS[type(each)], each.contact_id, each.at, told))
    return happenings


def _note(value: NoteChanged, card: NoteCard | None, names: Mapping[str, str]) -> TeamNotePayload | None:
    """None for what was written and is gone by now."""
    if value.change is not NoteChange.DELETED:
        return None if card is None else note_payload(card, value.change, value.at)
    return TeamNotePayload(
        id=value.note_id,
        contact_id=value.contact_id,
        change=value.change,
        author=UserPayload.known(value.user_id, names.get(value.user_id, "")),
        content=None,
        mentions=[],
        at=value.at,
    )
