"""Sending through a bridge: what it is posted, and what its answers mean."""

import json
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.messages.outbox.sending import send
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.generic.provider import PROVIDER
from bot.providers.kit.standard_webhooks import check, key
from bot.settings import Settings
from tests.support import posts
from tests.support.sends import probed
from tests.support.tables import for_each

NOW = datetime.fromtimestamp(1760000000, UTC)
OTHER = "whsec_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="
HELD = Credentials(
    {"account": "app", "api_url": "https://bridge.example.com/bot", "secret": f"{posts.GENERIC_SECRET},{OTHER}"}, {}
)
ANA = Address(AddressKind.EXTERNAL, "ana")
MESSAGE = OutboundMessage("cmessage1", "generic:app", Channel.OTHER, ANA, "Oi!")
FULL = OutboundMessage(
    id="cmessage2",
    account="generic:app",
    channel=Channel.SMS,
    to=ANA,
    text="Which size?",
    choices=(Choice("1", "Large", "for two"), Choice("2", "Small")),
    choices_label="Sizes",
    media=Media(MediaKind.DOCUMENT, "https://files.example.com/menu.pdf", "menu.pdf"),
    location=Location(-23.5, -46.6, "Pizzaria", "Rua A, 1"),
)


def built(message: OutboundMessage, credentials: Credentials = HELD) -> HttpRequest:
    request = PROVIDER.build(message, credentials, Circumstances(NOW))
    assert isinstance(request, HttpRequest)
    return request


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(status: int, body: object = None, headers: dict[str, str] | None = None) -> Refused:
    outcome = answer(body, status, headers)
    assert isinstance(outcome, Refused)
    return outcome


def test_a_text_is_posted_as_json() -> None:
    request = built(MESSAGE)
    assert (request.method, request.url) == ("POST", "https://bridge.example.com/bot")
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "type": "message.send",
        "timestamp": "2025-10-09T08:53:20+00:00",
        "data": {"id": "cmessage1", "channel": "other", "to": "ana", "text": "Oi!"},
    }


def test_a_message_is_posted_with_all_that_it_consists_of() -> None:
    assert json.loads(built(FULL).body)["data"] == {
        "id": "cmessage2",
        "channel": "sms",
        "to": "ana",
        "text": "Which size?",
        "choices": [
            {"id": "1", "label": "Large", "description": "for two"},
            {"id": "2", "label": "Small", "description": ""},
        ],
        "choices_label": "Sizes",
        "media": {"type": "document", "url": "https://files.example.com/menu.pdf", "filename": "menu.pdf"},
        "location": {"latitude": -23.5, "longitude": -46.6, "name": "Pizzaria", "address": "Rua A, 1"},
    }


def test_what_has_no_name_is_posted_without_one() -> None:
    bare = OutboundMessage(
        "c", "generic:app", Channel.OTHER, ANA, "", media=Media(MediaKind.IMAGE, "https://x"), location=Location(0.0, 1)
    )
    data = json.loads(built(bare).body)["data"]
    assert data["text"] == ""
    assert data["media"] == {"type": "image", "url": "https://x"}
    assert data["location"] == {"latitude": 0.0, "longitude": 1}


@for_each("secret", [posts.GENERIC_SECRET, OTHER])
def test_it_is_signed_with_each_of_the_secrets(secret: str) -> None:
    request = built(MESSAGE)
    assert request.headers["webhook-id"] == "cmessage1"
    check(request.headers, request.body, [key(secret)], NOW)


def test_without_a_secret_nothing_is_built() -> None:
    with pytest.raises(NotConfiguredError):
        built(MESSAGE, Credentials({"api_url": "https://bridge.example.com/bot"}, {}))


def test_the_id_is_the_one_that_the_bridge_gives() -> None:
    assert answer({"id": "b-2001"}) == Sent("b-2001")
    assert answer({"id": 2001}, 202) == Sent("2001")


@for_each("body", [b"", b"ok", {}, {"id": ""}, {"id": "x" * 600}, []])
def test_without_an_id_it_is_unknown(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [429, 502, 504])
def test_a_busy_bridge_is_sent_less(status: int) -> None:
    outcome = refused(status, b"<html>", {"retry-after": "9"})
    assert (outcome.code, outcome.retryable, outcome.throttled, outcome.retry_after) == (
        f"http_{status}",
        True,
        True,
        9,
    )


@for_each("status", [500, 503])
def test_a_bridge_that_fails_is_asked_again(status: int) -> None:
    outcome = refused(status)
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, False, None)


@for_each(("status", "pauses"), [(401, True), (403, True), (410, True), (404, False), (405, False)])
def test_what_only_the_operator_can_mend_is_theirs(status: int, pauses: bool) -> None:
    outcome = refused(status)
    assert (outcome.operator, outcome.credentials, outcome.retryable) == (True, pauses, False)


def test_a_redirect_is_the_operators() -> None:
    assert refused(302).operator


@for_each(
    ("code", "reason"),
    [
        ("opted_out", ConsentReason.PROVIDER),
        ("complaint", ConsentReason.COMPLAINT),
        ("unreachable", ConsentReason.BOUNCE),
    ],
)
def test_a_person_who_is_to_get_no_more_is_opted_out(code: str, reason: ConsentReason) -> None:
    outcome = refused(422, {"code": code})
    assert (outcome.code, outcome.opt_out, outcome.retryable) == (code, reason, False)


@for_each(("body", "code"), [({"code": "too_long"}, "too_long"), ({"code": ["x"]}, "http_400"), (b"no", "http_400")])
def test_what_the_bridge_refuses_has_failed(body: object, code: str) -> None:
    outcome = refused(400, body)
    assert (outcome.code, outcome.retryable, outcome.operator, outcome.opt_out) == (code, False, False, None)
    assert code in outcome.reason


def test_doctor_asks_whether_the_bridge_is_there() -> None:
    request = probed(PROVIDER, HELD)
    assert (request.method, request.url) == ("GET", "https://bridge.example.com/bot")


async def test_a_message_is_sent_over_http() -> None:
    taken: list[Any] = []

    async def take(request: web.Request) -> web.Response:
        body = await request.read()
        check({name.lower(): value for name, value in request.headers.items()}, body, [key(OTHER)], utc_now())
        taken.append(json.loads(body)["data"]["text"])
        return web.json_response({"id": "b-1"})

    app = web.Application()
    app.router.add_post("/bot", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        settings = {
            "GENERIC_ACCOUNT": "app",
            "GENERIC_API_URL": str(server.make_url("/bot")),
            "GENERIC_SECRET": OTHER,
        }
        outcome = await send(session, Accounts(Settings.read(settings)), MESSAGE, "")

    assert outcome == Sent("b-1")
    assert taken == ["Oi!"]
