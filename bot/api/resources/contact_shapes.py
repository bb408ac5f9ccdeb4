"""Contacts, their addresses and consents, as programs see them and write them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Annotated, ClassVar

from pydantic import Field, StringConstraints

from bot.api.shapes import Attribute, Given, KeptMoment, Page, PageQuery, Shown, Text
from bot.contacts.service import AddressCard, Agreement, ContactCard, PastConsent, Responder
from bot.core.addresses import AddressKind, Channel
from bot.core.purposes import ConsentPurpose
from bot.endpoints.service import ContactPayload, contact_payload

_Name = Annotated[str, Field(min_length=1, max_length=255, description="How they are called.")]
_Locale = Annotated[str, Field(min_length=1, max_length=35, description="Their language: `pt-BR`, `en`.")]
_Timezone = Annotated[
    str, Field(min_length=1, max_length=64, description="By the tz database's name: `America/Sao_Paulo`.")
]
_Tag = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^,]+$")]


class Contact(ContactPayload, Shown):
    """Somebody who writes to us, or to whom we write."""

    volatile: ClassVar[frozenset[str]] = frozenset({"responder", "waiting_since", "last_inbound_at"})
    has_etag: ClassVar[bool] = True

    @classmethod
    def of(cls, card: ContactCard, tags: Sequence[str]) -> "Contact":
        """A contact of ours."""
        return cls(**dict(contact_payload(card, sorted(tags))))


class ContactPage(Page[Contact]):
    """Some contacts."""


class ContactQuery(PageQuery):
    """Which contacts."""

    search: Annotated[Text, Field(max_length=200, description="A part of a name, or an address.")] = ""
    channel: Annotated[tuple[Channel, ...], Field(description="On which they can be reached.")] = ()
    tag: Annotated[tuple[Text, ...], Field(description="One of which they have.")] = ()
    locale: Annotated[tuple[Text, ...], Field(description="Their language.")] = ()
    responder: Annotated[tuple[Responder, ...], Field(description="Who answers them.")] = ()
    waiting: Annotated[bool, Field(description="Only those who wait for a person.")] = False
    agreement: Annotated[tuple[Agreement, ...], Field(description="What some address of theirs said of messages.")] = ()


class NewContact(Given):
    """Somebody to be kept; with a phone, an e-mail address, or both."""

    phone: Annotated[
        str | None, Field(max_length=64, description="`+55 11 98765-4321`; language and zone are guessed from it.")
    ] = None
    country: Annotated[str, Field(max_length=2, description="Of a phone that is written without its code: `BR`.")] = ""
    email: Annotated[str | None, Field(max_length=254)] = None
    name: _Name | None = None
    locale: _Locale | None = None
    timezone: _Timezone | None = None
    attributes: Annotated[dict[str, Attribute], Field(max_length=100)] = Field(default_factory=dict)
    tags: Annotated[list[_Tag], Field(max_length=100)] = Field(default_factory=list)


class ContactChange(Given):
    """What is another now; what is left out stays as it is, and null takes a name, a language or a zone away."""

    name: _Name | None = None
    locale: _Locale | None = None
    timezone: _Timezone | None = None
    attributes: Annotated[
        dict[str, Attribute | None], Field(max_length=100, description="Those that change; null takes one away.")
    ] = Field(default_factory=dict)
    tags: Annotated[list[_Tag], Field(max_length=100, description="All that they have from now on.")] = Field(
        default_factory=list
    )


class HeldConsent(Shown):
    """What an address said of messages on a channel."""

    channel: Channel
    purpose: ConsentPurpose
    opted_in: bool
    reason: Annotated[str, Field(description="Who or what set it.")]
    changed_at: Annotated[datetime, Field(description="When we came to know it.")]
    said_at: Annotated[datetime | None, Field(description="When it was said, as far as is known.")]


class ContactAddress(Shown):
    """Where a contact is reached."""

    id: str
    kind: AddressKind
    value: str
    consents: list[HeldConsent]

    @classmethod
    def of(cls, card: AddressCard) -> "ContactAddress":
        """An address of ours."""
        consents = [
            HeldConsent(
                channel=Channel(each.channel),
                purpose=ConsentPurpose(each.purpose),
                opted_in=each.opted_in,
                reason=each.reason,
                changed_at=each.changed_at,
                said_at=each.said_at,
            )
            for each in card.consents
        ]
        return cls(id=card.id, kind=AddressKind(card.kind), value=card.value, consents=consents)


class Addresses(Shown):
    """All addresses of a contact."""

    data: list[ContactAddress]


class ConsentChange(Shown):
    """A change of what an address agrees to."""

    address: str
    channel: Channel
    purpose: ConsentPurpose
    opted_in: bool
    reason: Annotated[str, Field(description="Who or what set it.")]
    detail: Annotated[str, Field(description="How it is known: the word, the form, the file; empty for nothing.")]
    changed_at: Annotated[datetime, Field(description="When we came to know it.")]
    said_at: Annotated[datetime | None, Field(description="When it was said, as far as is known.")]

    @classmethod
    def of(cls, past: PastConsent) -> "ConsentChange":
        """A line of the history."""
        return cls.model_validate(past, from_attributes=True)


class Consents(Shown):
    """What somebody said of messages, the newest first."""

    data: list[ConsentChange]


class NewConsent(Given):
    """What a person said of messages: on paper, at the counter, on the telephone."""

    address_id: Annotated[str, Field(max_length=64, description="Of one of their addresses.")]
    channel: Channel
    purpose: ConsentPurpose = ConsentPurpose.ALL
    opted_in: bool
    detail: Annotated[str, Field(min_length=3, max_length=255, description="How it is known; kept as the proof.")]
    said_at: Annotated[KeptMoment | None, Field(description="When they said it; null, and a time to come: now.")] = None


class ConsentTaken(Shown):
    """Whether it was something new."""

    changed: bool


class Responding(Given):
    """Who answers from now on."""

    responder: Responder
