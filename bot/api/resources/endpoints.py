"""Webhooks out: addresses that are told of what happens."""

from dataclasses import replace
from types import MappingProxyType
from typing import Any

from bot.api.operations import Call, NoBody, NoQuery, Operation, Resource
from bot.api.problems import REFUSED, not_found
from bot.api.resources.endpoint_shapes import (
    Endpoint,
    EndpointChange,
    EndpointList,
    MadeEndpoint,
    NewEndpoint,
)
from bot.core.permissions import Permission
from bot.endpoints.service import (
    Asked,
    EndpointCard,
    EndpointStatus,
    Terms,
    add_endpoint,
    change_endpoint,
    delete_endpoint,
    disable_endpoint,
    enable_endpoint,
    endpoint,
    endpoints,
    lock_endpoint,
    pause_endpoint,
    roll_secret,
    terms_of,
)
from bot.web.keys import SETTINGS

_ID = "cmb0z1q4w000012ab34cd56ef"
_ONE = MappingProxyType({"path": {"endpoint_id": _ID}})
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
    return Endpoint.of(await require_endpoint(call))


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
    # Locked before it is read: what another one changes at the same moment would be undone.
    await held(call)
    given, card = call.body, await require_endpoint(call)
    asked = Asked(card.url, card.kinds, card.description)
    told = {name: getattr(given, name) for name in ("url", "kinds", "description")}
    wanted = replace(asked, **{name: value for name, value in told.items() if value is not None})
    if wanted != asked:
        await change_endpoint(call.connection, _terms(call), card.id, wanted, call.by, call.now)
    if given.status is not None:
        await _BY_STATUS[given.status](call.connection, card.id, call.by, call.now)
    return Endpoint.of(await require_endpoint(call))


async def roll(call: Call[NoQuery, NoBody]) -> MadeEndpoint:
    """Give one another secret."""
    card = await require_endpoint(call)
    secret = await roll_secret(call.connection, _terms(call), card.id, call.by, call.now)
    return MadeEndpoint.with_secret(await require_endpoint(call), secret)


async def delete(call: Call[NoQuery, NoBody]) -> None:
    """Delete one."""
    card = await require_endpoint(call)
    await delete_endpoint(call.connection, card.id, call.by, call.now)


def _terms(call: Call[Any, Any]) -> Terms:
    return terms_of(call.app[SETTINGS])


async def require_endpoint(call: Call[Any, Any]) -> EndpointCard:
    """The endpoint that the path names; raises ProblemError for none."""
    found = await endpoint(call.connection, call.path["endpoint_id"])
    if found is None:
        raise not_found("endpoint")
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
    ),
)
