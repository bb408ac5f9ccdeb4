"""Sending through 360dialog: Meta's own JSON, to another address, with a key in place of the token."""

import json

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Refused, Sent, Unknown
from bot.providers.meta.dialog360 import PROVIDER
from bot.providers.meta.whatsapp import PROVIDER as WHATSAPP
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials({"api_url": "https://waba.example.com/", "api_key": "key", "phone_number_id": "7002"}, {})
META = Credentials({"api_url": "https://graph.example.com", "access_token": "token"}, {})
MESSAGE = OutboundMessage(
    "cmessage1",
    "dialog360:7002",
    Channel.WHATSAPP,
    Address(AddressKind.PHONE, "+5511999990000"),
    "Qual?",
    (Choice("m", "Margherita"),),
)


def test_a_message_goes_out_with_the_numbers_key() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS)
    assert (request.method, request.url) == ("POST", "https://waba.example.com/messages")
    assert request.headers == {"D360-API-KEY": "key", "Content-Type": "application/json"}
    assert "D360" not in repr(request)


def test_what_goes_out_is_what_meta_itself_would_get() -> None:
    assert json.loads(built(PROVIDER, MESSAGE, CREDENTIALS).body) == json.loads(built(WHATSAPP, MESSAGE, META).body)


def test_the_probe_asks_for_the_numbers_webhook() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://waba.example.com/v1/configs/webhook"
    assert request.headers == {"D360-API-KEY": "key"}


def test_a_taken_message_brings_its_id() -> None:
    assert PROVIDER.read(HttpResponse(200, {}, b'{"messages": [{"id": "wamid.1"}]}')) == Sent("wamid.1")


@for_each("body", [b"", b"<html>", b"{}"])
def test_an_answer_that_cannot_be_read_is_of_unknown_outcome(body: bytes) -> None:
    assert isinstance(PROVIDER.read(HttpResponse(200, {}, body)), Unknown)


@for_each(
    ("status", "body", "retryable", "operator", "throttled"),
    [
        (400, {"error": {"code": 130429}}, True, False, True),
        (400, {"error": {"code": 131026}}, False, False, False),
        (
            401,
            {"meta": {"success": False, "http_code": 401, "developer_message": "Invalid api key"}},
            False,
            True,
            False,
        ),
        (429, {}, True, False, True),
        (500, {}, True, False, False),
    ],
)
def test_a_refusal_is_sorted_by_metas_code_else_by_the_http_status(
    status: int, body: object, *, retryable: bool, operator: bool, throttled: bool
) -> None:
    outcome = PROVIDER.read(HttpResponse(status, {}, json.dumps(body).encode()))
    assert isinstance(outcome, Refused)
    assert (outcome.retryable, outcome.operator, outcome.throttled) == (retryable, operator, throttled)


@for_each(
    ("words", "retryable", "operator", "throttled"),
    [
        ("You have exceeded the endpoint rate limit.", True, False, True),
        ("Could not send message due to lack of payment.", False, True, False),
        ("Your WhatsApp for Business API has been disabled", False, True, False),
        ("Something else", False, False, False),
    ],
)
def test_a_bad_request_of_its_own_is_sorted_by_its_words(
    words: str, *, retryable: bool, operator: bool, throttled: bool
) -> None:
    body = {"meta": {"success": False, "http_code": 400, "developer_message": words}}
    outcome = PROVIDER.read(HttpResponse(400, {"retry-after": "3"}, json.dumps(body).encode()))
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retry_after, outcome.credentials) == ("http_400", 3.0, False)
    assert (outcome.retryable, outcome.operator, outcome.throttled) == (retryable, operator, throttled)
