"""A provider reduced to what the outbox sees of one, and its server on loopback, which misbehaves on demand."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import orjson
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.core.addresses import Channel
from bot.core.consents import ConsentReason
from bot.core.messages import Delivery, OutboundMessage
from bot.providers.base import (
    Circumstances,
    Credential,
    Credentials,
    HttpRequest,
    HttpResponse,
    Outcome,
    Provider,
    Refused,
    Sent,
    Unknown,
    WebhookRequest,
)


def _build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    body = {"id": message.id, "to": message.to.value, "text": message.text, "callback": circumstances.callback_url}
    headers = {"Authorization": f"Bearer {credentials['token']}", "Content-Type": "application/json"}
    return HttpRequest("POST", f"{credentials['api_url']}/messages", headers, orjson.dumps(body))


def _read(response: HttpResponse) -> Outcome:
    if response.status < 300:
        try:
            return Sent(orjson.loads(response.body)["id"])
        except orjson.JSONDecodeError:
            return Unknown("The answer is not JSON.")
    retry_after = response.headers.get("retry-after")
    return Refused(
        code=f"http_{response.status}",
        reason="Refused.",
        retryable=response.status in {401, 402, 429} or response.status >= 500,
        retry_after=None if retry_after is None else float(retry_after),
        opt_out=ConsentReason.PROVIDER if response.status == 451 else None,
        operator=response.status in {401, 402},
        credentials=response.status == 401,
        throttled=response.status == 429,
    )


def _nothing(_request: WebhookRequest, _credentials: Credentials) -> Delivery:
    return Delivery()


LOOPBACK = Provider(
    name="loopback",
    title="Loopback",
    channels=(Channel.WHATSAPP,),
    credentials=(
        Credential("api_url", "LOOPBACK_API_URL", "where it listens"),
        Credential("token", "LOOPBACK_TOKEN", "its token", secret=True),
    ),
    identity=lambda credentials: ("1",) if credentials.get("api_url") else (),
    default_rate=1000.0,
    knock=lambda _request, _credentials, _now: None,
    verify=lambda _request, _credentials, _now: None,
    parse=_nothing,
    build=_build,
    read=_read,
    signature="none",
    probe=lambda credentials, _circumstances: HttpRequest("GET", credentials["api_url"], {}, b""),
)

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(slots=True)
class Server:
    """The provider's side.

    Attributes:
        url: where it listens.
        received: the bodies of the requests, in order of arrival.
        answers: what it does with the next requests; when there are none left it takes the message.
    """

    url: str = ""
    received: list[dict[str, Any]] = field(default_factory=list)
    answers: deque[Answer] = field(default_factory=deque)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """Write down the request and answer it."""
        body = orjson.loads(await request.read())
        self.received.append({**body, "authorization": request.headers["Authorization"]})
        if self.answers:
            return await self.answers.popleft()(request)
        return web.json_response({"id": f"sent-{len(self.received)}"})


@asynccontextmanager
async def serving() -> AsyncIterator[Server]:
    """A running server."""
    server = Server()
    app = web.Application()
    app.router.add_post("/messages", server.handle)
    async with TestServer(app) as running:
        server.url = str(running.make_url("")).rstrip("/")
        yield server


def status(code: int, **headers: str) -> Answer:
    """Answers with `code`, a JSON error and `headers` (underscores for hyphens)."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        return web.json_response({"error": code}, status=code, headers=named)

    return answer


def takes_as(provider_message_id: str) -> Answer:
    """Takes the message under that id."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.json_response({"id": provider_message_id})

    return answer


def says(body: bytes) -> Answer:
    """Answers 200 with `body`."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        return web.Response(body=body)

    return answer


def waits_for(event: asyncio.Event) -> Answer:
    """Takes the message once `event` is set."""

    async def answer(_request: web.Request) -> web.StreamResponse:
        await event.wait()
        return web.json_response({"id": "at-last"})

    return answer


async def resets(request: web.Request) -> web.StreamResponse:
    """Cuts the connection without an answer."""
    assert request.transport is not None
    request.transport.abort()
    return web.Response()
