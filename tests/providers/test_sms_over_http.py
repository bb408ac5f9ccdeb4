"""The providers of SMS against an HTTP server on this computer: one real send each, as the outbox makes it."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import OutboundMessage
from bot.messages.outbox.sending import open_session, send
from bot.providers.base import Outcome, Refused, Sent, Unknown
from bot.settings import Settings

PUBLIC_URL = "https://bot.example.com"
SETTINGS: Mapping[str, Mapping[str, str]] = {
    "vonage": {"API_KEY": "abcd1234", "API_SECRET": "hush", "FROM": "15559870002"},
    "telnyx": {"API_KEY": "KEY1", "FROM": "+15559870002"},
    "plivo": {"AUTH_ID": "MA1", "AUTH_TOKEN": "hush", "FROM": "15559870002"},
}
PATHS = {"vonage": "/v1/messages", "telnyx": "/v2/messages", "plivo": "/v1/Account/MA1/Message/"}
TAKEN: Mapping[str, Any] = {
    "vonage": {"message_uuid": "id-1"},
    "telnyx": {"data": {"id": "id-1"}},
    "plivo": {"message": "message(s) queued", "message_uuid": ["id-1"], "api_id": "a"},
}
each_provider = pytest.mark.parametrize("name", SETTINGS)


@asynccontextmanager
async def standing_in(answer: web.Response, path: str) -> AsyncIterator[tuple[str, list[dict[str, Any]]]]:
    """A send API that gives `answer` at `path`: its address, and the payloads it was sent."""
    received: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        assert request.headers["Authorization"]
        received.append(await request.json())
        return answer

    app = web.Application()
    app.router.add_post(path, take)
    async with TestServer(app) as server:
        yield str(server.make_url("")).rstrip("/"), received


async def sent(name: str, answer: web.Response) -> tuple[Outcome, list[dict[str, Any]]]:
    async with standing_in(answer, PATHS[name]) as (url, received), open_session(1) as session:
        settings = {f"{name.upper()}_{key}": value for key, value in SETTINGS[name].items()}
        accounts = Accounts(Settings.read(settings | {f"{name.upper()}_API_URL": url}))
        account = next(each for each in accounts if each.provider.name == name)
        to = Address(AddressKind.PHONE, "+15551230001")
        message = OutboundMessage("cmessage1", account.id, Channel.SMS, to, "Olá!")
        return await send(session, accounts, message, PUBLIC_URL), received


@each_provider
async def test_a_message_is_sent_and_its_id_kept(name: str) -> None:
    outcome, (payload,) = await sent(name, web.json_response(TAKEN[name], status=202))
    assert outcome == Sent("id-1")
    assert payload["text"] == "Olá!"
    assert f"{PUBLIC_URL}/webhooks/{name}" in str(payload)


@each_provider
async def test_what_the_provider_refuses_is_sorted(name: str) -> None:
    outcome, _ = await sent(name, web.json_response({}, status=429, headers={"Retry-After": "2"}))
    assert isinstance(outcome, Refused)
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, True, 2.0)
    outcome, _ = await sent(name, web.json_response({}, status=401))
    assert isinstance(outcome, Refused)
    assert (outcome.operator, outcome.credentials) == (True, True)


@each_provider
async def test_an_answer_that_is_no_json_settles_nothing(name: str) -> None:
    outcome, _ = await sent(name, web.Response(text="<html>It works!</html>", content_type="text/html"))
    assert isinstance(outcome, Unknown)
    outcome, _ = await sent(name, web.Response(status=500))
    assert isinstance(outcome, Unknown)
