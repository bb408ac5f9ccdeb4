"""Sending a mail through Mailgun, and what its answers mean."""

import base64
from dataclasses import replace
from urllib.parse import parse_qs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import reply_headers
from bot.core.errors import NotConfiguredError
from bot.core.messages import Choice, EmailHeaders, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.mailgun.provider import PROVIDER
from tests.support.mailgun import CREDENTIALS
from tests.support.sends import built, probed
from tests.support.tables import for_each

MESSAGE = OutboundMessage(
    id="cmgfixture000000000000001",
    account="mailgun:mg.example.com",
    channel=Channel.EMAIL,
    to=Address(AddressKind.EMAIL, "ana@example.com"),
    text="Qual sabor?",
    email=reply_headers(
        EmailHeaders(subject="pedido", message_id="<a2@example.com>", references=("<a1@example.com>",))
    ),
)


def sent_form(message: OutboundMessage) -> dict[str, str]:
    body = built(PROVIDER, message, CREDENTIALS).body.decode()
    return {name: values[0] for name, values in parse_qs(body, strict_parsing=True).items()}


def answer(status: int, body: bytes = b"{}", **headers: str) -> Outcome:
    return PROVIDER.read(HttpResponse(status, {name.replace("_", "-"): value for name, value in headers.items()}, body))


def test_an_answer_stands_in_the_thread_and_says_that_a_machine_wrote_it() -> None:
    request = built(PROVIDER, MESSAGE, CREDENTIALS, "https://bot.example.com/webhooks/mailgun")

    assert (request.method, request.url) == ("POST", "https://api.mailgun.net/v3/mg.example.com/messages")
    assert request.headers["Content-Type"] == "application/x-www-form-urlencoded"
    assert base64.b64decode(request.headers["Authorization"].removeprefix("Basic ")) == b"api:key-made-up"
    assert sent_form(MESSAGE) == {
        "from": "Pizzaria <oi@mg.example.com>",
        "to": "ana@example.com",
        "subject": "Re: pedido",
        "text": "Qual sabor?",
        "h:In-Reply-To": "<a2@example.com>",
        "h:References": "<a1@example.com> <a2@example.com>",
        "h:Auto-Submitted": "auto-replied",
        "h:X-Auto-Response-Suppress": "All",
        "h:X-Recado": MESSAGE.id,
        "v:bot_msg": MESSAGE.id,
    }


def test_html_goes_beside_the_plain_words_and_files_as_links() -> None:
    file = Media(MediaKind.DOCUMENT, "https://example.com/menu.pdf", "menu.pdf")
    form = sent_form(replace(MESSAGE, html="<p>Qual <b>sabor</b>?</p>", media=file))

    assert form["text"] == "Qual sabor?\n\nhttps://example.com/menu.pdf"
    assert form["html"] == '<p>Qual <b>sabor</b>?</p><p><a href="https://example.com/menu.pdf">menu.pdf</a></p>'


def test_what_comes_unasked_says_so_and_tells_how_to_unsubscribe() -> None:
    form = sent_form(replace(MESSAGE, is_reply=False, unsubscribe_url="https://bot.example.com/u/1"))

    assert form["h:Auto-Submitted"] == "auto-generated"
    assert form["h:List-Unsubscribe"] == "<https://bot.example.com/u/1>"
    assert form["h:List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_choices_are_numbered_lines() -> None:
    form = sent_form(replace(MESSAGE, choices=(Choice("m", "Margherita"), Choice("c", "Calabresa"))))

    assert form["text"] == "Qual sabor?\n\n1. Margherita\n2. Calabresa"


@for_each("email", [None, EmailHeaders(), EmailHeaders(subject=" \r\n")])
def test_without_a_subject_there_is_a_plain_one_and_no_thread(email: EmailHeaders | None) -> None:
    form = sent_form(replace(MESSAGE, email=email))

    assert form["subject"] == "Qual sabor?"
    assert "h:In-Reply-To" not in form
    assert "h:References" not in form


_BREAKING = st.text(alphabet=st.sampled_from("ab@.<>,;: \r\n\0\x0b\x85\u2028\u2029é🍕"), max_size=40)


@given(to=_BREAKING, subject=_BREAKING, parent=_BREAKING, references=st.lists(_BREAKING, max_size=4))
def test_nothing_a_person_wrote_adds_a_header_or_a_recipient(
    to: str, subject: str, parent: str, references: list[str]
) -> None:
    hostile = EmailHeaders(subject=subject, in_reply_to=parent, references=tuple(references))
    form = sent_form(replace(MESSAGE, to=Address(AddressKind.EMAIL, to), email=hostile))

    for name, value in form.items():
        if name != "text":
            assert len(value.splitlines()) == 1
            assert value.isprintable()
    assert "," not in form["to"]
    assert form["to"].count("@") <= 1


def test_a_lone_surrogate_does_not_keep_a_mail_from_going() -> None:
    assert sent_form(replace(MESSAGE, text="a\ud800b"))["text"] == "a?b"


@for_each(("missing", "setting"), [("from", "MAILGUN_FROM"), ("api_key", "MAILGUN_API_KEY")])
def test_a_missing_setting_is_named(missing: str, setting: str) -> None:
    values = {"api_url": "u", "domain": "d", "api_key": "k", "from": "f"} | {missing: ""}
    names = {each.key: each.setting for each in PROVIDER.credentials}

    with pytest.raises(NotConfiguredError, match=setting):
        built(PROVIDER, MESSAGE, Credentials(values, names))


@for_each("given_id", ["<20251009.1@mg.example.com>", "20251009.1@mg.example.com"])
def test_what_mailgun_took_is_known_by_its_id_in_angle_brackets(given_id: str) -> None:
    body = f'{{"id": "{given_id}", "message": "Queued. Thank you."}}'.encode()

    assert answer(200, body) == Sent("<20251009.1@mg.example.com>")


@for_each("body", [b"", b"{}", b"[]", b"<html>", b'{"id": ""}', b'{"id": "a b"}', b'{"id": ["x"]}', b"\xff"])
def test_a_yes_that_cannot_be_read_is_unknown(body: bytes) -> None:
    assert isinstance(answer(200, body), Unknown)


@for_each("status", [502, 504])
def test_a_gateway_that_lost_the_answer_is_unknown(status: int) -> None:
    assert isinstance(answer(status, b"<html>bad gateway</html>"), Unknown)


@for_each("status", [408, 429, 500, 503])
def test_trouble_that_passes_is_tried_again(status: int) -> None:
    outcome = answer(status, retry_after="17")

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.retry_after) == (f"http_{status}", True, 17.0)
    assert not outcome.operator
    assert outcome.throttled == (status == 429)


@for_each("status", [301, 401, 402, 403, 404])
def test_what_only_the_owner_can_mend_names_the_setting_or_the_account(status: int) -> None:
    outcome = answer(status)

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator, outcome.retryable) == (f"http_{status}", True, False)


@for_each("status", [400, 413, 422])
def test_a_message_that_mailgun_will_never_take_fails(status: int) -> None:
    outcome = answer(status, b'{"message": "ana@example.com is odd"}')

    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator, outcome.retryable) == (f"http_{status}", False, False)
    assert "ana@" not in outcome.reason


def test_a_recipient_that_is_no_address_is_named_as_such() -> None:
    body = b'{"message": "\'to\' parameter is not a valid address. please check documentation"}'

    outcome = answer(400, body)

    assert isinstance(outcome, Refused)
    assert outcome.code == "invalid_recipient"
    assert answer(400, b'{"message": ["to parameter"]}') == answer(400)


@given(status=st.integers(100, 599), body=st.binary(max_size=60), retry=st.text(max_size=8))
def test_every_answer_is_sorted(status: int, body: bytes, retry: str) -> None:
    assert isinstance(answer(status, body, retry_after=retry), Sent | Refused | Unknown)


def test_the_probe_asks_for_the_domain_and_changes_nothing() -> None:
    request = probed(PROVIDER, CREDENTIALS)

    assert (request.method, request.url) == ("GET", "https://api.mailgun.net/v4/domains/mg.example.com")
    assert "Authorization" in request.headers
    assert request.body == b""
