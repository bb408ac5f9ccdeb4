"""Writing events, and to whom each is to be told."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.hints import Topic
from bot.core.ids import new_id
from bot.db.bulk import together
from bot.db.hub import hint
from bot.endpoints.events import queries
from bot.endpoints.events.queries import NewDelivery
from bot.endpoints.payloads import EventPayload, Payload


@dataclass(frozen=True, slots=True)
class Happening:
    """Something that is to be told.

    Attributes:
        type: an EventKind, or `endpoint.test`.
        contact_id: of whom; None for nobody.
        at: when it happened.
        data: what is told of it.
    """

    type: str
    contact_id: str | None
    at: datetime
    data: Mapping[str, Payload]


@dataclass(frozen=True, slots=True)
class Held:
    """Whoever writes an event tells it, too.

    Attributes:
        owner: names it in its claim, unlike any other.
        lease: how long nobody else does.
    """

    owner: str
    lease: timedelta


async def write(
    connection: AsyncConnection,
    happenings: Sequence[Happening],
    endpoints: Sequence[tuple[str, frozenset[str]]],
    now: datetime,
    held: Held | None = None,
) -> list[str]:
    """Write what happened, for each endpoint that asks for its type; returns the deliveries' ids, in order.

    Args:
        connection: in the transaction in which it happened.
        happenings: in the order in which they are told.
        endpoints: by id, each with the types for which it asks.
        now: the moment, from which on they are due.
        held: the deliveries are claimed by this one; None: by whoever is first.
    """
    events: list[dict[str, object]] = []
    deliveries: list[NewDelivery] = []
    for each in happenings:
        wanting = [id_ for id_, types in endpoints if each.type in types]
        if wanting:
            told = EventPayload(id=f"evt_{new_id()}", type=each.type, timestamp=each.at, data=dict(each.data))
            events.append(
                {
                    "id": told.id,
                    "type": told.type,
                    "contact_id": each.contact_id,
                    "payload": told.model_dump_json(),
                    "created_at": told.timestamp,
                }
            )
            deliveries += [delivery(told.id, each.contact_id, id_, now, held) for id_ in wanting]
    await together(connection, (queries.INSERT_EVENTS, events), (queries.INSERT_DELIVERIES, deliveries))
    hint(connection, Topic.ENDPOINTS, {each["endpoint_id"] for each in deliveries})
    return [each["id"] for each in deliveries]


def delivery(
    event_id: str, contact_id: str | None, endpoint_id: str, now: datetime, held: Held | None = None
) -> NewDelivery:
    """An event on its way to an endpoint; the arguments are as in `write`."""
    return {
        "id": new_id(),
        "event_id": event_id,
        "endpoint_id": endpoint_id,
        "contact_id": contact_id,
        "due_at": now,
        "attempts": 0 if held is None else 1,
        "claimed_by": None if held is None else held.owner,
        "claimed_until": None if held is None else now + held.lease,
        "created_at": now,
        "updated_at": now,
    }
