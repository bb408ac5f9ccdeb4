"""Sending through Plivo: what goes out, and what its answers mean."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.core.sms import segments
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.plivo.errors import failure
from bot.providers.plivo.provider import PROVIDER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials(
    {"api_url": "https://api.example.com/", "auth_id": "MA1", "auth_token": "new-token, old-token"}, {}
)
BASIC = f"Basic {b64encode(b'MA1:new-token').decode()}"
PHONE = Address(AddressKind.PHONE, "+15551230001")
MESSAGE = OutboundMessage("cmessage1", "plivo:15559870002", Channel.SMS, PHONE, "Olá & oi!")


def sent(message: OutboundMessage) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(built(PROVIDER, message, CREDENTIALS).body)
    return payload


def answer(body: object, status: int = 202, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def test_an_sms_goes_out_from_the_accounts_number() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/plivo")
    assert (request.method, request.url) == ("POST", "https://api.example.com/v1/Account/MA1/Message/")
    assert request.headers == {"Authorization": BASIC, "Content-Type": "application/json"}
    assert json.loads(request.body) == {
        "src": "15559870002",
        "dst": "15551230001",
        "text": "Olá & oi!",
        "type": "sms",
        "url": "https://bot.example.com/webhooks/plivo?message=cmessage1",
        "method": "POST",
    }


def test_without_a_public_url_no_status_is_asked_for() -> None:
    assert not {"url", "method"} & sent(MESSAGE).keys()


def test_what_an_sms_lacks_is_written_in_words() -> None:
    rich = replace(
        MESSAGE,
        choices=(Choice("m", "Margherita"),),
        media=Media(MediaKind.IMAGE, "https://cdn.example.com/menu.png"),
        location=Location(1.5, 2.5),
    )
    assert sent(rich)["text"] == (
        "Olá & oi!\n\n1. Margherita\n\nhttps://cdn.example.com/menu.png\n\nhttps://maps.google.com/?q=1.5,2.5"
    )


@for_each(("character", "units"), [("a", 1600), ("ã", 737), ("\U0001f600", 737)])
def test_a_long_text_is_cut_where_plivo_takes_no_more_of_its_encoding(character: str, units: int) -> None:
    counted = segments(sent(replace(MESSAGE, text=character * 2000))["text"])
    assert units - 1 <= counted.units <= units


def test_the_probe_asks_for_the_account() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.url) == ("GET", "https://api.example.com/v1/Account/MA1/")
    assert request.headers == {"Authorization": BASIC}


@for_each("uuid", [["u1"], "u1"])
def test_a_taken_message_brings_its_id(uuid: object) -> None:
    assert answer({"message": "message(s) queued", "message_uuid": uuid, "api_id": "a"}) == Sent("u1")


@for_each("body", [b"", b"<html>", b"[]", {}, {"message_uuid": []}, {"message_uuid": [{}]}])
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [500, 502, 503])
def test_a_failure_of_plivos_own_says_nothing_about_the_message(status: int) -> None:
    assert isinstance(answer({"error": "internal"}, status), Unknown)


def test_too_many_requests_slow_the_account_down() -> None:
    outcome = answer({"error": "too many"}, 429, {"retry-after": "3"})
    assert isinstance(outcome, Refused)
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, True, 3.0)


@for_each("status", [401, 402, 403])
def test_refused_credentials_and_empty_accounts_are_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@for_each("body", [b"", {"error": "dst 15551230001 is not valid"}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 400) == Refused("http_400", "Plivo refused it (http_400).")


@for_each("code", ["40", "450", "900", "910"])
def test_a_failure_that_only_the_owner_can_mend_says_so(code: str) -> None:
    assert failure(code).operator


def test_a_person_whom_plivo_blocks_has_opted_out() -> None:
    assert failure("200").opt_out
