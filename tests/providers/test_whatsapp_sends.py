"""Sending on WhatsApp: what goes to Meta, and what its answers mean."""

import json
from typing import Any

import pytest

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Choice, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.whatsapp import PROVIDER
from tests.support.sends import built

CREDENTIALS = Credentials(
    {"api_url": "https://graph.example.com/v24.0/", "access_token": "token", "phone_number_id": "7002, 7003"}, {}
)
PHONE = Address(AddressKind.PHONE, "+5511999990000")


def message(
    text: str = "Oi!", choices: tuple[Choice, ...] = (), to: Address = PHONE, label: str = ""
) -> OutboundMessage:
    return OutboundMessage("cmessage1", "whatsapp:7002", Channel.WHATSAPP, to, text, choices, label)


def sent(what: OutboundMessage) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(built(PROVIDER, what, CREDENTIALS, "https://bot.example.com/x").body)
    return body


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"id-{number}", label) for number, label in enumerate(labels))


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(code: int, status: int = 400) -> Refused:
    outcome = answer({"error": {"message": "call +5511999990000", "code": code}}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == str(code)
    assert outcome.reason.endswith(".")
    assert "5511999990000" not in outcome.reason
    return outcome


def test_a_text_goes_out_from_the_accounts_own_number() -> None:
    request = built(PROVIDER, message(), CREDENTIALS)
    assert (request.method, request.url) == ("POST", "https://graph.example.com/v24.0/7002/messages")
    assert request.headers == {"Authorization": "Bearer token", "Content-Type": "application/json"}
    assert "token" not in repr(request)
    assert json.loads(request.body) == {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        "to": "+5511999990000",
        "biz_opaque_callback_data": "cmessage1",
        "type": "text",
        "text": {"body": "Oi!", "preview_url": False},
    }


def test_a_person_without_a_number_is_written_to_by_user_id() -> None:
    body = sent(message(to=Address(AddressKind.WA_USER, "BR.123")))
    assert body["recipient"] == "BR.123"
    assert "to" not in body


def test_a_text_that_is_too_long_is_cut() -> None:
    text = sent(message("a" * 5000))["text"]["body"]
    assert len(text) == 4096
    assert text.endswith("a…")


def test_up_to_three_short_choices_are_buttons() -> None:
    body = sent(message("Qual?", choices("Margherita", "Calabresa", "x" * 20)))
    assert body["type"] == "interactive"
    assert body["interactive"] == {
        "type": "button",
        "body": {"text": "Qual?"},
        "action": {
            "buttons": [
                {"type": "reply", "reply": {"id": "id-0", "title": "Margherita"}},
                {"type": "reply", "reply": {"id": "id-1", "title": "Calabresa"}},
                {"type": "reply", "reply": {"id": "id-2", "title": "x" * 20}},
            ]
        },
    }


@pytest.mark.parametrize(
    "what",
    [
        message("Qual?", choices(*"abcd")),
        message("Qual?", choices(*"abcdefghij")),
        message("Qual?", choices("x" * 21)),
        message("Qual?", choices("x" * 24)),
        message("a" * 1025, choices("sim")),
    ],
)
def test_more_or_longer_choices_are_list_rows(what: OutboundMessage) -> None:
    interactive = sent(what)["interactive"]
    assert interactive["type"] == "list"
    (section,) = interactive["action"]["sections"]
    assert [row["title"] for row in section["rows"]] == [each.label for each in what.choices]


def test_the_button_that_opens_a_list_bears_the_messages_words() -> None:
    assert sent(message("Qual?", choices(*"abcd"), label="Escolher"))["interactive"]["action"]["button"] == "Escolher"
    cut = sent(message("Qual?", choices(*"abcd"), label="Escolha um dos sabores"))["interactive"]["action"]["button"]
    assert cut == "Escolha um dos sabo…"
    assert sent(message("Qual?", choices(*"abcd")))["interactive"]["action"]["button"] == "☰"


@pytest.mark.parametrize(
    "what",
    [
        message("Qual?", choices(*"abcdefghijk")),
        message("Qual?", choices("x" * 25)),
        message("Qual?", choices("sim", "sim")),
        message("Qual?", (Choice("a", "sim"), Choice("a", "não"))),
        message("Qual?", choices("")),
        message("Qual?", (Choice("", "sim"),)),
        message("Qual?", (Choice("a" * 257, "sim"),)),
        message("", choices("sim")),
        message("a" * 4097, choices("sim")),
    ],
)
def test_choices_beyond_metas_limits_are_numbered_lines(what: OutboundMessage) -> None:
    body = sent(what)
    assert body["type"] == "text"
    assert body["text"]["body"].endswith(f"{len(what.choices)}. {what.choices[-1].label}")
    assert len(body["text"]["body"]) <= 4096


def test_the_probe_asks_for_our_number() -> None:
    request = PROVIDER.probe(CREDENTIALS)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://graph.example.com/v24.0/7002?fields=display_phone_number"


def test_a_taken_message_brings_its_id() -> None:
    assert answer({"messages": [{"id": "wamid.1"}]}) == Sent("wamid.1")


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>", b"[]", {}, {"messages": []}, {"messages": [{}]}, {"messages": 1}, {"messages": [{"id": ""}]}],
)
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@pytest.mark.parametrize("code", [2, 4, 80007, 130429, 131056, 131000, 131016, 131057, 133004, 131049, 132015, 131048])
def test_a_busy_provider_is_asked_again_whatever_the_http_status(code: int) -> None:
    outcome = refused(code)
    assert outcome.retryable
    assert not outcome.operator


@pytest.mark.parametrize("code", [131047, 131026, 131021, 131030, 130472, 100, 131008, 131009, 131051, 131053, 135000])
def test_what_cannot_succeed_is_not_tried_again(code: int) -> None:
    outcome = refused(code)
    assert (outcome.retryable, outcome.operator, outcome.opt_out) == (False, False, None)


@pytest.mark.parametrize("code", [132000, 132001, 132005, 132007, 132012, 132016, 424242])
def test_neither_is_a_faulty_template_or_a_code_that_is_not_known(code: int) -> None:
    assert (refused(code).retryable, refused(code).operator) == (False, False)


@pytest.mark.parametrize("code", [0, 190, 3, 10, 200, 299, 131005, 368, 131031, 130497, 131042, 131045, 133010, 131037])
def test_what_only_the_owner_can_mend_says_so(code: int) -> None:
    assert refused(code).operator


def test_a_person_who_wants_no_more_has_opted_out() -> None:
    assert refused(131050).opt_out


def test_each_limit_has_its_own_pause() -> None:
    assert refused(131056).retry_after == 6
    assert refused(131048).retry_after == 3600
    assert refused(131049).retry_after == 86400
    assert refused(130429).retry_after is None


@pytest.mark.parametrize(("header", "seconds"), [("7", 7.0), ("1.5", 1.5), ("soon", None), ("inf", None), ("-1", None)])
def test_a_pause_the_answer_asks_for_is_kept(header: str, seconds: float | None) -> None:
    outcome = answer(b"", 429, {"retry-after": header})
    assert outcome == Refused("http_429", "WhatsApp's rate limit is reached.", retryable=True, retry_after=seconds)


@pytest.mark.parametrize("status", [500, 503])
def test_a_failure_of_metas_own_is_tried_again(status: int) -> None:
    outcome = answer(b"", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable) == (f"http_{status}", True)


@pytest.mark.parametrize("status", [502, 504])
def test_an_answer_lost_on_the_way_is_of_unknown_outcome(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)
    assert isinstance(answer({"error": {"code": 131000}}, status), Refused)


@pytest.mark.parametrize("status", [401, 403])
def test_a_refused_token_is_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


@pytest.mark.parametrize("body", [b"", {"error": "no"}, {"error": {"code": []}}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "WhatsApp refused it (http_404).")
