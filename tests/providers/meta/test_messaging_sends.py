"""Sending on Messenger and Instagram: what goes to Meta, what its answers mean, and where files are asked for."""

import json
from dataclasses import replace
from typing import Any

import pytest

from bot.core.addresses import Address
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Credentials, HttpResponse, Outcome, Provider, Refused, Sent, Unknown
from bot.providers.meta.instagram import PROVIDER as INSTAGRAM
from bot.providers.meta.instagram import SURFACE as ON_INSTAGRAM
from bot.providers.meta.messenger import PROVIDER as MESSENGER
from bot.providers.meta.messenger import SURFACE as ON_MESSENGER
from tests.support.sends import built, probed
from tests.support.tables import for_each

CREDENTIALS = Credentials({"api_url": "https://graph.example.com/v24.0/", "access_token": "token"}, {})
URL = "https://cdn.example.com/pizza.jpg"
SURFACES = {"messenger": ON_MESSENGER, "instagram": ON_INSTAGRAM}

each_provider = for_each("provider", [MESSENGER, INSTAGRAM])


def message(provider: Provider, text: str = "Oi!", *options: Choice) -> OutboundMessage:
    surface = SURFACES[provider.name]
    to = Address(surface.address_kind, "7000000000000001")
    return OutboundMessage("cmessage1", f"{provider.name}:1", surface.channel, to, text, options)


def sent(provider: Provider, what: OutboundMessage) -> dict[str, Any]:
    body: dict[str, Any] = json.loads(built(provider, what, CREDENTIALS).body)
    return body


def content(provider: Provider, what: OutboundMessage) -> dict[str, Any]:
    said: dict[str, Any] = sent(provider, what)["message"]
    said.pop("metadata", None)
    return said


def choices(*labels: str) -> tuple[Choice, ...]:
    return tuple(Choice(f"id-{number}", label) for number, label in enumerate(labels))


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    outcome = MESSENGER.read(HttpResponse(status, headers or {}, raw))
    assert outcome == INSTAGRAM.read(HttpResponse(status, headers or {}, raw))
    return outcome


def refused(code: int, subcode: int = 0, status: int = 400) -> Refused:
    error = {"message": "write to Ana", "code": code} | ({"error_subcode": subcode} if subcode else {})
    outcome = answer({"error": error}, status)
    assert isinstance(outcome, Refused)
    assert outcome.code == (f"{code}/{subcode}" if subcode else str(code))
    assert outcome.reason.endswith(".")
    assert "Ana" not in outcome.reason
    return outcome


@each_provider
def test_a_text_goes_out_to_the_persons_id(provider: Provider) -> None:
    request = built(provider, message(provider), CREDENTIALS)
    assert (request.method, request.url) == ("POST", "https://graph.example.com/v24.0/me/messages")
    assert request.headers == {"Authorization": "Bearer token", "Content-Type": "application/json"}
    assert "token" not in repr(request)
    body = json.loads(request.body)
    assert body["recipient"] == {"id": "7000000000000001"}
    assert body["message"]["text"] == "Oi!"


@each_provider
def test_a_message_says_whether_it_answers_or_comes_unasked(provider: Provider) -> None:
    assert sent(provider, message(provider))["messaging_type"] == "RESPONSE"
    assert sent(provider, replace(message(provider), is_reply=False))["messaging_type"] == "UPDATE"


def test_on_messenger_a_message_bears_our_mark_by_which_its_echo_is_known() -> None:
    assert sent(MESSENGER, message(MESSENGER))["message"]["metadata"] == "recado:cmessage1"
    assert "metadata" not in sent(INSTAGRAM, message(INSTAGRAM))["message"]


@each_provider
def test_up_to_thirteen_short_choices_are_quick_replies(provider: Provider) -> None:
    said = content(provider, message(provider, "Qual?", *choices(*"abcdefghijkl", "x" * 20)))
    assert said["text"] == "Qual?"
    assert said["quick_replies"][0] == {"content_type": "text", "title": "a", "payload": "id-0"}
    assert len(said["quick_replies"]) == 13


@each_provider
@for_each(
    ("text", "options"),
    [
        ("Qual?", choices(*"abcdefghijklmn")),
        ("Qual?", choices("x" * 21)),
        ("Qual?", choices("sim", "sim")),
        ("Qual?", (Choice("a", "sim"), Choice("a", "não"))),
        ("Qual?", choices("")),
        ("Qual?", (Choice("", "sim"),)),
        ("Qual?", (Choice("a" * 1001, "sim"),)),
        ("", choices("sim")),
    ],
)
def test_choices_beyond_metas_limits_are_numbered_lines(
    provider: Provider, text: str, options: tuple[Choice, ...]
) -> None:
    said = content(provider, message(provider, text, *options))
    assert list(said) == ["text"]
    assert said["text"].endswith(f"{len(options)}. {options[-1].label}")


def test_a_text_that_is_too_long_is_cut() -> None:
    text = content(MESSENGER, message(MESSENGER, "ã" * 2500))["text"]
    assert (len(text), text[-2:]) == (2000, "ã…")


@for_each("letter", ["a", "ã", "語", "🍕", "aã語🍕 "])
def test_instagram_counts_bytes(letter: str) -> None:
    text = content(INSTAGRAM, message(INSTAGRAM, letter * 1100))["text"]
    assert text.endswith("…")
    assert 950 < len(text.encode()) <= 1000


def test_choices_and_links_below_a_long_text_are_whole() -> None:
    what = message(INSTAGRAM, "語" * 900, *choices("sim", "x" * 30))
    text = content(INSTAGRAM, replace(what, media=Media(MediaKind.IMAGE, URL)))["text"]
    assert text.endswith(f"…\n\n1. sim\n2. {'x' * 30}\n\n{URL}")
    assert len(text.encode()) <= 1000


def test_what_may_not_be_cut_is_left_for_meta_to_refuse() -> None:
    what = replace(message(INSTAGRAM, "Veja"), media=Media(MediaKind.IMAGE, f"{URL}?{'x' * 1200}"))
    assert content(INSTAGRAM, what)["text"] == what.media.url if what.media else ""


@for_each(
    ("kind", "type_"),
    [
        (MediaKind.IMAGE, "image"),
        (MediaKind.STICKER, "image"),
        (MediaKind.AUDIO, "audio"),
        (MediaKind.VIDEO, "video"),
        (MediaKind.DOCUMENT, "file"),
    ],
)
def test_a_file_alone_is_shown(kind: MediaKind, type_: str) -> None:
    what = replace(message(MESSENGER, ""), media=Media(kind, URL))
    assert content(MESSENGER, what) == {"attachment": {"type": type_, "payload": {"url": URL}}}
    if kind is not MediaKind.DOCUMENT:
        assert content(INSTAGRAM, what)["attachment"]["type"] == type_


def test_a_document_is_a_link_on_instagram() -> None:
    what = replace(message(INSTAGRAM, ""), media=Media(MediaKind.DOCUMENT, URL))
    assert content(INSTAGRAM, what) == {"text": URL}


@each_provider
def test_a_file_beside_words_is_a_link_below_them(provider: Provider) -> None:
    what = replace(message(provider, "Veja", *choices("sim")), media=Media(MediaKind.IMAGE, URL))
    said = content(provider, what)
    assert said["text"] == f"Veja\n\n{URL}"
    assert len(said["quick_replies"]) == 1


@each_provider
def test_quick_replies_stand_below_a_file_alone(provider: Provider) -> None:
    what = replace(message(provider, "", *choices("sim")), media=Media(MediaKind.IMAGE, URL))
    said = content(provider, what)
    assert said["attachment"]["payload"] == {"url": URL}
    assert said["quick_replies"][0]["title"] == "sim"


@each_provider
def test_a_place_is_words_and_a_maps_link(provider: Provider) -> None:
    what = replace(message(provider, "Venha"), location=Location(-23.55, -46.63, "Pizzaria", "Rua Um, 1"))
    text = content(provider, what)["text"]
    assert text == "Venha\n\nPizzaria\nRua Um, 1\nhttps://maps.google.com/?q=-23.55,-46.63"


@each_provider
def test_the_probe_asks_for_our_name(provider: Provider) -> None:
    request = probed(provider, CREDENTIALS)
    assert (request.method, request.body) == ("GET", b"")
    assert request.url == "https://graph.example.com/v24.0/me?fields=name"


def test_a_taken_message_brings_its_id() -> None:
    assert answer({"recipient_id": "7", "message_id": "m_1"}) == Sent("m_1")


@for_each("body", [b"", b"<html>", b"[]", {}, {"message_id": ""}, {"message_id": []}])
def test_a_taken_message_without_an_id_is_of_unknown_outcome(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [400, 500])
def test_so_is_an_error_after_which_metas_messages_have_gone_out(status: int) -> None:
    assert isinstance(answer({"error": {"code": 1, "error_subcode": 1357046}}, status), Unknown)


@for_each("status", [502, 504])
def test_so_is_an_answer_lost_on_the_way(status: int) -> None:
    assert isinstance(answer(b"<html>", status), Unknown)
    assert isinstance(answer({"error": {"code": 2}}, status), Refused)


@for_each(("code", "subcode"), [(10, 2018278), (10, 2534022), (10, 2018065), (100, 2534022)])
def test_a_closed_window_is_told_from_every_other_refusal(code: int, subcode: int) -> None:
    outcome = refused(code, subcode)
    assert outcome.window_closed
    assert (outcome.operator, outcome.retryable) == (False, False)


@for_each("code", [4, 17, 32, 613, 80001, 80002, 80006])
def test_an_account_that_sends_too_fast_is_to_slow_down(code: int) -> None:
    assert (refused(code).throttled, refused(code).retryable) == (True, True)


@for_each("code", [2, 1200])
def test_a_busy_provider_is_asked_again(code: int) -> None:
    assert (refused(code).throttled, refused(code).retryable) == (False, True)


@for_each("code", [190, 102, 3, 10, 200, 230, 298, 368])
def test_what_only_the_owner_can_mend_says_so(code: int) -> None:
    assert refused(code).operator


@for_each(
    ("code", "subcode"),
    [(551, 0), (551, 1545041), (200, 1545041), (100, 2018001), (10, 2018108), (200, 2018028), (10, 999), (100, 0)],
)
def test_what_is_about_one_person_or_message_stops_nothing_else(code: int, subcode: int) -> None:
    outcome = refused(code, subcode)
    assert (outcome.operator, outcome.retryable, outcome.throttled, outcome.window_closed) == (False,) * 4


@for_each("status", [401, 403])
def test_a_refused_token_is_the_owners_to_mend(status: int) -> None:
    outcome = answer(b"no", status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.operator) == (f"http_{status}", True)


def test_a_limit_without_a_code_slows_down_for_as_long_as_it_says() -> None:
    outcome = answer(b"", 429, {"retry-after": "7"})
    reason = "Meta's rate limit is reached."
    assert outcome == Refused("http_429", reason, retryable=True, retry_after=7.0, throttled=True)


def test_a_failure_of_metas_own_is_tried_again() -> None:
    outcome = answer(b"", 503)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable) == ("http_503", True)


@for_each(("status", "throttled"), [(500, False), (503, False), (429, True)])
def test_of_an_error_that_nobody_knows_the_status_says_whether_it_passes(status: int, throttled: bool) -> None:
    outcome = answer({"error": {"code": 999, "error_subcode": 7}}, status)
    assert isinstance(outcome, Refused)
    assert (outcome.code, outcome.retryable, outcome.throttled) == ("999/7", True, throttled)


@for_each("body", [b"", {"error": "no"}, {"error": {"code": []}}])
def test_any_other_refusal_is_final(body: object) -> None:
    assert answer(body, 404) == Refused("http_404", "Meta refused it (http_404).")


@each_provider
@for_each(
    "url",
    [
        "https://scontent.xx.fbcdn.net/v/1.jpg?oh=a&oe=b",
        "https://lookaside.fbsbx.com/ig_messaging_cdn/?asset_id=1&signature=a",
        "https://graph.example.com/files/1",
    ],
)
def test_a_persons_file_is_asked_of_meta_without_the_token(provider: Provider, url: str) -> None:
    assert provider.media is not None
    request = provider.media({"type": "image", "url": url}, CREDENTIALS)
    assert (request.method, request.url, request.headers) == ("GET", url, {})
    assert provider.media_found is None


@each_provider
@for_each("entry", [{}, {"url": 1.5}, {"url": "https://example.com/1"}, {"url": "http://127.0.0.1/"}])
def test_a_file_elsewhere_is_not_asked_for(provider: Provider, entry: dict[str, object]) -> None:
    assert provider.media is not None
    with pytest.raises(UnparsableError):
        provider.media(entry, CREDENTIALS)
