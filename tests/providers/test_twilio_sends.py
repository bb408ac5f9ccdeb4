"""Sending through Twilio: what goes out, and what its answers mean."""

import json
from base64 import b64encode
from urllib.parse import parse_qs

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.twilio import PROVIDER
from tests.support.sends import built

CREDENTIALS = Credentials(
    {"api_url": "https://api.example.com/", "account_sid": "AC1", "auth_token": "new-token, old-token"}, {}
)
BASIC = f"Basic {b64encode(b'AC1:new-token').decode()}"
PHONE = Address(AddressKind.PHONE, "+15551230001")
MESSAGE = OutboundMessage("cmessage1", "twilio:+15559870002", Channel.SMS, PHONE, "Olá & oi!")


def sent(message: OutboundMessage, callback_url: str = "") -> dict[str, list[str]]:
    return parse_qs(built(PROVIDER, message, CREDENTIALS, callback_url).body.decode(), keep_blank_values=True)


def answer(body: object, status: int = 201, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: int, status: int = 400) -> Refused:
    outcome = answer({"code": code, "message": "The number +15551230001 ...", "status": status}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == str(code)
    assert outcome.reason.endswith(".")
    assert "15551230001" not in outcome.reason
    return outcome


def test_an_sms_goes_out_from_the_accounts_number() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/twilio")
    assert (request.method, request.url) == (
        "POST",
        "https://api.example.com/2010-04-01/Accounts/AC1/Messages.json",
    )
    assert request.headers == {"Authorization": BASIC, "Content-Type": "application/x-www-form-urlencoded"}
    assert parse_qs(request.body.decode()) == {
        "To": ["+15551230001"],
        "From": ["+15559870002"],
        "Body": ["Olá & oi!"],
        "StatusCallback": ["https://bot.example.com/webhooks/twilio?message=cmessage1"],
    }


def test_without_a_public_url_no_status_is_asked_for() -> None:
    assert "StatusCallback" not in sent(MESSAGE)


def test_a_whatsapp_message_goes_from_and_to_whatsapp() -> None:
    message = OutboundMessage("cmessage1", "twilio:whatsapp:+15559870003", Channel.WHATSAPP, PHONE, "oi")
    assert sent(message)["From"] == ["whatsapp:+15559870003"]
    assert sent(message)["To"] == ["whatsapp:+15551230001"]


def test_choices_are_numbered_lines_and_the_text_gives_way_to_them() -> None:
    choices = (Choice("m", "Margherita"), Choice("c", "Calabresa"))
    (body,) = sent(OutboundMessage("c1", MESSAGE.account, Channel.SMS, PHONE, "Qual?", choices))["Body"]
    assert body == "Qual?\n\n1. Margherita\n2. Calabresa"
    (body,) = sent(OutboundMessage("c1", MESSAGE.account, Channel.SMS, PHONE, "a" * 2000, choices))["Body"]
    assert len(body) == 1600
    assert body.endswith("a…\n\n1. Margherita\n2. Calabresa")


def test_the_probe_asks_for_the_account() -> None:
    request = PROVIDER.probe(CREDENTIALS)
    assert (request.method, request.url) == ("GET", "https://api.example.com/2010-04-01/Accounts/AC1.json")
    assert request.headers == {"Authorization": BASIC}


def test_a_taken_message_brings_its_sid() -> None:
    assert answer({"sid": "SM1", "status": "queued", "error_code": None}) == Sent("SM1")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", {}, {"sid": None}, {"sid": []}, {"sid": ""}])
def test_a_taken_message_without_a_sid_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@pytest.mark.parametrize("status", [500, 502, 503, 504])
def test_a_failure_of_twilios_own_says_nothing_about_the_message(status: int) -> None:
    assert isinstance(answer(b"", status), Unknown)


@pytest.mark.parametrize("code", [20429, 63018, 30001, 30003, 30008])
def test_a_passing_trouble_is_tried_again(code: int) -> None:
    assert refused(code).retryable


@pytest.mark.parametrize("code", [20003, 21408, 21608, 30002, 30034])
def test_what_only_the_owner_can_mend_says_so(code: int) -> None:
    assert refused(code).operator


@pytest.mark.parametrize("code", [21211, 21614, 21635, 30004, 30005, 30006, 30007, 63003, 63014, 63016, 424242])
def test_what_cannot_succeed_is_not_tried_again(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


def test_a_person_whom_twilio_blocks_has_opted_out() -> None:
    assert refused(21610).opt_out


@pytest.mark.parametrize(("header", "seconds"), [("3", 3.0), ("", None)])
def test_too_many_requests_are_tried_again_when_the_answer_says(header: str, seconds: float | None) -> None:
    outcome = answer(b"", 429, {"retry-after": header})
    assert outcome == Refused("http_429", "Twilio's rate limit is reached.", retryable=True, retry_after=seconds)


@pytest.mark.parametrize("status", [401, 403])
def test_refused_credentials_are_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@pytest.mark.parametrize("body", [b"", {"code": []}, {"code": None}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "Twilio refused it (http_404).")
