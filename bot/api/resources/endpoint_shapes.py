"""Webhooks out as programs see them: endpoints, events, deliveries and their attempts."""

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Any, ClassVar

from pydantic import Field

from bot.api.shapes import Given, Moment, Page, PageQuery, Shown, Text
from bot.endpoints.service import (
    AttemptCard,
    AttemptError,
    DeliveryCard,
    DeliveryStatus,
    DisabledReason,
    EndpointCard,
    EndpointStatus,
    EventKind,
    EventPayload,
)

_Url = Annotated[str, Field(min_length=1, max_length=2048, description="Where to; https, on the open internet.")]
_Kinds = Annotated[list[EventKind], Field(min_length=1, max_length=20, description="Of which events it is told.")]
_Description = Annotated[str, Field(max_length=255, description="What it is for, in your words.")]


class Endpoint(Shown):
    """An address of yours that is told of what happens."""

    volatile: ClassVar[frozenset[str]] = frozenset({"last_success_at", "failing_since", "updated_at"})
    has_etag: ClassVar[bool] = True

    id: str
    url: str
    description: str
    kinds: list[EventKind]
    status: Annotated[EndpointStatus, Field(description="A paused one is told later, a disabled one never.")]
    disabled_reason: Annotated[DisabledReason | None, Field(description="Why it is disabled; null where it is not.")]
    last_success_at: datetime | None
    failing_since: Annotated[datetime | None, Field(description="Since when every attempt has failed.")]
    rolled_until: Annotated[datetime | None, Field(description="Until when the secret before signs as well.")]
    created_at: datetime
    updated_at: datetime

    @classmethod
    def of(cls, card: EndpointCard) -> "Endpoint":
        """An endpoint of ours."""
        return cls(**_values(card))


class MadeEndpoint(Endpoint):
    """A new one, with its secret."""

    once: ClassVar[frozenset[str]] = frozenset({"secret"})

    secret: Annotated[
        str | None, Field(description="Signs what it is told (`whsec_…`); shown this once, null in a repeated answer.")
    ]

    @classmethod
    def with_secret(cls, card: EndpointCard, secret: str) -> "MadeEndpoint":
        """An endpoint of ours whose secret is new."""
        return cls(**_values(card), secret=secret)


class EndpointList(Shown):
    """All of them, the newest first."""

    data: list[Endpoint]


class NewEndpoint(Given):
    """An address to be told of what happens from now on."""

    url: _Url
    kinds: _Kinds
    description: _Description = ""


class EndpointChange(Given):
    """What is another now; what is left out stays as it is."""

    url: _Url | None = None
    kinds: _Kinds | None = None
    description: _Description | None = None
    status: Annotated[EndpointStatus | None, Field(description="`enabled`, `paused` or `disabled`.")] = None


class Attempt(Shown):
    """One try to deliver."""

    attempt: int
    started_at: datetime
    milliseconds: int
    status: Annotated[int | None, Field(description="Of the answer; null where there was none.")]
    error: Annotated[
        str | None,
        Field(description=f"Why it failed: {', '.join(f'`{each}`' for each in AttemptError)}; null where it did not."),
    ]
    answer: Annotated[str, Field(description="How the answer begins.")]

    @classmethod
    def of(cls, card: AttemptCard) -> "Attempt":
        """An attempt of ours."""
        return cls.model_validate(card, from_attributes=True)


class Delivery(Shown):
    """An event on its way to an endpoint."""

    id: str
    event_id: str
    type: str
    endpoint_id: str
    contact_id: str | None
    status: DeliveryStatus
    attempts: int
    due_at: Annotated[datetime | None, Field(description="When it is tried next; null where it came to its end.")]
    ended_at: datetime | None
    resent_at: datetime | None
    created_at: datetime
    last: Annotated[Attempt | None, Field(description="The attempt that came last.")]

    @classmethod
    def of(cls, card: DeliveryCard) -> "Delivery":
        """A delivery of ours."""
        return cls(**_of_delivery(card))


class TriedDelivery(Delivery):
    """A delivery with each of its attempts."""

    tries: Annotated[list[Attempt], Field(description="The newest first.")]

    @classmethod
    def with_tries(cls, card: DeliveryCard, tries: Iterable[AttemptCard]) -> "TriedDelivery":
        """A delivery of ours."""
        return cls(**_of_delivery(card), tries=[Attempt.of(each) for each in tries])


class DeliveryPage(Page[Delivery]):
    """Some deliveries."""


class DeliveryQuery(PageQuery):
    """Which deliveries."""

    status: tuple[DeliveryStatus, ...] = ()
    type: Annotated[tuple[Text, ...], Field(description="Of their events.")] = ()


class Resent(Shown):
    """What is delivered once more."""

    deliveries: int


class Event(EventPayload, Shown):
    """Something that happened, as endpoints are told of it."""


class EventPage(Page[Event]):
    """Some events."""


class EventQuery(PageQuery):
    """Which events."""

    type: tuple[EventKind, ...] = ()
    contact_id: Annotated[Text, Field(max_length=64, description="Of whom they tell.")] = ""
    since: Annotated[Moment | None, Field(description="Not before.")] = None
    until: Annotated[Moment | None, Field(description="Before.")] = None


def _values(card: EndpointCard) -> dict[str, Any]:
    return {name: getattr(card, name) for name in Endpoint.model_fields}


def _of_delivery(card: DeliveryCard) -> dict[str, Any]:
    values = {name: getattr(card, name) for name in Delivery.model_fields}
    values["last"] = None if card.last is None else Attempt.of(card.last)
    values["due_at"] = card.due_at if card.status == DeliveryStatus.PENDING else None
    return values
