"""Requests as due work keeps them: field by field, and what all of them have alike once.

Each slice reads the whole of it, so ten thousand announcements must not repeat ten thousand times what they have alike.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from datetime import datetime
from typing import Any

from bot.conversations.sending.requests import FromProvider, FromTemplate, MailOptions, Say, SendRequest, Words
from bot.core.addresses import Channel
from bot.core.messages import Choice
from bot.core.purposes import Purpose
from bot.engine.state import decode_state, encode_state
from bot.messages.media.service import StoredFile

_FIELDS = tuple(each.name for each in fields(SendRequest))
_WITHOUT_FILES = tuple(each for each in _FIELDS if each != "files")
"""What older versions read, too."""


def to_payload(requests: Sequence[SendRequest]) -> dict[str, Any]:
    """The requests as JSON: how many, the fields that all have alike, and the others as a list each."""
    alike: dict[str, Any] = {}
    each: dict[str, list[Any]] = {}
    names = _FIELDS if any(each.files for each in requests) else _WITHOUT_FILES
    for name in names if requests else ():
        values = [getattr(request, name) for request in requests]
        if _are_alike(values):
            alike[name] = _to_json(values[0])
        else:
            each[name] = list(map(_to_json, values))
    return {"count": len(requests), "alike": alike, "each": each}


def contacts_of(payload: Mapping[str, Any]) -> Sequence[str]:
    """To whom each of the requests is, in their order."""
    if "contact_id" in payload["each"]:
        ids: list[str] = payload["each"]["contact_id"]
        return ids
    return [payload["alike"]["contact_id"]] * payload["count"] if payload["count"] else []


def requests_at(payload: Mapping[str, Any], places: Sequence[int]) -> list[SendRequest]:
    """Those at the places, in their order."""
    alike = {name: _from_json(name, value) for name, value in payload["alike"].items()}
    each = {name: [_from_json(name, values[place]) for place in places] for name, values in payload["each"].items()}
    return [SendRequest(**alike, **{name: each[name][at] for name in each}) for at in range(len(places))]


def _are_alike(values: Sequence[Any]) -> bool:
    first = values[0]
    # Not by equality: 1, 1.0 and True are equal, and a template prints each as something else.
    return all(each is first for each in values) or len(set(map(repr, values))) == 1


def _to_json(value: Any) -> Any:
    if isinstance(value, FromTemplate):
        return {"template": value.name, "variables": encode_state(value.variables)}
    if isinstance(value, Words):
        choices = [[each.id, each.label, each.description] for each in value.choices]
        return {"text": value.text, "choices": choices, "label": value.choices_label}
    if isinstance(value, MailOptions):
        return {"answers": value.answers, "subject": value.subject, "cc": list(value.cc), "bcc": list(value.bcc)}
    if isinstance(value, FromProvider):
        return {
            "approved": value.name,
            "language": value.language,
            "values": dict(value.values),
            "header": value.header,
        }
    return value.isoformat() if isinstance(value, datetime) else value


def _from_json(name: str, stored: Any) -> Any:
    return stored if name not in _READING else _READING[name](stored)


def _saying(stored: Mapping[str, Any]) -> Say:
    if "approved" in stored:
        header = None if stored["header"] is None else StoredFile(*stored["header"])
        return FromProvider(stored["approved"], stored["language"], stored["values"], header)
    if "template" in stored:
        return FromTemplate(stored["template"], decode_state(stored["variables"]))
    return Words(stored["text"], tuple(Choice(*each) for each in stored["choices"]), stored["label"])


def _mail(stored: Mapping[str, Any]) -> MailOptions:
    return MailOptions(stored["answers"], stored["subject"], tuple(stored["cc"]), tuple(stored["bcc"]))


def _files(stored: Sequence[Sequence[Any]]) -> tuple[StoredFile, ...]:
    return tuple(StoredFile(*each) for each in stored)


def _channels(stored: Sequence[str]) -> tuple[Channel, ...]:
    return tuple(map(Channel, stored))


def _moment(stored: str | None) -> datetime | None:
    return None if stored is None else datetime.fromisoformat(stored)


_READING: Mapping[str, Callable[[Any], Any]] = {
    "say": _saying,
    "channels": _channels,
    "mail": _mail,
    "files": _files,
    "purpose": Purpose,
    "not_before": _moment,
    "not_after": _moment,
}
"""How fields are read that are no plain JSON."""
