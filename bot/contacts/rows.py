"""What is written of contacts, addresses and consents, by column; see `bot.contacts.models`."""

from datetime import datetime
from typing import TypedDict

from bot.core.messages import RecentAnswer


class ContactRow(TypedDict):
    """A new contact."""

    id: str
    phone: str | None
    email: str | None
    name: str | None
    locale: str | None
    timezone: str | None
    created_at: datetime
    updated_at: datetime


class ContactChanges(TypedDict):
    """What a turn changes of a contact."""

    id: str
    seq: int
    name: str | None
    phone: str | None
    email: str | None
    fallback_at: datetime | None
    recent_answers: tuple[RecentAnswer, ...] | None
    last_inbound_at: datetime | None
    opt_in: bool
    updated_at: datetime


class ResponderRow(TypedDict):
    """Who answers a contact."""

    id: str
    responder: str
    epoch: int
    waiting_since: datetime | None
    reopens_until: datetime | None
    updated_at: datetime


class AddressRow(TypedDict):
    """A new address."""

    id: str
    contact_id: str
    kind: str
    value: str
    created_at: datetime
    updated_at: datetime


class ConsentRow(TypedDict):
    """What an address agrees to on a channel."""

    id: str
    address_id: str
    channel: str
    opted_in: bool
    reason: str
    changed_at: datetime
    said_at: datetime | None
    reminded_at: datetime | None
    marketing_opted_in: bool | None
    marketing_reason: str | None
    marketing_changed_at: datetime | None
    marketing_said_at: datetime | None
    created_at: datetime
    updated_at: datetime


class ConsentChangeRow(TypedDict):
    """A line in the history of consents."""

    id: str
    address_id: str
    channel: str
    purpose: str
    opted_in: bool
    reason: str
    detail: str | None
    changed_at: datetime
    said_at: datetime | None
