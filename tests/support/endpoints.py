"""Endpoints for tests, and what was written for them."""

import json
from datetime import datetime
from typing import Any

from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.endpoints.kinds import EventKind
from bot.endpoints.models import Endpoint, EndpointDelivery, EndpointEvent

KEYS = (SecretStr("k" * 40),)
ALL = tuple(EventKind)


async def add_row(engine: AsyncEngine, *kinds: str, **columns: Any) -> str:
    """An endpoint that asks for those kinds, with a secret that nobody can open. Returns its id."""
    now: datetime = utc_now()
    row = {"id": new_id(), "url": "https://shop.example/hook", "secret": "", "created_at": now, "updated_at": now}
    async with engine.begin() as connection:
        await connection.execute(insert(Endpoint).values({**row, "kinds": list(kinds or ALL), **columns}))
    return str(row["id"])


async def told(engine: AsyncEngine, endpoint_id: str) -> list[dict[str, Any]]:
    """The payloads that are there for an endpoint, in their order."""
    statement = (
        select(EndpointEvent.payload)
        .join(EndpointDelivery, EndpointDelivery.event_id == EndpointEvent.id)
        .where(EndpointDelivery.endpoint_id == endpoint_id)
        .order_by(EndpointDelivery.number)
    )
    async with engine.connect() as connection:
        return [json.loads(each) for each in await connection.scalars(statement)]
