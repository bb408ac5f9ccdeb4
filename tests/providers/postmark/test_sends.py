"""Sending a mail through Postmark, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError
from bot.core.messages import EmailHeaders, OutboundMessage
from bot.providers.base import HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.postmark.provider import PROVIDER
from tests.support.mail_posts import POSTMARK, credentials
from tests.support.sends import built, probed
from tests.support.tables import for_each

OURS = credentials(PROVIDER, POSTMARK)
ID = "22222222-3333-4444-8555-666666666666"
MESSAGE = OutboundMessage(
    id="cmgfixture000000000000001",
    account="postmark:1a2b@inbound.example.com",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.net"),
    text="Qual sabor?",
    email=EmailHeaders(subject="Re: pedido", in_reply_to="<a2@example.net>", references=("<a2@example.net>",)),
)


def sent_json(message: OutboundMessage, **changed: str) -> Any:
    return json.loads(built(PROVIDER, message, credentials(PROVIDER, POSTMARK, **changed)).body)


def answer(status: int, payload: Any = None, **headers: str) -> Outcome:
    body = payload if isinstance(payload, bytes) else json.dumps(payload).encode()
    return PROVIDER.read(HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


def test_an_answer_stands_in_the_thread_and_carries_our_id() -> None:
    request = built(PROVIDER, MESSAGE, OURS)

    assert (request.method, request.url) == ("POST", "https://api.postmarkapp.com/email")
    assert request.headers["X-Postmark-Server-Token"] == "token-made-up"
    assert "token-made-up" not in repr(request)
    assert sent_json(MESSAGE) == {
        "From": "Pizzaria <oi@example.com>",
        "To": "ana@example.net",
        "ReplyTo": "1a2b@inbound.example.com",
        "Subject": "Re: pedido",
        "TextBody": "Qual sabor?",
        "Headers": [
            {"Name": "In-Reply-To", "Value": "<a2@example.net>"},
            {"Name": "References", "Value": "<a2@example.net>"},
            {"Name": "Auto-Submitted", "Value": "auto-replied"},
            {"Name": "X-Auto-Response-Suppress", "Value": "All"},
            {"Name": "X-Recado", "Value": MESSAGE.id},
        ],
        "Metadata": {"bot_msg": MESSAGE.id, "bot_account": "postmark:1a2b@inbound.example.com"},
    }


def test_html_goes_along_and_answers_to_the_sender_need_no_header() -> None:
    mail = sent_json(replace(MESSAGE, html="<p>Qual sabor?</p>"), inbound="example.com")

    assert mail["HtmlBody"] == "<p>Qual sabor?</p>"
    assert "ReplyTo" not in mail


def test_a_comma_adds_no_recipient() -> None:
    two = Address(AddressKind.EMAIL, "ana@example.net, eve@example.net")
    assert sent_json(replace(MESSAGE, to=two))["To"] == "invalid"


@for_each(("missing", "setting"), [("from", "POSTMARK_FROM"), ("server_token", "POSTMARK_SERVER_TOKEN")])
def test_a_missing_setting_is_named(missing: str, setting: str) -> None:
    with pytest.raises(NotConfiguredError, match=setting):
        built(PROVIDER, MESSAGE, credentials(PROVIDER, POSTMARK, **{missing: ""}))


def test_what_postmark_took_is_known_by_its_message_id() -> None:
    assert answer(200, {"ErrorCode": 0, "Message": "OK", "MessageID": ID}) == Sent(ID)


@for_each("payload", [b"", b"<html>", [], {}, {"ErrorCode": 0, "MessageID": "a\0"}, {"MessageID": [1]}])
def test_a_yes_that_cannot_be_read_is_unknown(payload: Any) -> None:
    assert isinstance(answer(200, payload), Unknown)


@for_each("status", [500, 502, 504])
def test_a_failure_while_it_had_the_mail_is_unknown(status: int) -> None:
    assert isinstance(answer(status, b"<html>"), Unknown)


@for_each("status", [408, 429, 503])
def test_trouble_that_passes_is_tried_again(status: int) -> None:
    outcome = answer(status, b"", retry_after="17")

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.retry_after) == (f"http_{status}", True, 17.0)
    assert outcome.throttled == (status == 429)


@for_each("code", [100, 429])
def test_an_error_that_passes_is_tried_again(code: int) -> None:
    outcome = answer(422, {"ErrorCode": code, "Message": "later"}, retry_after="3")

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.retry_after) == (str(code), True, 3.0)
    assert outcome.throttled == (code == 429)


@for_each("code", [10, 400, 401, 405, 412, 413])
def test_what_only_the_owner_can_mend_names_the_setting_or_the_account(code: int) -> None:
    outcome = answer(422, {"ErrorCode": code, "Message": "ana@example.net"})

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator, outcome.retryable) == (str(code), True, False)
    assert "ana@" not in outcome.reason


def test_a_token_that_is_not_known_names_its_setting() -> None:
    refused = [answer(401, b"<html>"), answer(422, {"ErrorCode": 10, "Message": "Bad or missing Server API token."})]

    reason = "Postmark does not know the token; look at POSTMARK_SERVER_TOKEN."
    assert refused == [
        Refused("http_401", reason, operator=True, credentials=True),
        Refused("10", reason, operator=True, credentials=True),
    ]


@for_each("status", [301, 401, 403, 404])
def test_an_answer_without_a_code_that_only_the_owner_can_mend(status: int) -> None:
    outcome = answer(status, b"<html>")

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


def test_an_inactive_recipient_is_opted_out() -> None:
    outcome = answer(422, {"ErrorCode": 406, "Message": "Found inactive addresses: ana@example.net."})

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.opt_out) == ("406", ConsentReason.BOUNCE)
    assert "ana@" not in outcome.reason


def test_a_recipient_that_is_no_address_is_named_as_such() -> None:
    wrong = answer(422, {"ErrorCode": 300, "Message": "Error parsing 'To': Illegal email address 'invalid'."})
    other = answer(422, {"ErrorCode": 300, "Message": "Zero recipients specified"})

    assert isinstance(wrong, Refused)
    assert wrong.code == "invalid_recipient"
    assert other == Refused("300", "Postmark does not take the message as it is.")


@for_each(
    ("status", "payload", "code"),
    [
        (422, {"ErrorCode": 411, "Message": "x"}, "411"),
        (200, {"ErrorCode": 300, "Message": "x"}, "300"),
        (413, b"<html>", "http_413"),
        (422, {"ErrorCode": {}}, "http_422"),
    ],
)
def test_a_message_that_postmark_will_never_take_fails(status: int, payload: Any, code: str) -> None:
    assert answer(status, payload) == Refused(code, "Postmark does not take the message as it is.")


def test_the_probe_asks_for_the_server_of_the_token() -> None:
    request = probed(PROVIDER, OURS)

    assert (request.method, request.url, request.body) == ("GET", "https://api.postmarkapp.com/server", b"")
    assert request.headers["X-Postmark-Server-Token"] == "token-made-up"
