"""Sending through a bridge: our own JSON, version 1; docs/providers/generic.md is its reference.

{"type": "message.send", "timestamp": "2025-10-09T08:53:20+00:00",
 "data": {"id": "c...", "channel": "other", "to": "ana", "text": "Rye or wheat?", "choices": [{"id": "1", ...}]}}
"""

from collections.abc import Mapping
from dataclasses import asdict
from http import HTTPStatus
from typing import Any

import orjson

from bot.core.errors import NotConfiguredError, UnparsableError
from bot.core.messages import Location, Media, OutboundMessage
from bot.core.text import clean
from bot.providers.base import Circumstances, Credentials, HttpRequest, HttpResponse, Outcome, Refused, Sent, Unknown
from bot.providers.generic.inbound import OPT_OUTS
from bot.providers.kit.http import json_answer, retry_after
from bot.providers.kit.json_reader import Part
from bot.providers.kit.standard_webhooks import key, signed

_MAX_CODE = 64
_BUSY = frozenset({HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.BAD_GATEWAY, HTTPStatus.GATEWAY_TIMEOUT})
"""Standard Webhooks: whoever answers so wants to be sent less."""
_OPERATOR: Mapping[int, str] = {
    HTTPStatus.UNAUTHORIZED: "The bridge does not take our signature; GENERIC_SECRET must be the same on both sides.",
    HTTPStatus.FORBIDDEN: "The bridge does not take our signature; GENERIC_SECRET must be the same on both sides.",
    HTTPStatus.NOT_FOUND: "Nothing answers at GENERIC_API_URL.",
    HTTPStatus.METHOD_NOT_ALLOWED: "What answers at GENERIC_API_URL takes no messages.",
    HTTPStatus.GONE: "The bridge wants no more messages.",
}
_PAUSED = frozenset({HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.GONE})
"""After these nothing more is sent until the operator has looked."""


def signing_keys(credentials: Credentials) -> list[bytes]:
    """The keys in GENERIC_SECRET; raises NotConfiguredError where there is none, or one that is no key."""
    try:
        return [key(secret) for secret in credentials.each("secret")]
    except ValueError:
        raise NotConfiguredError("GENERIC_SECRET (as whsec_ and the base64 of 24 to 64 bytes)") from None


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> HttpRequest:
    """The request that hands `message` to the bridge, with all that it consists of.

    The bridge knows it again by `webhook-id`, our own id, so that a second attempt does not send it twice.
    """
    data: dict[str, Any] = {
        "id": message.id,
        "channel": message.channel,
        "to": message.to.value,
        "text": message.text,
        "choices": [asdict(each) for each in message.choices],
        "choices_label": message.choices_label,
        "media": _media(message.media) if message.media else None,
        "location": _location(message.location) if message.location else None,
    }
    present = {name: value for name, value in data.items() if value or name == "text"}
    event = {"type": "message.send", "timestamp": circumstances.now.isoformat(), "data": present}
    body = orjson.dumps(event)
    return HttpRequest(
        method="POST",
        url=credentials["api_url"],
        headers={
            "Content-Type": "application/json",
            **signed(message.id, body, signing_keys(credentials), circumstances.now),
        },
        body=body,
    )


def probe(credentials: Credentials, _circumstances: Circumstances) -> HttpRequest:
    """Asks whether the bridge is there."""
    return HttpRequest("GET", credentials["api_url"], {}, b"")


def read(response: HttpResponse) -> Outcome:
    """Sort the bridge's answer, by its status as Standard Webhooks has it, and by the code in its JSON."""
    answer, status = json_answer(response), response.status
    if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
        try:
            return Sent(answer.identifier("id"))
        except UnparsableError:
            return Unknown("The bridge took it, but its answer has no id.")
    code = _code(answer)
    shown, opt_out = code or f"http_{status}", OPT_OUTS.get(code)
    if opt_out:
        return Refused(shown, "The bridge says that the person is to get no more messages.", opt_out=opt_out)
    if status in _BUSY or status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        # It knows the message again by its id, so another attempt does no harm.
        reason, busy = "The bridge asks for another try later.", status in _BUSY
        return Refused(shown, reason, retryable=True, retry_after=retry_after(response), throttled=busy)
    if status in _OPERATOR:
        return Refused(shown, _OPERATOR[status], operator=True, credentials=status in _PAUSED)
    if status < HTTPStatus.BAD_REQUEST:
        return Refused(shown, "What answers at GENERIC_API_URL leads elsewhere.", operator=True)
    return Refused(shown, f"The bridge refused it ({shown}).")


def _media(media: Media) -> Mapping[str, str]:
    named = {"filename": media.filename} if media.filename else {}
    return {"type": media.kind, "url": media.url, **named}


def _location(place: Location) -> Mapping[str, Any]:
    named = {"name": place.name, "address": place.address}
    return {
        "latitude": place.latitude,
        "longitude": place.longitude,
        **{name: value for name, value in named.items() if value},
    }


def _code(answer: Part) -> str:
    try:
        return clean(answer.text("code", ""), _MAX_CODE)[0]
    except UnparsableError:
        return ""
