"""Deliveries: how telling an endpoint went, each attempt, and telling it again."""

from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import REFUSED, not_found
from bot.api.resources.endpoint_shapes import Delivery, DeliveryPage, DeliveryQuery, Resent, TriedDelivery
from bot.api.resources.endpoints import require_endpoint
from bot.core.permissions import Permission
from bot.endpoints.service import (
    DeliveryCard,
    DeliveryFilter,
    attempts,
    deliveries,
    delivery,
    resend,
    resend_failed,
    send_test,
)

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"endpoint_id": _ID}})
_DELIVERY = MappingProxyType({"path": {"delivery_id": _ID}})
_MANAGE = Permission.ENDPOINTS_MANAGE


async def test(call: Call[NoQuery, NoBody]) -> Delivery:
    """Tell one that somebody tries it."""
    card = await require_endpoint(call)
    made = await send_test(call.connection, card.id, call.by, call.now)
    return Delivery.of(await _found(call, made))


async def list_deliveries(call: Call[DeliveryQuery, NoBody]) -> DeliveryPage:
    """A page of what one was told."""
    card, query, cursors = await require_endpoint(call), call.query, call.cursors
    wanted = DeliveryFilter(query.status, query.type)
    found = await deliveries(call.connection, card.id, wanted, cursors.wanted, cursors.after_number)
    rows, following = cursors.page(found, lambda row: (row.number,))
    return DeliveryPage(data=[Delivery.of(each) for each in rows], next=following)


async def resend_all(call: Call[NoQuery, NoBody]) -> Resent:
    """Deliver once more what was given up."""
    card = await require_endpoint(call)
    return Resent(deliveries=await resend_failed(call.connection, card.id, call.by, call.now))


async def get_delivery(call: Call[NoQuery, NoBody]) -> TriedDelivery:
    """One delivery, with its attempts."""
    card = await _found(call, call.path["delivery_id"])
    return TriedDelivery.with_tries(card, await attempts(call.connection, card.number))


async def resend_one(call: Call[NoQuery, NoBody]) -> Delivery:
    """Deliver an event once more."""
    card = await _found(call, call.path["delivery_id"])
    return Delivery.of(await _found(call, await resend(call.connection, card.id, call.by, call.now)))


async def _found(call: Call[Any, Any], delivery_id: str) -> DeliveryCard:
    found = await delivery(call.connection, delivery_id)
    if found is None:
        raise not_found("delivery")
    return found


DELIVERIES = Resource(
    "deliveries",
    "Events on their way to endpoints, with each attempt.",
    (
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
    ),
)
