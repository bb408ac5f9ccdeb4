"""Webhooks out: addresses that are told of what happens, and how each telling went."""

import json
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import REFUSED, not_found
from bot.api.resources.endpoint_shapes import (
    Delivery,
    DeliveryPage,
    DeliveryQuery,
    Endpoint,
    EndpointChange,
    EndpointList,
    Event,
    EventPage,
    EventQuery,
    MadeEndpoint,
    NewEndpoint,
    Resent,
    TriedDelivery,
)
from bot.core.permissions import Permission
from bot.endpoints.service import (
    Asked,
    DeliveryCard,
    DeliveryFilter,
    EndpointCard,
    EndpointStatus,
    EventCard,
    EventFilter,
    Place,
    Terms,
    add_endpoint,
    attempts,
    change_endpoint,
    delete_endpoint,
    deliveries,
    delivery,
    disable_endpoint,
    enable_endpoint,
    endpoint,
    endpoints,
    event,
    events,
    lock_endpoint,
    pause_endpoint,
    resend,
    resend_failed,
    roll_secret,
    send_test,
    terms_of,
)
from bot.web.keys import SETTINGS

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"endpoint_id": _ID}})
_DELIVERY = MappingProxyType({"path": {"delivery_id": _ID}})
_BY_STATUS = MappingProxyType(
    {
        EndpointStatus.ENABLED: enable_endpoint,
        EndpointStatus.PAUSED: pause_endpoint,
        EndpointStatus.DISABLED: disable_endpoint,
    }
)
_MANAGE = Permission.ENDPOINTS_MANAGE


async def list_(call: Call[NoQuery, NoBody]) -> EndpointList:
    """All of them."""
    return EndpointList(data=[Endpoint.of(each) for each in await endpoints(call.connection)])


async def get(call: Call[NoQuery, NoBody]) -> Endpoint:
    """One of them."""
    return Endpoint.of(await _endpoint(call))


async def held(call: Call[Any, Any]) -> Endpoint:
    """One of them, which nobody else changes until the transaction ends."""
    found = await lock_endpoint(call.connection, call.path["endpoint_id"])
    if found is None:
        raise not_found("endpoint")
    return Endpoint.of(found[0])


async def create(call: Call[NoQuery, NewEndpoint]) -> MadeEndpoint:
    """Make one."""
    given = call.body
    asked = Asked(given.url, given.kinds, given.description)
    made = await add_endpoint(call.connection, _terms(call), asked, call.by, call.now)
    return MadeEndpoint.with_secret(made.endpoint, made.secret)


async def change(call: Call[NoQuery, EndpointChange]) -> Endpoint:
    """Change what is another now."""
    given, card = call.body, await _endpoint(call)
    asked = Asked(card.url, card.kinds, card.description)
    told = {name: getattr(given, name) for name in ("url", "kinds", "description")}
    wanted = replace(asked, **{name: value for name, value in told.items() if value is not None})
    if wanted != asked:
        await change_endpoint(call.connection, _terms(call), card.id, wanted, call.by, call.now)
    if given.status is not None:
        await _BY_STATUS[given.status](call.connection, card.id, call.by, call.now)
    return Endpoint.of(await _endpoint(call))


async def roll(call: Call[NoQuery, NoBody]) -> MadeEndpoint:
    """Give one another secret."""
    card = await _endpoint(call)
    secret = await roll_secret(call.connection, _terms(call), card.id, call.by, call.now)
    return MadeEndpoint.with_secret(await _endpoint(call), secret)


async def delete(call: Call[NoQuery, NoBody]) -> None:
    """Delete one."""
    card = await _endpoint(call)
    await delete_endpoint(call.connection, card.id, call.by, call.now)


async def test(call: Call[NoQuery, NoBody]) -> Delivery:
    """Tell one that somebody tries it."""
    card = await _endpoint(call)
    made = await send_test(call.connection, card.id, call.by, call.now)
    return Delivery.of(await _found(call, made))


async def list_deliveries(call: Call[DeliveryQuery, NoBody]) -> DeliveryPage:
    """A page of what one was told."""
    card, query, cursors = await _endpoint(call), call.query, call.cursors
    wanted = DeliveryFilter(query.status, query.type)
    found = await deliveries(call.connection, card.id, wanted, cursors.wanted, cursors.after_number)
    rows, following = cursors.page(found, lambda row: (row.number,))
    return DeliveryPage(data=[Delivery.of(each) for each in rows], next=following)


async def resend_all(call: Call[NoQuery, NoBody]) -> Resent:
    """Deliver once more what was given up."""
    card = await _endpoint(call)
    return Resent(deliveries=await resend_failed(call.connection, card.id, call.by, call.now))


async def get_delivery(call: Call[NoQuery, NoBody]) -> TriedDelivery:
    """One delivery, with its attempts."""
    card = await _found(call, call.path["delivery_id"])
    return TriedDelivery.with_tries(card, await attempts(call.connection, card.number))


async def resend_one(call: Call[NoQuery, NoBody]) -> Delivery:
    """Deliver an event once more."""
    card = await _found(call, call.path["delivery_id"])
    return Delivery.of(await _found(call, await resend(call.connection, card.id, call.by, call.now)))


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


def _terms(call: Call[Any, Any]) -> Terms:
    return terms_of(call.app[SETTINGS])


def _event(card: EventCard) -> Event:
    return Event.model_validate(json.loads(card.payload))


async def _endpoint(call: Call[Any, Any]) -> EndpointCard:
    found = await endpoint(call.connection, call.path["endpoint_id"])
    if found is None:
        raise not_found("endpoint")
    return found


async def _found(call: Call[Any, Any], delivery_id: str) -> DeliveryCard:
    found = await delivery(call.connection, delivery_id)
    if found is None:
        raise not_found("delivery")
    return found


ENDPOINTS = Resource(
    "endpoints",
    "Webhooks out: addresses of yours that are told of what happens, signed by Standard Webhooks, at least once and in "
    "order for each contact.",
    (
        Operation(
            name="list_endpoints",
            method="GET",
            path="/endpoints",
            scope=_MANAGE,
            summary="List endpoints",
            handle=list_,
            result=EndpointList,
        ),
        Operation(
            name="create_endpoint",
            method="POST",
            path="/endpoints",
            scope=_MANAGE,
            summary="Create an endpoint",
            description="It is told of what happens from now on. The answer shows its secret, this once.",
            handle=create,
            body=NewEndpoint,
            result=MadeEndpoint,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=MappingProxyType(
                {"body": {"url": "https://shop.example/recado", "kinds": ["message.received", "message.failed"]}}
            ),
        ),
        Operation(
            name="get_endpoint",
            method="GET",
            path="/endpoints/{endpoint_id}",
            scope=_MANAGE,
            summary="Get an endpoint",
            handle=get,
            result=Endpoint,
            example=_ONE,
        ),
        Operation(
            name="change_endpoint",
            method="PATCH",
            path="/endpoints/{endpoint_id}",
            scope=_MANAGE,
            summary="Change, pause, disable or enable an endpoint",
            description="What happens meanwhile waits for a paused one, and is not kept for a disabled one.",
            handle=change,
            body=EndpointChange,
            result=Endpoint,
            current=held,
            problems=(REFUSED,),
            example=MappingProxyType({**_ONE, "body": {"status": "paused"}}),
        ),
        Operation(
            name="roll_endpoint_secret",
            method="POST",
            path="/endpoints/{endpoint_id}/roll",
            scope=_MANAGE,
            summary="Give an endpoint another secret",
            description="For a day what it is told is signed with both. The answer shows the new one, this once.",
            handle=roll,
            result=MadeEndpoint,
            creates=True,
            current=held,
            problems=(REFUSED,),
            example=_ONE,
        ),
        Operation(
            name="delete_endpoint",
            method="DELETE",
            path="/endpoints/{endpoint_id}",
            scope=_MANAGE,
            summary="Delete an endpoint",
            description="What waits for it goes with it.",
            handle=delete,
            current=held,
            example=_ONE,
        ),
        Operation(
            name="test_endpoint",
            method="POST",
            path="/endpoints/{endpoint_id}/test",
            scope=_MANAGE,
            summary="Send a test event",
            description="Look at the delivery to see whether it arrived.",
            handle=test,
            result=Delivery,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=_ONE,
        ),
        Operation(
            name="list_deliveries",
            method="GET",
            path="/endpoints/{endpoint_id}/deliveries",
            scope=_MANAGE,
            summary="List an endpoint's deliveries",
            description="The newest first; events are kept for 30 days.",
            handle=list_deliveries,
            query=DeliveryQuery,
            result=DeliveryPage,
            example=MappingProxyType({**_ONE, "query": {"status": "failed"}}),
        ),
        Operation(
            name="resend_failed_deliveries",
            method="POST",
            path="/endpoints/{endpoint_id}/resend",
            scope=_MANAGE,
            summary="Resend all that was given up",
            description="In its order, by the same ids; at most 5,000 at once.",
            handle=resend_all,
            result=Resent,
            creates=True,
            example=_ONE,
        ),
        Operation(
            name="get_delivery",
            method="GET",
            path="/deliveries/{delivery_id}",
            scope=_MANAGE,
            summary="Get a delivery",
            description="With each attempt.",
            handle=get_delivery,
            result=TriedDelivery,
            example=_DELIVERY,
        ),
        Operation(
            name="resend_delivery",
            method="POST",
            path="/deliveries/{delivery_id}/resend",
            scope=_MANAGE,
            summary="Resend an event",
            description="By the same id, behind all that waits.",
            handle=resend_one,
            result=Delivery,
            status=201,
            creates=True,
            problems=(REFUSED,),
            example=_DELIVERY,
        ),
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
