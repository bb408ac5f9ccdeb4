"""Sending through Vonage: what goes out, and what its answers mean."""

import json
from base64 import b64encode
from dataclasses import replace
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.vonage.provider import PROVIDER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials({"api_url": "https://api.example.com/", "api_key": "abcd1234", "api_secret": "hush"}, {})
BASIC = f"Basic {b64encode(b'abcd1234:hush').decode()}"
PHONE = Address(AddressKind.PHONE, "+15551230001")
MESSAGE = OutboundMessage("cmessage1", "vonage:15559870002", Channel.SMS, PHONE, "Olá & oi!")


def sent(message: OutboundMessage) -> dict[str, Any]:
    payload: dict[str, Any] = json.loads(built(PROVIDER, message, CREDENTIALS).body)
    return payload


def answer(body: object, status: int = 202, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: str, status: int = 422) -> Refused:
    problem = {
        "type": f"https://developer.vonage.com/api-errors/messages#{code}",
        "title": "No",
        "detail": "The number 15551230001 ...",
    }
    outcome = answer(problem, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == code
    assert outcome.reason.endswith(".")
    assert "15551230001" not in outcome.reason
    return outcome


def test_an_sms_goes_out_from_the_accounts_number() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/vonage")
    assert (request.method, request.url) == ("POST", "https://api.example.com/v1/messages")
    assert request.headers["Authorization"] == BASIC
    assert request.headers["Content-Type"] == "application/json"
    assert json.loads(request.body) == {
        "channel": "sms",
        "message_type": "text",
        "to": "15551230001",
        "from": "15559870002",
        "text": "Olá & oi!",
        "client_ref": "cmessage1",
        "webhook_url": "https://bot.example.com/webhooks/vonage",
    }


def test_without_a_public_url_the_accounts_own_is_reported_to() -> None:
    assert "webhook_url" not in sent(MESSAGE)


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
    assert len(sent(replace(MESSAGE, text="a" * 2000))["text"]) == 1000


def test_the_probe_asks_for_the_applications() -> None:
    request = probed(PROVIDER, CREDENTIALS)
    assert (request.method, request.url) == ("GET", "https://api.example.com/v2/applications?page_size=1")
    assert request.headers == {"Authorization": BASIC}


def test_a_taken_message_brings_its_id() -> None:
    assert answer({"message_uuid": "u1"}) == Sent("u1")


@for_each("body", [b"", b"<html>", b"[]", {}, {"message_uuid": None}, {"message_uuid": ""}])
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [500, 502, 503])
def test_a_failure_of_vonages_own_says_nothing_about_the_message(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)


@for_each("code", ["1030", "1100", "1180", "1220", "1230"])
def test_a_passing_trouble_is_tried_again(code: str) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.throttled) == (True, False)


@for_each("outcome", [refused("1000", 422), refused("1000", 429), answer({"type": "#", "title": "Rate"}, 429)])
def test_too_many_requests_slow_the_account_down(outcome: Refused) -> None:
    assert (outcome.retryable, outcome.throttled) == (True, True)


def test_the_wait_that_vonage_asks_for_is_kept() -> None:
    outcome = answer(b"", 429, {"retry-after": "3"})
    assert isinstance(outcome, Refused)
    assert outcome.retry_after == 3.0


@for_each("code", ["1060", "1070", "1080", "1120", "1160"])
def test_what_only_the_owner_can_mend_says_so(code: str) -> None:
    assert refused(code).operator


@for_each("status", [401, 402, 403])
def test_refused_credentials_and_empty_accounts_are_the_owners_to_mend(status: int) -> None:
    outcome = answer({"type": "https://developer.vonage.com/api-errors#unauthorized", "title": "No"}, status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@for_each("code", ["1010", "1020", "1040", "1050", "1090", "1170", "1190", "1210", "4242"])
def test_what_cannot_succeed_is_not_tried_again(code: str) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


def test_a_person_whom_vonage_blocks_has_opted_out() -> None:
    assert refused("1240").opt_out is ConsentReason.PROVIDER


def test_a_closed_window_says_so() -> None:
    assert refused("1340").window_closed


@for_each("body", [b"", {"type": []}, {"type": None, "title": "words"}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "Vonage refused it (http_404).")
