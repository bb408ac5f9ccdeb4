"""Endpoints for tests: programs on this computer that are told, and what was written for them."""

import asyncio
import json
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from aiohttp import web
from aiohttp.test_utils import TestServer
from pydantic import SecretStr
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from standardwebhooks import Webhook
from yarl import URL

from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.endpoints.events.writing import Happening, write
from bot.endpoints.kinds import EventKind
from bot.endpoints.models import Endpoint, EndpointAttempt, EndpointDelivery, EndpointEvent
from bot.endpoints.payloads import TrialPayload
from bot.endpoints.secrets import EndpointSealer
from bot.endpoints.service import Asked, Deliverer, Terms, add_endpoint
from tests.support.bot import Clock

KEY = "k" * 40
ALL = tuple(EventKind)
BY = Actor("ana (terminal)")
Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass
class Program:
    """A program that is told: it checks who tells it, keeps what it is told, and answers as it is asked to.

    Attributes:
        url: its address.
        origin: that address's.
        secret: by which it knows us; nothing is checked without one.
        told: the payloads, in the order in which they came, with the repeats.
        answers: to the next requests; behind them it answers 204.
    """

    url: str = ""
    origin: URL = field(default_factory=URL)
    secret: str = ""
    told: list[dict[str, Any]] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)

    async def hear(self, request: web.Request) -> web.StreamResponse:
        """Take one request."""
        body = await request.text()
        if self.secret:
            payload = Webhook(self.secret).verify(body, dict(request.headers))
            assert payload["id"] == request.headers["webhook-id"]
        self.told.append(json.loads(body))
        return await self.answers.popleft()(request) if self.answers else web.Response(status=204)

    def ids(self, contact_id: str) -> list[str]:
        """The ids of what `happens` to a contact, in the order in which they first came."""
        return list(dict.fromkeys(each["id"] for each in self.told if each["data"]["test"]["asked_by"] == contact_id))


@asynccontextmanager
async def a_program() -> AsyncIterator[Program]:
    """A program that listens."""
    program = Program()
    app = web.Application()
    app.router.add_post("/hook", program.hear)
    server = TestServer(app)
    await server.start_server()
    program.url = str(server.make_url("/hook"))
    program.origin = URL(program.url).origin()
    try:
        yield program
    finally:
        await server.close()


class Deliverers:
    """Processes that tell endpoints, by a clock that tests move."""

    def __init__(self, engine: AsyncEngine, own: Terms, clock: Clock | None = None) -> None:
        self.engine = engine
        self.clock = clock or Clock()
        self._terms = own
        self._running: dict[Deliverer, asyncio.Task[None]] = {}

    def start(self, owner: str = "one") -> Deliverer:
        """Start one; it is stopped when the test ends."""
        made = Deliverer(self.engine, self._terms, owner=owner, moment=self._moment)
        self._running[made] = asyncio.create_task(made.run())
        return made

    async def happens(self, endpoint_id: str, *contact_ids: str | None) -> list[str]:
        """Something happens by their clock, as in `happens`."""
        return await happens(self.engine, endpoint_id, *contact_ids, now=self.clock())

    async def _moment(self, _connection: AsyncConnection) -> datetime:
        return self.clock()

    async def close(self) -> None:
        """Stop them, and wait for what is under way."""
        for each in self._running:
            each.stop()
        await asyncio.gather(*self._running.values())


def says(status: int, body: str = "", **headers: str) -> Answer:
    """An answer at once."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(status=status, text=body, headers=headers)

    return answer


def hangs(until: asyncio.Event) -> Answer:
    """No answer before that; then 200."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await until.wait()
        return web.Response(status=200)

    return answer


def terms(*own: URL, keys: tuple[str, ...] = (KEY,)) -> Terms:
    """By which endpoints are kept, with origins that may be private ones."""
    return Terms(EndpointSealer([SecretStr(each) for each in keys]), own)


async def add(engine: AsyncEngine, program: Program, *kinds: EventKind) -> str:
    """Let a program be told; returns its endpoint's id."""
    async with engine.begin() as connection:
        asked = Asked(program.url, kinds or ALL)
        endpoint, program.secret = await add_endpoint(connection, terms(program.origin), asked, BY, utc_now())
    return endpoint.id


async def add_row(engine: AsyncEngine, *kinds: str, **columns: Any) -> str:
    """An endpoint that asks for those kinds, with a secret that nobody can open. Returns its id."""
    now: datetime = utc_now()
    row = {"id": new_id(), "url": "https://shop.example/hook", "secret": "", "created_at": now, "updated_at": now}
    row |= {"kinds": list(kinds or ALL), **columns}
    async with engine.begin() as connection:
        await connection.execute(insert(Endpoint).values(row))
    return str(row["id"])


async def happens(engine: AsyncEngine, endpoint_id: str, *contact_ids: str | None, now: datetime) -> list[str]:
    """Something happens to each of the contacts, in that order; returns the deliveries' ids."""
    happenings = [
        Happening("contact.updated", each, now, {"test": TrialPayload(endpoint_id=endpoint_id, asked_by=each or "")})
        for each in contact_ids
    ]
    async with engine.begin() as connection:
        return await write(connection, happenings, [(endpoint_id, frozenset({"contact.updated"}))], now)


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


async def row_of(engine: AsyncEngine, endpoint_id: str) -> dict[str, Any]:
    """An endpoint's columns, as committed."""
    async with engine.connect() as connection:
        found = await connection.execute(select(Endpoint.__table__).where(Endpoint.id == endpoint_id))
        return dict(found.one()._mapping)


async def deliveries_of(engine: AsyncEngine, endpoint_id: str) -> list[dict[str, Any]]:
    """The columns of an endpoint's deliveries, in their order, as committed."""
    statement = select(EndpointDelivery.__table__).where(EndpointDelivery.endpoint_id == endpoint_id)
    async with engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement.order_by(EndpointDelivery.number))]


async def attempts_of(engine: AsyncEngine, endpoint_id: str) -> list[dict[str, Any]]:
    """The columns of all attempts at an endpoint's deliveries, in their order, as committed."""
    statement = (
        select(EndpointAttempt.__table__)
        .join(EndpointDelivery, EndpointDelivery.number == EndpointAttempt.delivery)
        .where(EndpointDelivery.endpoint_id == endpoint_id)
        .order_by(EndpointAttempt.delivery, EndpointAttempt.attempt)
    )
    async with engine.connect() as connection:
        return [dict(row._mapping) for row in await connection.execute(statement)]
