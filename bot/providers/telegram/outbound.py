"""Sending through Telegram's Bot API: `POST /bot{token}/sendMessage` and its like."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

import orjson

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.i18n import N_
from bot.core.messages import Location, Media, MediaKind, OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.kit.numbered import beside_buttons
from bot.providers.kit.plain_text import plain
from bot.providers.telegram.media import method_url

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_DATA = 64
"""Bytes of what a button gives back."""
MAX_BUTTONS = 100

_FILES: Mapping[MediaKind, str] = {
    MediaKind.IMAGE: "photo",
    MediaKind.AUDIO: "audio",
    MediaKind.VIDEO: "video",
    MediaKind.DOCUMENT: "document",
    MediaKind.STICKER: "sticker",
}
_FETCHED = (".pdf", ".zip", ".gif")
"""Documents that Telegram fetches by their address; of any other the address is sent."""

_Call = tuple[str, Mapping[str, Any]]
"""A method and its arguments."""


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` as the bot its account names.

    Choices become buttons below it, or numbered lines where an id is longer than 64 bytes. A file goes along where
    the words fit as its caption, else as its address; a place without words is shown on a map.
    """
    method, arguments = _call(message)
    body = {"chat_id": message.to.value, **arguments}
    return HttpRequest(
        method="POST",
        url=method_url(credentials, method),
        headers={"Content-Type": "application/json"},
        body=orjson.dumps(body),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the bot's name."""
    return HttpRequest("GET", method_url(credentials, "getMe"), {}, b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Telegram's answer: by its status, and where one status has several causes by its words."""
    answer, status = json_answer(response), response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            result = answer.part("result")
            return Sent(f"{result.part('chat').identifier('id')}:{result.identifier('message_id')}")
        except UnparsableError:
            return Unknown(N_("Telegram took it, but its answer could not be read."))
    if status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # Nothing in the request would let Telegram know it again.
        return Unknown(N_("Telegram failed, and does not say whether it sent the message."))
    words = _words(answer)
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        reason = N_("Telegram's rate limit is reached.")
        seconds = _seconds(answer)
        if seconds is None:
            seconds = retry_after(response)
        return Refused("429", reason, retryable=True, retry_after=seconds, throttled=True)
    if status in _CREDENTIALS:
        return Refused(str(int(status)), _CREDENTIALS[status], operator=True, credentials=True)
    for part, refused in _KNOWN:
        if part in words:
            return replace(refused, code=str(int(status)))
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(f"http_{status}", N_("What answers at TELEGRAM_API_URL is not Telegram's API."), operator=True)
    return Refused(str(int(status)), N_("Telegram does not take the message as it is."))


_CREDENTIALS: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: N_("Telegram does not know the token; look at TELEGRAM_BOT_TOKEN."),
    HTTPStatus.NOT_FOUND: N_("Telegram does not know the token; look at TELEGRAM_BOT_TOKEN and TELEGRAM_API_URL."),
}
_KNOWN = (
    ("blocked by the user", Refused("403", N_("The person has blocked the bot."), opt_out=ConsentReason.PROVIDER)),
    ("user is deactivated", Refused("403", N_("The person's account is gone."), opt_out=ConsentReason.BOUNCE)),
    (
        "chat not found",
        Refused("400", N_("Telegram does not know the chat: the person has never written to this bot.")),
    ),
    ("initiate conversation", Refused("403", N_("A bot may only write to people who have written to it."))),
    ("http url", Refused("400", N_("Telegram could not fetch the file at its address."))),
    (
        "web page content",
        Refused("400", N_("Telegram could not fetch the file, or it is of another kind than it says.")),
    ),
)
"""What Telegram's words mean, by a part of them."""


def _call(message: OutboundMessage) -> _Call:
    keyboard = buttons_of(message)
    below = {"reply_markup": keyboard} if keyboard else {}
    rest = replace(message, text=beside_buttons(message.text, message.choices), choices=()) if keyboard else message
    if rest.media and (caption := _caption(rest, rest.media)) is not None:
        kind = _FILES[rest.media.kind]
        arguments = {kind: rest.media.url} | ({"caption": caption} if caption else {})
        return f"send{kind.capitalize()}", {**arguments, **below}
    if rest.location and not (rest.text or rest.media or rest.choices):
        return _place(rest.location, below)
    # A preview shows the file that could not go along.
    options = {"is_disabled": rest.media is None}
    return "sendMessage", {"text": _fitting(rest), "link_preview_options": options, **below}


def _caption(message: OutboundMessage, media: Media) -> str | None:
    """The words below a file; None where it cannot go along with them."""
    words = plain(replace(message, media=None))
    # A sticker bears no words.
    most = 0 if media.kind is MediaKind.STICKER else MAX_CAPTION
    if _units(words) > most or (media.kind is MediaKind.DOCUMENT and not _is_fetched(media.url)):
        return None
    return words


def _is_fetched(url: str) -> bool:
    return urlsplit(url).path.lower().endswith(_FETCHED)


def _place(place: Location, below: Mapping[str, Any]) -> _Call:
    point = {"latitude": place.latitude, "longitude": place.longitude}
    if place.name and place.address:
        return "sendVenue", {**point, "title": place.name, "address": place.address, **below}
    return "sendLocation", {**point, **below}


def buttons_of(message: OutboundMessage) -> Mapping[str, Any]:
    """The choices as buttons, one a line; empty where Telegram does not take them as such."""
    sizes = [len(each.id.encode(errors="replace")) for each in message.choices]
    shown = message.text or message.media or message.location
    if not shown or not 0 < len(sizes) <= MAX_BUTTONS or not all(0 < size <= MAX_DATA for size in sizes):
        return {}
    if not all(each.label for each in message.choices):
        return {}
    return {"inline_keyboard": [[{"text": each.label, "callback_data": each.id}] for each in message.choices]}


def _fitting(message: OutboundMessage) -> str:
    """The message as plain words of at most 4 096 UTF-16 units, which is how Telegram counts."""
    limit = MAX_TEXT
    text = plain(message, limit)
    while limit > 0 and (excess := _units(text) - MAX_TEXT) > 0:
        # A character has at most two units.
        limit -= (excess + 1) // 2
        text = plain(message, limit)
    return text


def _units(text: str) -> int:
    return len(text.encode("utf-16-le", "replace")) // 2


def _words(answer: Part) -> str:
    try:
        return answer.text("description", "").lower()
    except UnparsableError:
        return ""


def _seconds(answer: Part) -> float | None:
    try:
        seconds = answer.maybe("parameters").value.get("retry_after")
    except UnparsableError:
        return None
    return float(seconds) if isinstance(seconds, int) and seconds >= 0 else None
