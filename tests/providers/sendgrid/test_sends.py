"""Sending a mail through SendGrid, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import NotConfiguredError
from bot.core.messages import Choice, EmailHeaders, OutboundMessage
from bot.providers.base import HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.sendgrid.provider import PROVIDER
from tests.support.mail_posts import SENDGRID, credentials
from tests.support.sends import built, probed
from tests.support.tables import for_each

OURS = credentials(PROVIDER, SENDGRID)
MESSAGE = OutboundMessage(
    id="cmgfixture000000000000001",
    account="sendgrid:in.example.com",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.net"),
    text="Qual sabor?",
    email=EmailHeaders(subject="Re: pedido", in_reply_to="<a2@example.net>", references=("<a2@example.net>",)),
)


def sent_json(message: OutboundMessage, **changed: str) -> Any:
    return json.loads(built(PROVIDER, message, credentials(PROVIDER, SENDGRID, **changed)).body)


def answer(status: int, body: bytes = b"", **headers: str) -> Outcome:
    return PROVIDER.read(HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


def test_an_answer_stands_in_the_thread_and_carries_our_id() -> None:
    request = built(PROVIDER, MESSAGE, OURS)

    assert (request.method, request.url) == ("POST", "https://api.sendgrid.com/v3/mail/send")
    assert request.headers == {"Authorization": "Bearer SG.made-up", "Content-Type": "application/json"}
    assert "SG.made-up" not in repr(request)
    assert sent_json(MESSAGE) == {
        "personalizations": [
            {
                "to": [{"email": "ana@example.net"}],
                "custom_args": {"bot_msg": MESSAGE.id, "bot_account": "sendgrid:in.example.com"},
            }
        ],
        "from": {"email": "oi@example.com", "name": "Pizzaria"},
        "reply_to": {"email": "oi@in.example.com"},
        "subject": "Re: pedido",
        "content": [{"type": "text/plain", "value": "Qual sabor?"}],
        "headers": {
            "In-Reply-To": "<a2@example.net>",
            "References": "<a2@example.net>",
            "Auto-Submitted": "auto-replied",
            "X-Auto-Response-Suppress": "All",
            "X-Recado": MESSAGE.id,
        },
    }


def test_html_comes_after_the_plain_words() -> None:
    both = replace(MESSAGE, html="<p>Qual sabor?</p>", choices=(Choice("m", "Margherita"),))
    assert [each["type"] for each in sent_json(both)["content"]] == ["text/plain", "text/html"]


def test_a_sender_without_a_name_at_the_domain_of_inbound_mail_needs_nothing_more() -> None:
    mail = sent_json(MESSAGE, **{"from": "bot@in.example.com"})

    assert mail["from"] == {"email": "bot@in.example.com"}
    assert "reply_to" not in mail


@given(st.text(max_size=40), st.text(st.characters(), max_size=40))
def test_nothing_a_person_wrote_adds_a_header_or_a_recipient(to: str, subject: str) -> None:
    mail = sent_json(replace(MESSAGE, to=Address(AddressKind.EMAIL, to), email=EmailHeaders(subject=subject)))

    (recipient,) = mail["personalizations"][0]["to"]
    assert "," not in recipient["email"]
    assert len(mail["subject"].splitlines()) <= 1
    assert all(value.isprintable() for value in mail["headers"].values())


@for_each(("missing", "setting"), [("from", "SENDGRID_FROM"), ("api_key", "SENDGRID_API_KEY")])
def test_a_missing_setting_is_named(missing: str, setting: str) -> None:
    with pytest.raises(NotConfiguredError, match=setting):
        built(PROVIDER, MESSAGE, credentials(PROVIDER, SENDGRID, **{missing: ""}))


def test_what_sendgrid_took_is_known_by_the_id_in_a_header() -> None:
    assert answer(202, x_message_id="14c5d75ce93.dfd") == Sent("14c5d75ce93")
    assert isinstance(answer(202), Unknown)
    assert isinstance(answer(202, x_message_id="a\0b"), Unknown)


@for_each("status", [502, 504])
def test_a_gateway_that_lost_the_answer_is_unknown(status: int) -> None:
    assert isinstance(answer(status), Unknown)


@for_each("status", [408, 429, 500, 503])
def test_trouble_that_passes_is_tried_again(status: int) -> None:
    outcome = answer(status, b"<html>", retry_after="17")

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.retry_after) == (f"http_{status}", True, 17.0)
    assert outcome.throttled == (status == 429)


@for_each("status", [301, 401, 403, 404])
def test_what_only_the_owner_can_mend_names_the_setting_or_the_account(status: int) -> None:
    outcome = answer(status, b'{"errors": [{"message": "ana@example.net", "field": null}]}')

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator, outcome.retryable) == (f"http_{status}", True, False)
    assert "ana@" not in outcome.reason


@for_each(
    ("field", "code", "operator"),
    [
        ("personalizations.0.to.0.email", "invalid_recipient", False),
        ("from.email", "invalid_sender", True),
        ("content.0.value", "http_400", False),
    ],
)
def test_an_error_is_told_by_the_part_of_the_message_that_it_names(field: str, code: str, operator: bool) -> None:
    outcome = answer(400, json.dumps({"errors": [{"message": "no", "field": field, "help": None}]}).encode())

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator, outcome.retryable) == (code, operator, False)


@for_each("body", [b"", b"<html>", b"[]", b'{"errors": 1}', b'{"errors": ["x", {"field": 1}]}'])
def test_a_message_that_sendgrid_will_never_take_fails(body: bytes) -> None:
    assert answer(413, body) == Refused("http_413", "SendGrid does not take the message as it is.")


def test_the_probe_asks_what_the_key_may_do() -> None:
    request = probed(PROVIDER, OURS)

    assert (request.method, request.url, request.body) == ("GET", "https://api.sendgrid.com/v3/scopes", b"")
    assert request.headers == {"Authorization": "Bearer SG.made-up"}
