"""Sending through Telnyx: what goes out, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.core.sms import segments
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.telnyx.provider import PROVIDER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials({"api_url": "https://api.example.com/", "api_key": "KEY1"}, {})
PHONE = Address(AddressKind.PHONE, "+15551230001")
MESSAGE = OutboundMessage("cmessage1", "telnyx:+15559870002", Channel.SMS, PHONE, "Olá & oi!")
MENU = Media(MediaKind.IMAGE, "https://cdn.example.com/menu.png")


def sent(message: OutboundMessage) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(built(PROVIDER, message, CREDENTIALS).body)
    return payload


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: str, status: int = 400) -> Refused:
    outcome = answer({"errors": [{"code": code, "title": "No", "detail": "The number +15551230001 ..."}]}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.reason.endswith(".")
    assert "15551230001" not in outcome.reason
    return outcome


def test_an_sms_goes_out_from_the_accounts_number_and_once() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/telnyx")
    assert (request.method, request.url) == ("POST", "https://api.example.com/v2/messages")
    assert request.headers["Authorization"] == "Bearer KEY1"
    assert request.headers["Content-Type"] == "application/json"
    assert request.headers["Idempotency-Key"] == "cmessage1"
    assert json.loads(request.body) == {
        "from": "+15559870002",
        "to": "+15551230001",
        "text": "Olá & oi!",
        "webhook_url": "https://bot.example.com/webhooks/telnyx",
    }


def test_without_a_public_url_the_profiles_own_is_reported_to() -> None:
    assert "webhook_url" not in sent(MESSAGE)


def test_a_file_goes_out_beside_the_words_and_without_them() -> None:
    assert sent(replace(MESSAGE, media=MENU)) == {
        "from": "+15559870002",
        "to": "+15551230001",
        "text": "Olá & oi!",
        "media_urls": [MENU.url],
    }
    assert "text" not in sent(replace(MESSAGE, text="", media=MENU))


def test_choices_and_places_are_written_in_words() -> None:
    rich = replace(MESSAGE, choices=(Choice("m", "Margherita"),), location=Location(1.5, 2.5))
    assert sent(rich)["text"] == "Olá & oi!\n\n1. Margherita\n\nhttps://maps.google.com/?q=1.5,2.5"


@for_each("character", ["a", "€", "ã", "\U0001f600"])
def test_a_text_has_at_most_ten_parts(character: str) -> None:
    assert segments(sent(replace(MESSAGE, text=character * 2000))["text"]).parts == 10


def test_the_probe_asks_for_the_balance() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.url) == ("GET", "https://api.example.com/v2/balance")
    assert request.headers["Authorization"] == "Bearer KEY1"


def test_a_persons_file_is_fetched_without_our_key() -> None:
    assert PROVIDER.media is not None
    request = PROVIDER.media({"type": "image", "url": "https://media.telnyx.com/1"}, CREDENTIALS)
    assert (request.method, request.url, request.headers) == ("GET", "https://media.telnyx.com/1", {})


@for_each("entry", [{}, {"url": "http://media.telnyx.com/1"}, {"url": "https://["}, {"url": "file:///a"}])
def test_a_file_that_is_not_on_https_is_not_fetched(entry: dict[str, str]) -> None:
    assert PROVIDER.media is not None
    with pytest.raises(UnparsableError):
        PROVIDER.media(entry, CREDENTIALS)


def test_a_taken_message_brings_its_id() -> None:
    assert answer({"data": {"id": "m1", "to": [{"status": "queued"}]}}) == Sent("m1")


@for_each("body", [b"", b"<html>", b"[]", {}, {"data": []}, {"data": {"id": None}}, {"data": {"id": ""}}])
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [500, 502, 503])
def test_a_failure_of_telnyxs_own_says_nothing_about_the_message(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)


def test_while_the_first_attempt_with_the_same_key_is_under_way_the_next_one_waits() -> None:
    outcome = answer({"errors": [{"code": "10026", "title": "Conflict"}]}, 409)
    reason = "An earlier attempt to send it is still under way at Telnyx."
    assert outcome == Refused("10026", reason, retryable=True)


@for_each("code", ["40002", "40004", "40006"])
def test_a_passing_trouble_is_tried_again(code: str) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.throttled) == (True, False)


@for_each("outcome", [refused("10011"), refused("40011"), refused("40318"), answer(b"", 429)])
def test_too_many_requests_slow_the_account_down(outcome: Refused) -> None:
    assert (outcome.retryable, outcome.throttled) == (True, True)


def test_the_wait_that_telnyx_asks_for_is_kept() -> None:
    outcome = answer(b"", 429, {"retry-after": "3"})
    assert isinstance(outcome, Refused)
    assert outcome.retry_after == 3.0


@for_each("code", ["10009", "10010", "40010", "40013", "40305"])
def test_what_only_the_owner_can_mend_says_so(code: str) -> None:
    assert refused(code).operator


@for_each("status", [401, 402, 403])
def test_refused_credentials_and_empty_accounts_are_the_owners_to_mend(status: int) -> None:
    outcome = answer({"errors": []}, status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@for_each(
    "code",
    ["10002", "10016", "40001", "40003", "40005", "40008", "40009", "40012", "40014", "40015", "40310", "49999"],
)
def test_what_cannot_succeed_is_not_tried_again(code: str) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


def test_a_person_whom_telnyx_blocks_has_opted_out() -> None:
    assert refused("40300").opt_out is ConsentReason.PROVIDER


@for_each("body", [b"", {"errors": {}}, {"errors": [1]}, {"errors": [{"code": []}]}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "Telnyx refused it (http_404).")
