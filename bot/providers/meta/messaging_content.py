"""What a message of Messenger or Instagram holds beside its words: files, a place, what it answers."""

from collections.abc import Mapping
from typing import Any

from bot.core.messages import MessageKind
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part

FILES: Mapping[str, str] = {"image": "image", "audio": "audio", "video": "video", "file": "document"}
"""Meta's names of files, and ours."""


def body_of(message: Part) -> dict[str, Any]:
    """Files, place and the rest of a message, as InboundMessage has them."""
    body = _attached(message)
    for key in ("reply_to", "referral"):
        if isinstance(around := message.value.get(key), dict):
            body[key] = around
    if ref := text_at(message, "referral", "ref"):
        body["ref"] = ref
    if message.value.get("is_unsupported"):
        body["unsupported"] = {}
    return body


def _attached(message: Part) -> dict[str, Any]:
    body: dict[str, Any] = {}
    files: list[Mapping[str, Any]] = []
    others: list[Mapping[str, Any]] = []
    for attachment in parts_at(message, "attachments"):
        kind, payload = text_at(attachment, "type"), part_at(attachment, "payload")
        place = part_at(payload, "coordinates").value
        if kind in FILES and isinstance(payload.value.get("url"), str):
            files.append({"type": _file_type(kind, payload), "url": payload.value["url"]})
        elif "location" not in body and all(isinstance(place.get(key), int | float) for key in ("lat", "long")):
            title = text_at(attachment, "title")
            named = {"name": title} if title else {}
            body["location"] = {"latitude": place["lat"], "longitude": place["long"], **named}
        else:
            others.append(attachment.value)
    if files:
        body["media"] = files
    if others:
        body["attachments"] = others
    return body


def _file_type(kind: str, payload: Part) -> str:
    return "sticker" if payload.value.get("sticker_id") else FILES[kind]


def kind_of(text: str, body: Mapping[str, Any]) -> MessageKind:
    """What a message is, by its words and the rest of it."""
    if "media" in body:
        return MessageKind.MEDIA
    if "location" in body:
        return MessageKind.LOCATION
    return MessageKind.TEXT if text else MessageKind.OTHER
