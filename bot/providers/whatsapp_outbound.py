"""Sending through Meta's Cloud API: `POST /{phone_number_id}/messages`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson

from bot.core.addresses import AddressKind
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, OutboundMessage
from bot.core.text import cut
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.http import json_answer, retry_after
from bot.providers.lines import numbered
from bot.providers.whatsapp_errors import refusal

MAX_TEXT = 4096
MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20
MAX_BUTTON_ID = 256
MAX_BUTTONS_TEXT = 1024
MAX_ROWS = 10
MAX_ROW_TITLE = 24
MAX_ROW_ID = 200
MAX_LIST_BUTTON = 20

_LIST_BUTTON = "☰"
"""Opens the list where the message brings no words for it."""


class Offer(StrEnum):
    """How choices are offered on WhatsApp."""

    BUTTONS = "buttons"
    LIST = "list"
    LINES = "lines"
    """Numbered lines in the text, where Meta's limits allow nothing else."""


def offer(text: str, choices: Sequence[Choice]) -> Offer:
    """How Meta takes these choices under that text."""
    if _fits(
        text,
        choices,
        most=MAX_BUTTONS,
        title=MAX_BUTTON_TITLE,
        identifier=MAX_BUTTON_ID,
        words=MAX_BUTTONS_TEXT,
    ):
        return Offer.BUTTONS
    if _fits(text, choices, most=MAX_ROWS, title=MAX_ROW_TITLE, identifier=MAX_ROW_ID, words=MAX_TEXT):
        return Offer.LIST
    return Offer.LINES


def build(message: OutboundMessage, credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """The request that sends `message` from the number its account names.

    Choices become buttons or list rows where they fit Meta's limits, else numbered lines.
    """
    number = message.account.partition(":")[2]
    to = "recipient" if message.to.kind is AddressKind.WA_USER else "to"
    body = {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        to: message.to.value,
        "biz_opaque_callback_data": message.id,
        **_content(message),
    }
    return HttpRequest(
        method="POST",
        url=f"{credentials['api_url'].rstrip('/')}/{number}/messages",
        headers={"Authorization": f"Bearer {credentials['access_token']}", "Content-Type": "application/json"},
        body=orjson.dumps(body),
    )


def probe(credentials: Credentials) -> HttpRequest:
    """Asks for the name of our number."""
    number = credentials.each("phone_number_id")[0]
    return HttpRequest(
        method="GET",
        url=f"{credentials['api_url'].rstrip('/')}/{number}?fields=display_phone_number",
        headers={"Authorization": f"Bearer {credentials['access_token']}"},
        body=b"",
    )


def read(response: HttpResponse) -> Outcome:
    """Sort Meta's answer, by its error code where it has one."""
    answer = json_answer(response)
    try:
        if HTTPStatus.OK <= response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Sent(next(answer.parts("messages")).identifier("id"))
        code = answer.maybe("error").text("code", "")
    except (UnparsableError, StopIteration):
        if response.status < HTTPStatus.MULTIPLE_CHOICES:
            return Unknown("WhatsApp took it, but its answer could not be read.")
        code = ""
    if not code and response.status in {HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT}:
        return Unknown("WhatsApp's gateway lost the answer.")
    refused = refusal(code, response.status)
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _content(message: OutboundMessage) -> Mapping[str, Any]:
    offered = offer(message.text, message.choices)
    if offered is Offer.BUTTONS:
        buttons = [{"type": "reply", "reply": {"id": each.id, "title": each.label}} for each in message.choices]
        return _interactive("button", message.text, {"buttons": buttons})
    if offered is Offer.LIST:
        rows = [{"id": each.id, "title": each.label} for each in message.choices]
        button = cut(message.choices_label, MAX_LIST_BUTTON) or _LIST_BUTTON
        return _interactive("list", message.text, {"button": button, "sections": [{"rows": rows}]})
    text = numbered(message.text, message.choices, MAX_TEXT)
    return {"type": "text", "text": {"body": text, "preview_url": False}}


def _interactive(kind: str, text: str, action: Mapping[str, Any]) -> Mapping[str, Any]:
    return {"type": "interactive", "interactive": {"type": kind, "body": {"text": text}, "action": action}}


def _fits(text: str, choices: Sequence[Choice], *, most: int, title: int, identifier: int, words: int) -> bool:
    """Whether Meta takes these choices as buttons or rows: within its limits, and no two alike."""
    return (
        0 < len(choices) <= most
        and 0 < len(text) <= words
        and all(0 < len(each.label) <= title and 0 < len(each.id) <= identifier for each in choices)
        and _distinct([each.id for each in choices])
        and _distinct([each.label for each in choices])
    )


def _distinct(values: Sequence[str]) -> bool:
    return len(set(values)) == len(values)
