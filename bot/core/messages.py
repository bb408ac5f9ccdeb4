"""The values that travel between a provider, the turn and the outbox.

What every post makes is a NamedTuple: a frozen dataclass takes three times as long to make.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.core.addresses import Address, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.i18n import N_

JsonObject = Mapping[str, Any]
"""A JSON object as orjson gives it."""


RecentAnswer = tuple[float, str]
"""Something the bot said: the moment, in Unix seconds, and a short key of what it was; see `bot.engine.brake`."""


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


_SHOWN = (N_("queued"), N_("sent"), N_("failed"), N_("delivered"), N_("read"))
"""For the catalogues: the statuses as tables show them."""
RANK: Mapping[Status, int] = {status: rank for rank, status in enumerate(Status)}


@dataclass(frozen=True, slots=True)
class Choice:
    """One option offered to the person.

    Attributes:
        id: what comes back when it is pressed.
        label: what the person sees.
        description: a line below the label, where a channel's lists have one; may be empty.
    """

    id: str
    label: str
    description: str = ""


class MediaKind(StrEnum):
    """What a file is to the person who gets it."""

    IMAGE = "image"
    AUDIO = "audio"
    VIDEO = "video"
    DOCUMENT = "document"
    STICKER = "sticker"


@dataclass(frozen=True, slots=True)
class Media:
    """A file that goes along with the words.

    Attributes:
        kind: how it is shown.
        url: where the provider fetches it: https, reachable from outside.
        filename: what the person sees of a document; may be empty.
    """

    kind: MediaKind
    url: str
    filename: str = ""


@dataclass(frozen=True, slots=True)
class Location:
    """A place.

    Attributes:
        latitude: degrees, south negative.
        longitude: degrees, west negative.
        name: of the place; may be empty.
        address: of the place; may be empty.
    """

    latitude: float
    longitude: float
    name: str = ""
    address: str = ""


class ButtonValue(NamedTuple):
    """What is filled into a button of an approved template.

    Attributes:
        at: which button, from 0.
        kind: `url` for the end of its address, `copy_code` for the code that it copies.
        text: what.
    """

    at: int
    kind: str
    text: str


@dataclass(frozen=True, slots=True)
class ApprovedTemplate:
    """A message that the provider has approved beforehand, and takes at any time.

    Attributes:
        name: at the provider.
        language: at the provider, e.g. `pt_BR`.
        parameters: of its body, in order: name (empty for a numbered one) and text.
        header: the file in its header, or None.
        buttons: what comes back when its quick replies are pressed, in their order.
        header_parameters: of the words in its header, as those of its body.
        button_values: what is filled into its other buttons.
        is_chosen: somebody chose it, so that it goes as it is even where any words may go.
    """

    name: str
    language: str
    parameters: tuple[tuple[str, str], ...] = ()
    header: Media | None = None
    buttons: tuple[str, ...] = ()
    header_parameters: tuple[tuple[str, str], ...] = ()
    button_values: tuple[ButtonValue, ...] = ()
    is_chosen: bool = False


@dataclass(frozen=True, slots=True)
class EmailHeaders:
    """The headers that keep an e-mail in its thread (RFC 5322, 3.6.4).

    Attributes:
        subject: as the person sees it.
        message_id: of this mail, with angle brackets; empty for one not sent yet.
        in_reply_to: the parent's message id, with angle brackets, or empty.
        references: the thread's message ids, oldest first.
        cc: addresses that get a copy, and are seen by all.
        bcc: addresses that get a copy of which nobody else knows.
    """

    subject: str = ""
    message_id: str = ""
    in_reply_to: str = ""
    references: tuple[str, ...] = ()
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()


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
        cleaned: True when NUL bytes, lone surrogates or an excess of text were taken out, or something could not be
            read, so the raw post is kept.
        files: files that came within the post.
        former: addresses that were the sender's until now, and are no longer.
        locale: the language of somebody new, with the region (`pt-BR`), where it is told; else their number tells it.
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
    files: tuple["InboundFile", ...] = ()
    former: tuple[Address, ...] = ()
    locale: str = ""


class InboundFile(NamedTuple):
    """A file that came within a post, rather than as an address to fetch it from.

    Attributes:
        position: its place in the message's `body["media"]`.
        content: its bytes.
    """

    position: int
    content: bytes


ReportKey = tuple[str, str]
"""The account, and the provider's id of a message or else ours."""


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
        opt_out: why the person is not to get any more, where the report means that; else None.
        at: when that was so, by the provider's clock; None when it gives none. Asked only with `opt_out`.
        recipient: the address that it is about, as the provider spells it, where one mail has several; else empty.
    """

    account: str
    provider_message_id: str
    status: Status
    message_id: str = ""
    code: str = ""
    reason: str = ""
    opt_out: ConsentReason | None = None
    at: datetime | None = None
    recipient: str = ""

    @property
    def key(self) -> ReportKey:
        """By what it names its message."""
        return self.account, self.provider_message_id or self.message_id


class Echo(NamedTuple):
    """What a person of ours wrote from the provider's own app, on a number that the bot answers too.

    Attributes:
        account: as in InboundMessage.
        provider_message_id: the provider's id.
        channel: the conversation's kind.
        to: the recipient's addresses, the preferred one first; never empty.
        text: the words, or a file's caption.
        sent_at: by the provider's clock; None when it gives none.
        body: the structured rest, as in InboundMessage.
        cleaned: as in InboundMessage.
    """

    account: str
    provider_message_id: str
    channel: Channel
    to: tuple[Address, ...]
    text: str = ""
    sent_at: datetime | None = None
    body: JsonObject = MappingProxyType({})
    cleaned: bool = False


@dataclass(frozen=True, slots=True)
class UnknownEvent:
    """Something authentic that is not understood: kept raw, counted, logged, answered 200.

    Attributes:
        kind: the provider's own name for it, at most 100 characters.
        account: our side, or empty.
    """

    kind: str
    account: str = ""


@dataclass(frozen=True, slots=True)
class WebhookAnswer:
    """What a provider wants to hear once everything is committed."""

    status: int = 200
    content_type: str = "text/plain"
    body: bytes = b""


NOTHING_TO_SAY = WebhookAnswer()


class Delivery(NamedTuple):
    """All that one webhook post carried, in its order.

    Attributes:
        token: where a provider signs a one-time token instead of the body (Mailgun): that token, else empty.
        token_for: the id of the one thing that the token stands for; a token that comes again for another thing was
            taken from an earlier post.
        preferences: who opted out or in.
        echoes: what our own people wrote elsewhere.
        confirm: a URL that is to be asked once, to confirm that the posts are wanted (Amazon SNS); else empty.
        answer: what the provider wants to hear for it.
    """

    messages: tuple[InboundMessage, ...] = ()
    statuses: tuple[StatusUpdate, ...] = ()
    unknown: tuple[UnknownEvent, ...] = ()
    token: str = ""
    token_for: str = ""
    preferences: tuple[Preference, ...] = ()
    echoes: tuple[Echo, ...] = ()
    confirm: str = ""
    answer: WebhookAnswer = NOTHING_TO_SAY


class Enclosure(NamedTuple):
    """A file within a mail.

    Attributes:
        filename: as it is offered for saving; may be empty.
        content_type: by its bytes.
        content: all of it.
    """

    filename: str
    content_type: str
    content: bytes


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
        media: a file that goes along, or None; a provider without files writes its URL below the words.
        location: a place that goes along, or None; a provider without places writes it as words and a map's URL.
        template: the approved template that is sent in place of all else; None where the words may go.
        html: the words as HTML, for e-mail; empty when there is none.
        unsubscribe_url: where one click takes the recipient off, for e-mail (RFC 8058); empty when there is none.
        is_reply: it answers something that the person wrote, rather than coming unasked.
        more_media: further files, whose links stand below that of the first.
        encloses: a mail has the files in it, where its carrier takes them.
        enclosures: those files, once they were read; the others are then none any more.
    """

    id: str
    account: str
    channel: Channel
    to: Address
    text: str
    choices: tuple[Choice, ...] = ()
    choices_label: str = ""
    email: EmailHeaders | None = None
    media: Media | None = None
    location: Location | None = None
    template: ApprovedTemplate | None = None
    html: str = ""
    unsubscribe_url: str = ""
    is_reply: bool = True
    more_media: tuple[Media, ...] = ()
    encloses: bool = False
    enclosures: tuple[Enclosure, ...] = field(default=(), repr=False)
