"""Events: what happened, as endpoints are told of it."""

import json
from types import MappingProxyType

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import not_found
from bot.api.resources.endpoint_shapes import Event, EventPage, EventQuery
from bot.core.permissions import Permission
from bot.endpoints.service import EventCard, EventFilter, Place, event, events

_ID = "cmb0z1q4w000012ab34cd56ef"
_MANAGE = Permission.ENDPOINTS_MANAGE


async def list_events(call: Call[EventQuery, NoBody]) -> EventPage:
    """A page of what happened."""
    query, cursors = call.query, call.cursors
    after = cursors.after_moment
    wanted = EventFilter(query.type, query.contact_id, query.since, query.until)
    found = await events(call.connection, wanted, cursors.wanted, None if after is None else Place(*after))
    rows, following = cursors.page(found, lambda row: (row.created_at, row.id))
    return EventPage(data=[_event(each) for each in rows], next=following)


async def get_event(call: Call[NoQuery, NoBody]) -> Event:
    """Something that happened."""
    found = await event(call.connection, call.path["event_id"])
    if found is None:
        raise not_found("event")
    return _event(found)


def _event(card: EventCard) -> Event:
    return Event.model_validate(json.loads(card.payload))


EVENTS = Resource(
    "events",
    "What happened, as endpoints are told of it; kept for 30 days.",
    (
        Operation(
            name="list_events",
            method="GET",
            path="/events",
            scope=_MANAGE,
            summary="List events",
            description="What endpoints were told of, the newest first; kept for 30 days.",
            handle=list_events,
            query=EventQuery,
            result=EventPage,
            example=MappingProxyType({"query": {"type": "message.received"}}),
        ),
        Operation(
            name="get_event",
            method="GET",
            path="/events/{event_id}",
            scope=_MANAGE,
            summary="Get an event",
            handle=get_event,
            result=Event,
            example=MappingProxyType({"path": {"event_id": f"evt_{_ID}"}}),
        ),
    ),
)
