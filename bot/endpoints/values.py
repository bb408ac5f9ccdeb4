"""Endpoints, events, deliveries and attempts as they are shown, and what somebody asks of them."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from yarl import URL

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.endpoints.kinds import GIVEN_UP, EventKind
from bot.endpoints.secrets import EndpointSealer
from bot.settings import Settings


class NoEndpointError(BotError):
    """There is no endpoint of that id."""

    def __init__(self, endpoint_id: str) -> None:
        super().__init__(N_("there is no endpoint {id}"), mend=N_("See `bot.py endpoints list`."), id=endpoint_id)


class NoDeliveryError(BotError):
    """There is no delivery of that id."""

    def __init__(self, delivery_id: str) -> None:
        super().__init__(N_("there is no delivery {id}"), mend=N_("See `bot.py endpoints deliveries`."), id=delivery_id)


class AskedError(BotError):
    """What is asked of an endpoint cannot be; `field` names what is wrong: `url`, `kinds` or `description`."""

    def __init__(self, field: str, message: str, mend: str) -> None:
        super().__init__(message, mend=mend)
        self.field = field


@dataclass(frozen=True, slots=True)
class Terms:
    """What every endpoint is kept by.

    Attributes:
        sealer: encrypts and opens their secrets.
        own: the origins that they may have although they are private ones, or not https.
    """

    sealer: EndpointSealer
    own: Collection[URL] = ()


def terms_of(settings: Settings) -> Terms:
    """As the operator wants it."""
    own = frozenset(URL(each).origin() for each in settings.endpoints_private)
    return Terms(EndpointSealer(settings.secret_key), own)


@dataclass(frozen=True, slots=True)
class Asked:
    """What somebody wants of an endpoint.

    Attributes:
        url: where to.
        kinds: of which events it is told.
        description: what it is for, in their words; may be empty.
    """

    url: str
    kinds: Collection[EventKind]
    description: str = ""


@dataclass(frozen=True, slots=True)
class EndpointCard:
    """An endpoint as it is shown; the attributes are the columns of the same name.

    Attributes:
        kinds: in the order in which they are told of.
        rolled_until: until when the secret before this one signs as well; None for none.
    """

    id: str
    url: str
    description: str
    kinds: Sequence[EventKind]
    status: str
    disabled_reason: str | None
    last_success_at: datetime | None
    failing_since: datetime | None
    rolled_until: datetime | None
    created_at: datetime
    updated_at: datetime

    @property
    def is_given_up(self) -> bool:
        """Whether it was disabled by itself, and neither enabled nor left so since."""
        return self.disabled_reason in GIVEN_UP


class Added(NamedTuple):
    """A new endpoint.

    Attributes:
        endpoint: as it is shown.
        secret: what signs what it is told; shown this once.
    """

    endpoint: EndpointCard
    secret: str


@dataclass(frozen=True, slots=True)
class EventCard:
    """An event as it is shown; the attributes are the columns of the same name."""

    id: str
    type: str
    contact_id: str | None
    payload: str
    created_at: datetime


@dataclass(frozen=True, slots=True)
class AttemptCard:
    """An attempt as it is shown; the attributes are the columns of the same name."""

    attempt: int
    started_at: datetime
    milliseconds: int
    status: int | None
    error: str | None
    answer: str


@dataclass(frozen=True, slots=True)
class DeliveryCard:
    """A delivery as it is shown; the attributes are the columns of the same name.

    Attributes:
        number: its place in the list.
        type: of its event.
        last: the attempt that came last, or None.
        due_at: when it is tried next, of one that is pending.
    """

    number: int
    id: str
    event_id: str
    type: str
    endpoint_id: str
    contact_id: str | None
    status: str
    due_at: datetime
    attempts: int
    ended_at: datetime | None
    resent_at: datetime | None
    created_at: datetime
    last: AttemptCard | None


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What somebody wants to see of an endpoint's deliveries; empty for all of it.

    Attributes:
        statuses: how far they are.
        types: of their events.
    """

    statuses: Collection[str] = ()
    types: Collection[str] = ()


@dataclass(frozen=True, slots=True)
class EventFilter:
    """What somebody wants to see of events; empty for all of it.

    Attributes:
        types: theirs.
        contact_id: of whom they tell.
        since: not before.
        until: before.
    """

    types: Collection[str] = ()
    contact_id: str = ""
    since: datetime | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class EndpointDepth:
    """What waits for an endpoint.

    Attributes:
        waiting: events that are still to be told.
        oldest_age_seconds: since the longest waiting of them is there; 0 when there is none.
        given_up: it is told of nothing, though nobody said so.
    """

    waiting: int
    oldest_age_seconds: float
    given_up: bool
