"""Sending on Messenger and Instagram: `POST /me/messages`, where `me` is the page or account of the token."""

from collections.abc import Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import Any

import orjson

from bot.core.errors import UnparsableError
from bot.core.messages import OutboundMessage
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import text_at
from bot.providers.kit.numbered import beside_buttons
from bot.providers.kit.plain_text import plain
from bot.providers.meta.messaging import MARK, Surface
from bot.providers.meta.messaging_errors import refusal

MAX_REPLIES = 13
MAX_REPLY_TITLE = 20
MAX_REPLY_PAYLOAD = 1000

_MAYBE_SENT = "1"
"""Meta's code for an error of which it says itself that the message may have gone out."""
_BYTES_A_CHARACTER = 4


def build(
    surface: Surface, message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances
) -> HttpRequest:
    """The request that sends `message`.

    Choices become quick replies where they fit Meta's limits, else numbered lines. A file without words is shown;
    Meta takes no words with one, so that with words its URL stands below them, and so does a place.
    """
    content = _content(surface, message)
    if surface.marked:
        content["metadata"] = f"{MARK}{message.id}"
    body = {
        "recipient": {"id": message.to.value},
        "messaging_type": "RESPONSE" if message.is_reply else "UPDATE",
        "message": content,
    }
    return HttpRequest(
        method="POST",
        url=f"{credentials['api_url'].rstrip('/')}/me/messages",
        headers={**_authorization(credentials), "Content-Type": "application/json"},
        body=orjson.dumps(body),
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks for the name of our page or account."""
    url = f"{credentials['api_url'].rstrip('/')}/me?fields=name"
    return HttpRequest("GET", url, _authorization(credentials), b"")


def read(response: HttpResponse) -> Outcome:
    """Sort Meta's answer, by its error code where it has one."""
    answer = json_answer(response)
    try:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(answer.identifier("message_id"))
        error = answer.maybe("error")
        code, subcode = error.text("code", ""), error.text("error_subcode", "")
    except UnparsableError:
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Unknown("Meta took it, but its answer could not be read.")
        code = subcode = ""
    if code == _MAYBE_SENT or (not code and response.status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}):
        return Unknown("Meta lost the answer.")
    refused = refusal(code, subcode, response.status, text_at(answer, "error", "message"))
    return replace(refused, retry_after=retry_after(response))


def _content(surface: Surface, message: OutboundMessage) -> dict[str, Any]:
    replies = replies_of(message)
    said = replace(message, text=beside_buttons(message.text, message.choices), choices=()) if replies else message
    media = message.media
    if media and media.kind in surface.files and plain(replace(said, media=None)) == "":
        attachment = {"type": surface.files[media.kind], "payload": {"url": media.url}}
        return {"attachment": attachment, **replies}
    return {"text": _words(said, surface), **replies}


def replies_of(message: OutboundMessage) -> Mapping[str, Any]:
    """The choices as quick replies; empty where Meta takes them not, or nothing stands above them."""
    choices = message.choices
    fits = (
        0 < len(choices) <= MAX_REPLIES
        and (message.text or message.media or message.location)
        and all(0 < len(each.label) <= MAX_REPLY_TITLE and 0 < len(each.id) <= MAX_REPLY_PAYLOAD for each in choices)
        and len({each.id for each in choices}) == len({each.label for each in choices}) == len(choices)
    )
    if not fits:
        return {}
    replies = [{"content_type": "text", "title": each.label, "payload": each.id} for each in choices]
    return {"quick_replies": replies}


def _words(message: OutboundMessage, surface: Surface) -> str:
    """The message as words within the surface's limit; what may not be cut can still exceed it."""
    room = surface.max_text
    words = plain(message, room)
    while surface.in_bytes and room > 0 and (excess := len(words.encode()) - surface.max_text) > 0:
        room = min(room, len(words)) - max(1, excess // _BYTES_A_CHARACTER)
        words = plain(message, room)
    return words


def _authorization(credentials: Credentials) -> dict[str, str]:
    return {"Authorization": f"Bearer {credentials['access_token']}"}
