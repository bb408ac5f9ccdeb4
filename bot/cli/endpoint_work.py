"""What `endpoints` does in the database, and asks of endpoints."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.database import opened
from bot.core.actors import Actor
from bot.db.clock import database_now
from bot.db.engine import reading
from bot.endpoints.service import (
    AT_ONCE,
    Added,
    Asked,
    DeliveryCard,
    DeliveryFilter,
    EndpointCard,
    EndpointDepth,
    EventKind,
    NoEndpointError,
    add_endpoint,
    delete_endpoint,
    deliveries,
    endpoint,
    endpoint_depths,
    endpoints,
    resend,
    resend_failed,
    roll_secret,
    terms_of,
    try_endpoint,
)
from bot.settings import Settings


async def endpoints_listed(settings: Settings) -> tuple[Sequence[EndpointCard], Mapping[str, EndpointDepth]]:
    """The endpoints, and what waits for each."""
    async with opened(settings) as engine, reading(engine) as connection:
        return await endpoints(connection), await endpoint_depths(connection)


async def added(settings: Settings, url: str, kinds: Collection[EventKind], description: str) -> Added:
    """Make one."""
    async with opened(settings) as engine, engine.begin() as connection:
        asked, now = Asked(url, kinds, description), await database_now(connection)
        return await add_endpoint(connection, terms_of(settings), asked, caller(), now)


async def tried(settings: Settings, endpoint_id: str) -> DeliveryCard:
    """Send it a test event."""
    async with opened(settings) as engine:
        return await try_endpoint(engine, terms_of(settings), endpoint_id, caller())


async def deliveries_listed(
    settings: Settings, endpoint_id: str, wanted: DeliveryFilter, limit: int
) -> list[DeliveryCard]:
    """What it was told; raises NoEndpointError."""
    async with opened(settings) as engine, reading(engine) as connection:
        if await endpoint(connection, endpoint_id) is None:
            raise NoEndpointError(endpoint_id)
        return await deliveries(connection, endpoint_id, wanted, limit, None)


async def resent(settings: Settings, ids: Sequence[str]) -> int:
    """Deliver those once more, all or none; returns how many."""
    async with opened(settings) as engine, engine.begin() as connection:
        now = await database_now(connection)
        for each in ids:
            await resend(connection, each, caller(), now)
    return len(ids)


async def resent_failed(settings: Settings, endpoint_id: str) -> int:
    """Deliver once more what was given up for it; returns how many."""
    count = 0
    async with opened(settings) as engine:
        while True:
            async with engine.begin() as connection:
                now = await database_now(connection)
                done = await resend_failed(connection, endpoint_id, caller(), now)
            count += done
            if done < AT_ONCE:
                return count


async def rolled(settings: Settings, endpoint_id: str) -> str:
    """Give it another secret; returns that."""
    async with opened(settings) as engine, engine.begin() as connection:
        return await roll_secret(connection, terms_of(settings), endpoint_id, caller(), await database_now(connection))


async def delete(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> bool:
    """Delete it, which is something new each time; otherwise as `delete_endpoint`."""
    await delete_endpoint(connection, endpoint_id, by, now)
    return True


Change = Callable[[AsyncConnection, str, Actor, datetime], Awaitable[bool]]
"""Changes an endpoint; whether that is something new."""


async def changed(settings: Settings, endpoint_id: str, change: Change) -> bool:
    """Whether `change` changed anything."""
    async with opened(settings) as engine, engine.begin() as connection:
        return await change(connection, endpoint_id, caller(), await database_now(connection))
