"""Sending on Telegram: what goes to the Bot API, and what its answers mean."""

import json
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

import aiohttp
import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer
from structlog.testing import capture_logs

from bot.channels.service import Accounts
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, Location, Media, MediaKind, OutboundMessage
from bot.messages.outbox.sending import send
from bot.providers.base import Credentials, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.telegram.provider import PROVIDER
from bot.settings import Settings
from tests.support.sends import built, probed
from tests.support.tables import for_each

TOKEN = "4300001:AAtoken-of_35_characters"
HELD = Credentials({"api_url": "https://api.example.com/", "bot_token": TOKEN}, {})
MESSAGE = OutboundMessage(
    "cmessage1", "telegram:4300001", Channel.TELEGRAM, Address(AddressKind.TELEGRAM, "4200001"), "Oi!"
)
PICTURE = Media(MediaKind.IMAGE, "https://files.example.com/a.jpg")
SHOP = Location(-23.5505, -46.6333, "Pizzaria", "Rua A, 1")
CHOICES = (Choice("m", "Margherita"), Choice("c", "Calabresa"))
KEYBOARD = {
    "inline_keyboard": [
        [{"text": "Margherita", "callback_data": "m"}],
        [{"text": "Calabresa", "callback_data": "c"}],
    ]
}


def sent(**changed: Any) -> tuple[str, dict[str, Any]]:
    """The method that is called and its arguments, without the chat."""
    request = built(PROVIDER, replace(MESSAGE, **changed), HELD)
    arguments = json.loads(request.body)
    assert arguments.pop("chat_id") == "4200001"
    return urlsplit(request.url).path.rpartition("/")[2], arguments


def answer(body: object, status: int = 200, headers: dict[str, str] | None = None) -> Outcome:
    raw = body if isinstance(body, bytes) else json.dumps(body).encode()
    return PROVIDER.read(HttpResponse(status, headers or {}, raw))


def refused(status: int, description: str = "", **more: object) -> Refused:
    outcome = answer({"ok": False, "error_code": status, "description": description, **more}, status)
    assert isinstance(outcome, Refused)
    assert outcome.reason.endswith(".")
    return outcome


def test_a_text_goes_out_as_it_is() -> None:
    request = built(PROVIDER, MESSAGE, HELD)
    assert (request.method, request.url) == ("POST", f"https://api.example.com/bot{TOKEN}/sendMessage")
    assert request.headers == {"Content-Type": "application/json"}
    assert json.loads(request.body) == {
        "chat_id": "4200001",
        "text": "Oi!",
        "link_preview_options": {"is_disabled": True},
    }


def test_the_token_is_in_no_representation() -> None:
    requests = [
        built(PROVIDER, MESSAGE, HELD),
        probed(PROVIDER, HELD),
        PROVIDER.media and PROVIDER.media({"id": "f"}, HELD),
    ]
    assert "AAtoken" not in repr([HELD, *requests])


def test_choices_are_buttons_below_the_words() -> None:
    assert sent(choices=CHOICES) == (
        "sendMessage",
        {"text": "Oi!", "link_preview_options": {"is_disabled": True}, "reply_markup": KEYBOARD},
    )


@for_each(
    "choices",
    [
        (Choice("m" * 65, "Margherita"),),
        (Choice("ç" * 33, "Margherita"),),
        (Choice("", "Margherita"),),
        tuple(Choice(str(number), "Margherita") for number in range(101)),
    ],
)
def test_choices_that_telegram_does_not_take_are_numbered_lines(choices: tuple[Choice, ...]) -> None:
    _method, arguments = sent(choices=choices)
    assert arguments["text"].startswith("Oi!\n\n1. Margherita")
    assert "reply_markup" not in arguments


def test_a_choice_without_a_label_is_no_button() -> None:
    assert "reply_markup" not in sent(choices=(Choice("a", ""),))[1]


def test_choices_without_words_are_numbered_lines() -> None:
    assert sent(text="", choices=CHOICES)[1]["text"] == "1. Margherita\n2. Calabresa"


@for_each(
    ("kind", "url", "method", "key"),
    [
        (MediaKind.IMAGE, "https://files.example.com/a.jpg", "sendPhoto", "photo"),
        (MediaKind.AUDIO, "https://files.example.com/a.mp3", "sendAudio", "audio"),
        (MediaKind.VIDEO, "https://files.example.com/a.mp4", "sendVideo", "video"),
        (MediaKind.DOCUMENT, "https://files.example.com/a.PDF?x=1", "sendDocument", "document"),
    ],
)
def test_a_file_goes_along_with_the_words_as_its_caption(kind: MediaKind, url: str, method: str, key: str) -> None:
    assert sent(media=Media(kind, url), choices=CHOICES) == (
        method,
        {key: url, "caption": "Oi!", "reply_markup": KEYBOARD},
    )


def test_a_file_without_words_goes_alone() -> None:
    assert sent(text="", media=PICTURE) == ("sendPhoto", {"photo": PICTURE.url})


def test_a_sticker_bears_no_words() -> None:
    sticker = Media(MediaKind.STICKER, "https://files.example.com/a.webp")
    assert sent(text="", media=sticker) == ("sendSticker", {"sticker": sticker.url})
    assert sent(media=sticker)[1]["text"] == f"Oi!\n\n{sticker.url}"


def test_a_file_whose_words_are_too_long_is_an_address_with_a_preview() -> None:
    assert sent(media=PICTURE, text="a" * 1024)[0] == "sendPhoto"
    method, arguments = sent(media=PICTURE, text="a" * 1025)
    assert method == "sendMessage"
    assert arguments["text"] == "a" * 1025 + f"\n\n{PICTURE.url}"
    assert arguments["link_preview_options"] == {"is_disabled": False}


def test_a_document_that_telegram_does_not_fetch_is_an_address() -> None:
    document = Media(MediaKind.DOCUMENT, "https://files.example.com/a.docx")
    assert sent(media=document)[1]["text"] == f"Oi!\n\n{document.url}"


def test_a_place_without_words_is_shown_on_a_map() -> None:
    assert sent(text="", location=SHOP) == (
        "sendVenue",
        {"latitude": -23.5505, "longitude": -46.6333, "title": "Pizzaria", "address": "Rua A, 1"},
    )
    bare = Location(1.5, 2.5)
    assert sent(text="", location=bare) == ("sendLocation", {"latitude": 1.5, "longitude": 2.5})
    assert sent(text="", location=bare, choices=CHOICES)[1]["reply_markup"] == KEYBOARD


def test_a_place_with_words_is_words_and_a_link() -> None:
    text = sent(location=SHOP)[1]["text"]
    assert text.startswith("Oi!\n\nPizzaria\nRua A, 1\nhttps://maps.google.com/?q=-23.5505")


def test_a_file_and_a_place_go_in_one_message() -> None:
    method, arguments = sent(media=PICTURE, location=SHOP)
    assert method == "sendPhoto"
    assert arguments["caption"].startswith("Oi!\n\nPizzaria")


@for_each("text", ["a" * 5000, "🍕" * 3000, "🍕" * 2048 + "a" * 100, "a🍕" * 2000])
def test_a_text_that_is_too_long_is_cut_by_utf_16_units(text: str) -> None:
    cut = sent(text=text, choices=(Choice("x" * 65, "Sim"),))[1]["text"]
    assert 4000 < len(cut.encode("utf-16-le")) // 2 <= 4096
    assert cut.endswith("…\n\n1. Sim")


def test_what_cannot_be_cut_is_left_to_be_refused() -> None:
    url = "https://files.example.com/" + "🍕" * 3000
    assert sent(media=Media(MediaKind.DOCUMENT, url))[1]["text"].endswith(url)


def test_the_id_is_that_of_the_chat_and_the_message() -> None:
    taken = {"ok": True, "result": {"message_id": 9, "chat": {"id": 4200001, "type": "private"}, "date": 1}}
    assert answer(taken) == Sent("4200001:9")


@for_each("body", [b"<html>", {"ok": True}, {"ok": True, "result": {"message_id": 9}}, {"result": []}])
def test_an_answer_that_cannot_be_read_leaves_it_unknown(body: object) -> None:
    assert isinstance(answer(body), Unknown)


@for_each("status", [500, 502, 504])
def test_a_failure_of_telegrams_leaves_it_unknown(status: int) -> None:
    assert isinstance(answer({"ok": False, "error_code": status}, status), Unknown)


def test_too_many_messages_are_slowed_down_for_as_long_as_telegram_says() -> None:
    outcome = refused(429, "Too Many Requests: retry after 7", parameters={"retry_after": 7})
    assert (outcome.retryable, outcome.throttled, outcome.retry_after) == (True, True, 7)
    assert refused(429, parameters="soon").retry_after is None
    outcome_of_a_proxy = answer(b"slow down", 429, {"retry-after": "3"})
    assert isinstance(outcome_of_a_proxy, Refused)
    assert outcome_of_a_proxy.retry_after == 3


@for_each("status", [401, 404])
def test_a_wrong_token_is_the_operators(status: int) -> None:
    outcome = refused(status, "Unauthorized")
    assert (outcome.operator, outcome.credentials, outcome.retryable) == (True, True, False)
    assert "TELEGRAM_BOT_TOKEN" in outcome.reason


@for_each(
    ("status", "description", "opt_out"),
    [
        (403, "Forbidden: bot was blocked by the user", ConsentReason.PROVIDER),
        (403, "Forbidden: user is deactivated", ConsentReason.BOUNCE),
        (403, "Forbidden: bot can't initiate conversation with a user", None),
        (400, "Bad Request: chat not found", None),
        (400, "Bad Request: failed to get HTTP URL content", None),
        (400, "Bad Request: wrong type of the web page content", None),
        (400, "Bad Request: message text is empty", None),
        (413, "Request Entity Too Large", None),
    ],
)
def test_what_telegram_refuses_is_not_tried_again(status: int, description: str, opt_out: ConsentReason | None) -> None:
    outcome = refused(status, description)
    assert (outcome.code, outcome.retryable, outcome.operator) == (str(status), False, False)
    assert outcome.opt_out is opt_out


def test_an_error_without_words_is_refused_all_the_same() -> None:
    assert refused(400, description=["x"]).code == "400"  # type: ignore[arg-type]


def test_a_redirect_is_no_answer_of_telegrams() -> None:
    outcome = answer(b"", 302)
    assert isinstance(outcome, Refused)
    assert outcome.operator


def test_doctor_asks_for_the_bots_name() -> None:
    request = probed(PROVIDER, HELD)
    assert (request.method, request.url) == ("GET", f"https://api.example.com/bot{TOKEN}/getMe")


def test_a_file_is_asked_for_and_then_fetched() -> None:
    assert PROVIDER.media is not None
    assert PROVIDER.media_found is not None
    asked = PROVIDER.media({"id": "AgAC/+="}, HELD)
    assert (asked.method, asked.url) == ("GET", f"https://api.example.com/bot{TOKEN}/getFile?file_id=AgAC%2F%2B%3D")
    found = {"ok": True, "result": {"file_id": "x", "file_path": "photos/file 0.jpg"}}
    fetched = PROVIDER.media_found(HttpResponse(200, {}, json.dumps(found).encode()), HELD)
    assert fetched is not None
    assert fetched.url == f"https://api.example.com/file/bot{TOKEN}/photos/file%200.jpg"


@for_each(
    ("status", "body"),
    [
        (400, {"ok": False, "description": "Bad Request: file is too big"}),
        (200, {"ok": True, "result": {"file_id": "x"}}),
        (200, {"ok": True, "result": {"file_path": "../../etc/passwd"}}),
        (200, {"ok": True, "result": {"file_path": ""}}),
        (500, {"ok": True, "result": {"file_path": "a"}}),
        (200, []),
    ],
)
def test_a_file_that_telegram_does_not_give_is_gone(status: int, body: object) -> None:
    assert PROVIDER.media_found is not None
    assert PROVIDER.media_found(HttpResponse(status, {}, json.dumps(body).encode()), HELD) is None


def test_an_entry_without_an_id_is_not_asked_for() -> None:
    assert PROVIDER.media is not None
    with pytest.raises(UnparsableError):
        PROVIDER.media({"type": "image"}, HELD)


async def test_a_message_is_sent_over_http_and_the_token_is_logged_nowhere() -> None:
    calls: list[tuple[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        calls.append((request.path, await request.json()))
        if len(calls) > 1:
            return web.Response(text="<html>", status=200)
        return web.json_response({"ok": True, "result": {"message_id": 5, "chat": {"id": 4200001}}})

    app = web.Application()
    app.router.add_post("/{path:.*}", take)
    async with TestServer(app) as server, aiohttp.ClientSession() as session:
        settings = {"TELEGRAM_API_URL": str(server.make_url("")).rstrip("/"), "TELEGRAM_BOT_TOKEN": TOKEN}
        accounts = Accounts(Settings.read(settings))
        with capture_logs() as logs:
            outcomes = [await send(session, accounts, MESSAGE, "") for _ in range(2)]
            await server.close()
            async with aiohttp.ClientSession() as another:
                outcomes.append(await send(another, accounts, MESSAGE, ""))

    assert outcomes[0] == Sent("4200001:5")
    assert isinstance(outcomes[1], Unknown)
    assert isinstance(outcomes[2], Refused)
    assert calls[0][0] == f"/bot{TOKEN}/sendMessage"
    assert calls[0][1]["text"] == "Oi!"
    assert "AAtoken" not in repr([logs, outcomes])
