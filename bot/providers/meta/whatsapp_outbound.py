"""Sending through Meta's Cloud API: `POST /{phone_number_id}/messages`."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from http import HTTPStatus
from typing import Any

import orjson

from bot.core.addresses import AddressKind
from bot.core.errors import UnparsableError
from bot.core.messages import ApprovedTemplate, ButtonValue, Choice, Location, Media, MediaKind, OutboundMessage
from bot.core.text import cut
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Sent, Unknown
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_lenient import text_at
from bot.providers.kit.plain_text import plain
from bot.providers.meta.whatsapp_errors import refusal

MAX_TEXT = 4096
MAX_CAPTION = 1024
MAX_BUTTONS = 3
MAX_BUTTON_TITLE = 20
MAX_BUTTON_ID = 256
MAX_BUTTONS_TEXT = 1024
MAX_ROWS = 10
MAX_ROW_TITLE = 24
MAX_ROW_ID = 200
MAX_ROW_DESCRIPTION = 72
MAX_LIST_BUTTON = 20

_LIST_BUTTON = "☰"
"""Opens the list where the message brings no words for it."""
_CAPTIONED = frozenset({MediaKind.IMAGE, MediaKind.VIDEO, MediaKind.DOCUMENT})
"""Files that words may go along with, below them or above buttons."""


class Offer(StrEnum):
    """How choices are offered on WhatsApp."""

    BUTTONS = "buttons"
    LIST = "list"
    LINES = "lines"
    """Numbered lines in the text, where Meta's limits allow nothing else."""


def offer(text: str, choices: Sequence[Choice]) -> Offer:
    """How Meta takes these choices under that text; those with descriptions are a list, which alone shows them."""
    if not any(each.description for each in choices) and _fits(
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

    Choices become buttons or list rows where they fit Meta's limits, else numbered lines. A file goes along with the
    words where Meta takes both in one message, else its URL stands below them; so does a place.
    """
    number = message.account.partition(":")[2]
    return HttpRequest(
        method="POST",
        url=f"{credentials['api_url'].rstrip('/')}/{number}/messages",
        headers={"Authorization": f"Bearer {credentials['access_token']}", "Content-Type": "application/json"},
        body=orjson.dumps(payload(message)),
    )


def payload(message: OutboundMessage) -> Mapping[str, Any]:
    """The JSON that sends `message`, from whichever number it is posted to."""
    to = "recipient" if message.to.kind is AddressKind.WA_USER else "to"
    return {
        "messaging_product": "whatsapp",
        "recipient_type": "individual",
        to: message.to.value,
        "biz_opaque_callback_data": message.id,
        **_content(message),
    }


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
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
    refused = refusal(code, response.status, text_at(answer, "error", "error_subcode"))
    return replace(refused, retry_after=retry_after(response) or refused.retry_after)


def _content(message: OutboundMessage) -> Mapping[str, Any]:
    if message.template is not None:
        return _template(message.template)
    media, location = message.media, message.location
    if media is None and location is None:
        return _words(message, message.text)
    if media is None and location is not None and not message.text and not message.choices:
        return {"type": "location", "location": _location(location)}
    shown = _with_file(message, media) if media is not None else None
    return shown or _words(message, plain(replace(message, choices=())))


def _words(message: OutboundMessage, text: str) -> Mapping[str, Any]:
    """The choices under `text`: all that the message says beside them."""
    offered = offer(text, message.choices)
    if offered is Offer.BUTTONS:
        return _interactive("button", text, _buttons(message))
    if offered is Offer.LIST:
        rows = [_row(each) for each in message.choices]
        button = cut(message.choices_label, MAX_LIST_BUTTON) or _LIST_BUTTON
        return _interactive("list", text, {"button": button, "sections": [{"rows": rows}]})
    return {"type": "text", "text": {"body": plain(message, MAX_TEXT), "preview_url": False}}


def _with_file(message: OutboundMessage, media: Media) -> Mapping[str, Any] | None:
    """The file with the words below it or, above buttons, over them; None where Meta takes not both at once."""
    text = plain(replace(message, media=None, choices=()))
    if not message.choices:
        if media.kind not in _CAPTIONED:
            return None if text else _file(media)
        return _file(media, text) if len(text) <= MAX_CAPTION else None
    if media.kind in _CAPTIONED and offer(text, message.choices) is Offer.BUTTONS:
        return _interactive("button", text, _buttons(message), header=_file(media))
    return None


def _file(media: Media, caption: str = "") -> dict[str, Any]:
    details = {"link": media.url}
    if caption:
        details["caption"] = caption
    if media.filename and media.kind is MediaKind.DOCUMENT:
        details["filename"] = media.filename
    return {"type": media.kind.value, media.kind.value: details}


def _location(location: Location) -> Mapping[str, Any]:
    words = {"name": location.name, "address": location.address}
    degrees = {"latitude": location.latitude, "longitude": location.longitude}
    return degrees | {key: value for key, value in words.items() if value}


def _template(template: ApprovedTemplate) -> Mapping[str, Any]:
    components: list[Mapping[str, Any]] = []
    if template.header:
        components.append({"type": "header", "parameters": [_file(template.header)]})
    elif template.header_parameters:
        components.append({"type": "header", "parameters": [_parameter(*each) for each in template.header_parameters]})
    if template.parameters:
        components.append({"type": "body", "parameters": [_parameter(*each) for each in template.parameters]})
    components += [
        {
            "type": "button",
            "sub_type": "quick_reply",
            "index": str(index),
            "parameters": [{"type": "payload", "payload": payload}],
        }
        for index, payload in enumerate(template.buttons)
    ]
    components += [_button_value(each) for each in template.button_values]
    content: dict[str, Any] = {"name": template.name, "language": {"code": template.language}}
    if components:
        content["components"] = components
    return {"type": "template", "template": content}


def _button_value(value: ButtonValue) -> Mapping[str, Any]:
    is_code = value.kind == "copy_code"
    parameter = {"type": "coupon_code", "coupon_code": value.text} if is_code else {"type": "text", "text": value.text}
    return {"type": "button", "sub_type": value.kind, "index": str(value.at), "parameters": [parameter]}


def _parameter(name: str, text: str) -> Mapping[str, Any]:
    # Meta refuses a parameter with a line break, a tab or a row of blanks.
    parameter = {"type": "text", "text": " ".join(text.split())}
    return parameter | {"parameter_name": name} if name else parameter


def _buttons(message: OutboundMessage) -> Mapping[str, Any]:
    return {"buttons": [{"type": "reply", "reply": {"id": each.id, "title": each.label}} for each in message.choices]}


def _row(choice: Choice) -> Mapping[str, Any]:
    row = {"id": choice.id, "title": choice.label}
    return row | {"description": cut(choice.description, MAX_ROW_DESCRIPTION)} if choice.description else row


def _interactive(
    kind: str, text: str, action: Mapping[str, Any], header: Mapping[str, Any] | None = None
) -> Mapping[str, Any]:
    interactive = {"type": kind, "body": {"text": text}, "action": action}
    if header:
        interactive["header"] = header
    return {"type": "interactive", "interactive": interactive}


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
