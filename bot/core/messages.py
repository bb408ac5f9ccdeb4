"""The values that travel between a provider, the turn and the outbox.

What every post makes is a NamedTuple: a frozen dataclass takes three times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.core.addresses import Address, Channel

JsonObject = Mapping[str, Any]
"""A JSON object as orjson gives it."""


class MessageKind(StrEnum):
    """What an inbound message is, as far as the turn cares."""

    TEXT = "text"
    BUTTON = "button"
    """A pressed button or list row; the answer is its id, else its title."""
    MEDIA = "media"
    """Image, voice, video, document, sticker; the answer is its caption, if any."""
    LOCATION = "location"
    REACTION = "reaction"
    """Runs no turn."""
    OTHER = "other"
    """Shared contacts, orders, and whatever the provider invents next."""


class Status(StrEnum):
    """How far a message has come. `RANK` says which may follow which: it only rises."""

    QUEUED = "queued"
    SENT = "sent"
    FAILED = "failed"
    DELIVERED = "delivered"
    READ = "read"


RANK: Mapping[Status, int] = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option offered to the person.

    Attributes:
        id: what comes back when it is pressed.
        label: what the person sees.
    """

    id: str
    label: str


@dataclass(frozen=True, slots=True)
class EmailHeaders:
    """The headers that keep an e-mail in its thread (RFC 5322, 3.6.4).

    Attributes:
        subject: as the person sees it.
        message_id: of this mail, with angle brackets; empty for one not sent yet.
        in_reply_to: the parent's message id, with angle brackets, or empty.
        references: the thread's message ids, oldest first.
    """

    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()


class InboundMessage(NamedTuple):
    """What a person wrote, narrowed from the provider's JSON; every string is clean (no NUL, no surrogates).

    Attributes:
        account: our side, `provider:identity` from the payload, e.g. `whatsapp:106540352242922`.
        provider_message_id: the provider's id; with `account` and direction it is unique.
        channel: the conversation's kind.
        addresses: the sender's, the preferred one first; never empty. The answer goes to the first one.
        name: the sender's own name, or empty.
        kind: see MessageKind.
        text: the answer: the text; for a button or list row its id, else its title; for media its caption.
        label: what the person saw, when it is not `text`: a button's title.
        sent_at: by the provider's clock; None when it gives none.
        body: the structured rest: media, location, context, referral, order; JSON, goes to `messages.body`.
        email: thread headers, for e-mail.
        automatic: why no machine should answer this ("auto-submitted", "bounce", "mailing list", "own mail"), or empty.
        opt_out_handled: True when the provider itself has answered an opt-out or opt-in word (Twilio).
        cleaned: True when NUL bytes, lone surrogates or an excess of text were taken out, so the raw post is kept.
    """

    account: str
    provider_message_id: str
    channel: Channel
    addresses: tuple[Address, ...]
    kind: MessageKind = MessageKind.TEXT
    text: str = ""
    label: str = ""
    name: str = ""
    sent_at: datetime | None = None
    body: JsonObject = MappingProxyType({})
    email: EmailHeaders | None = None
    automatic: str = ""
    opt_out_handled: bool = False
    cleaned: bool = False


@dataclass(frozen=True, slots=True)
class StatusUpdate:
    """What a provider reports of a message we sent.

    Attributes:
        account: as in InboundMessage.
        provider_message_id: the id the send call gave.
        status: normalised; QUEUED says nothing new.
        message_id: our own id, where the provider echoes it, else empty.
        code: the provider's error code, or empty.
        reason: a plain sentence for the operator, or empty.
        opted_out: True when the report means that the person wants no more.
    """

    account: str
    provider_message_id: str
    status: Status
    message_id: str = ""
    code: str = ""
    reason: str = ""
    opted_out: bool = False


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """Something authentic that is not understood: kept raw, counted, logged, answered 200.

    Attributes:
        kind: the provider's own name for it, at most 100 characters.
        account: our side, or empty.
    """

    kind: str
    account: str = ""


class Delivery(NamedTuple):
    """All that one webhook post carried, in its order.

    Attributes:
        token: where a provider signs a one-time token instead of the body (Mailgun): that token, else empty.
        token_for: the id of the one thing that the token stands for; a token that comes again for another thing was
            taken from an earlier post.
    """

    messages: tuple[InboundMessage, ...] = ()
    statuses: tuple[StatusUpdate, ...] = ()
    unknown: tuple[UnknownEvent, ...] = ()
    token: str = ""
    token_for: str = ""


@dataclass(frozen=True, slots=True)
class OutboundMessage:
    """What a provider is to send; recipient and account were frozen when it was queued.

    Attributes:
        id: ours; goes along as correlation data.
        account: our side.
        channel: the conversation's kind.
        to: the recipient.
        text: the rendered words.
        choices: options offered with it; a provider without buttons writes numbered lines.
        choices_label: the words on the button that opens a list of choices.
        email: subject and thread, for e-mail.
    """

    id: str
    account: str
    channel: Channel
    to: Address
    text: str
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""
    email: EmailHeaders | None = None
