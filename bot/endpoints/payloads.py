"""How we speak of contacts and messages to other programs: in events and in answers of the API alike.

What is not known is null. Moments are RFC 3339 in UTC, with Z. No field is taken away or renamed; new ones may come.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.service import ContactCard, Responder, cards, kept, tags_of_contacts
from bot.core.email import from_body
from bot.core.events import TakenBy
from bot.core.messages import Location
from bot.core.purposes import ConsentPurpose, Purpose
from bot.messages.body import choices_in, location_in
from bot.messages.media.service import FileView, entries, files_of, told
from bot.messages.models import Direction
from bot.messages.records import MessageView
from bot.messages.service import MessageState, messages_of, state_of


class Payload(BaseModel):
    """What is told; it never changes."""

    model_config = ConfigDict(frozen=True)


class ContactPayload(Payload):
    """A person."""

    id: str
    name: str | None
    phone: str | None = Field(description="Their primary number, as E.164.")
    email: str | None
    locale: str | None = Field(description="Their language, such as `pt-BR`.")
    timezone: str | None = Field(description="By the tz database's name, such as `America/Sao_Paulo`.")
    attributes: dict[str, str | bool | int | float] = Field(description="What else is known of them.")
    tags: list[str]
    responder: Responder = Field(description="Who answers them.")
    waiting_since: datetime | None = Field(description="Since when they wait for a person; null: they do not.")
    created_at: datetime
    last_inbound_at: datetime | None = Field(description="When they last wrote.")


class ChoicePayload(Payload):
    """What may be answered by a button or a row of a list."""

    id: str
    label: str


class FilePayload(Payload):
    """A file that a message has."""

    id: str | None = Field(description="By which we keep it; null for one that we send, and one that nobody keeps.")
    type: str = Field(description="`image`, `audio`, `video`, `document` or `sticker`.")
    content_type: str | None = Field(description="Once it is kept, by its bytes.")
    filename: str | None
    url: str | None = Field(description="Of one that we send.")


class LocationPayload(Payload):
    """A place."""

    latitude: float
    longitude: float
    name: str | None
    address: str | None


class MessagePayload(Payload):
    """What was said, or is to be said."""

    id: str
    contact_id: str
    direction: Literal["in", "out"]
    channel: str
    account: str = Field(description="Our side, such as `whatsapp:1234567890`.")
    address: str = Field(description="The contact's side.")
    kind: str = Field(description="`text`, `button`, `media`, `location`, `reaction` or `other`.")
    text: str
    subject: str | None = Field(description="Of a mail.")
    choices: list[ChoicePayload]
    files: list[FilePayload]
    location: LocationPayload | None
    template: str | None = Field(description="The approved template that stands in where a channel asks for one.")
    status: MessageState = Field(
        description="Of what a person wrote `received`, or `pending` or `parked` while it waits to be answered."
    )
    error: str | None = Field(description="Why it was not sent: a code.")
    error_reason: str | None = Field(description="The same as a sentence.")
    purpose: Purpose | None = Field(description="What it is sent for.")
    origin: str | None = Field(description="Who asked for it; null for the bot, and for what a person wrote.")
    reply_to_id: str | None = Field(description="The message that it answers.")
    provider_message_id: str | None
    scheduled_at: datetime | None = Field(description="Not sent before.")
    said_at: datetime | None = Field(description="When a person said it, by their provider's clock.")
    created_at: datetime
    updated_at: datetime


class ConsentPayload(Payload):
    """What an address agrees to on a channel."""

    contact_id: str
    address_kind: str = Field(description="`phone`, `email`, …")
    address: str
    channel: str
    purpose: ConsentPurpose
    opted_in: bool
    reason: str = Field(description="Who or what said it: `word`, `provider`, `unsubscribed`, `admin`, …")
    said_at: datetime | None = Field(description="When it was said, where that is known.")
    changed_at: datetime = Field(description="When we came to know it.")


class HandoffPayload(Payload):
    """Who has a conversation."""

    contact_id: str
    by: TakenBy | None = Field(description="Who took it from the bot.")
    reason: str | None = Field(description="Why the bot has it again: `resumed`, `handoff_over`, `restarted`, …")
    user_id: str | None
    until: datetime | None = Field(description="When it ends by itself.")
    at: datetime


class MergePayload(Payload):
    """That two contacts are one person, or two again."""

    id: str = Field(description="Of the merge, by which it is undone.")
    kept_id: str = Field(description="Who goes on.")
    merged_id: str = Field(description="Who was merged into them; the id goes on to lead to them.")
    user_id: str | None
    at: datetime


class TrialPayload(Payload):
    """That somebody tries an endpoint."""

    endpoint_id: str
    asked_by: str


class EventPayload(Payload):
    """Something that happened, as a request brings it: the Standard Webhooks payload, with its id."""

    id: str = Field(description="`evt_…`: the same however often it is delivered, and the header `webhook-id`.")
    type: str
    timestamp: datetime = Field(description="When it happened.")
    data: dict[str, Any]


def contact_payload(card: ContactCard, tags: Sequence[str]) -> ContactPayload:
    """The contact of a card, who has those tags."""
    return ContactPayload(
        id=card.id,
        name=card.name,
        phone=card.phone,
        email=card.email,
        locale=card.locale,
        timezone=card.timezone,
        attributes=dict(card.attributes),
        tags=list(tags),
        responder=Responder(card.responder),
        waiting_since=card.waiting_since,
        created_at=card.created_at,
        last_inbound_at=card.last_inbound_at,
    )


def message_payload(message: MessageView, files: Sequence[FileView] = ()) -> MessagePayload:
    """The message of a view, with which those files came."""
    is_inbound = message.direction == Direction.INBOUND
    body = message.body
    return MessagePayload(
        id=message.id,
        contact_id=message.contact_id,
        direction="in" if is_inbound else "out",
        channel=message.channel,
        account=message.account,
        address=message.address,
        kind=message.kind,
        text=message.content,
        subject=from_body(body["email"]).subject or None if "email" in body else None,
        choices=[ChoicePayload(id=each.id, label=each.label) for each in choices_in(body)],
        files=_files(message, files, is_inbound=is_inbound),
        location=_location(location_in(body)),
        template=body["template"]["name"] if "template" in body else None,
        status=state_of(message),
        # What a turn failed by is the matter of those who decide on it.
        error=None if is_inbound else message.error,
        error_reason=None if is_inbound else message.error_reason,
        purpose=None if is_inbound else Purpose(message.purpose),
        origin=message.origin,
        reply_to_id=message.reply_to_id,
        provider_message_id=message.provider_message_id,
        scheduled_at=message.scheduled_at,
        said_at=message.sent_at,
        created_at=message.created_at,
        updated_at=message.updated_at,
    )


async def contact_payloads(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, ContactPayload]:
    """Those of the contacts that there are, by id; by that of one who was merged who goes on."""
    ids = set(contact_ids)
    found = await cards(connection, sorted(ids))
    tags: dict[str, list[str]] = {each.id: [] for each in found}
    for contact_id, name in await tags_of_contacts(connection, tags) if tags else ():
        tags[contact_id].append(name)
    payloads = {each.id: contact_payload(each, tags[each.id]) for each in found}
    missing = ids.difference(payloads)
    leading = await kept(connection, missing) if missing else {}
    return payloads | {each: payloads[other] for each, other in leading.items() if other in payloads}


async def message_payloads(connection: AsyncConnection, message_ids: Iterable[str]) -> dict[str, MessagePayload]:
    """Those of the messages that there are, by id."""
    views = await messages_of(connection, sorted(set(message_ids)))
    files = await files_of(connection, views)
    return {each.id: message_payload(each, files.get(each.id, ())) for each in views}


def _location(place: Location | None) -> LocationPayload | None:
    if place is None:
        return None
    return LocationPayload(
        latitude=place.latitude, longitude=place.longitude, name=place.name or None, address=place.address or None
    )


def _files(message: MessageView, files: Sequence[FileView], *, is_inbound: bool) -> list[FilePayload]:
    kept = {each.position: each for each in files}
    return [
        FilePayload(
            id=file.id if file else None,
            type=told(entry, "type") or "document",
            content_type=file.content_type if file else None,
            filename=((file and file.filename) or told(entry, "filename")) or None,
            # What a provider gives opens the file to anyone, or to nobody.
            url=None if is_inbound else entry.get("url"),
        )
        for position, entry in enumerate(entries(message.body))
        for file in (kept.get(position),)
    ]
