"""What a bridge posts: our own JSON, version 1; docs/providers/generic.md is its reference.

{"type": "message.received", "data": {"id": "m1", "from": "ana", "name": "Ana", "text": "oi"}}
{"type": "message.status", "data": {"id": "b1", "status": "failed", "code": "opted_out"}}
{"type": "contact.preference", "data": {"from": "ana", "opted_in": false}}
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import (
    Delivery,
    InboundMessage,
    JsonObject,
    MediaKind,
    MessageKind,
    Status,
    StatusUpdate,
    UnknownEvent,
)
from bot.core.text import clean
from bot.providers.base import Credentials, HttpRequest, WebhookRequest
from bot.providers.kit import shared_items
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.content import Content
from bot.providers.kit.json_lenient import text_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.kit.timestamps import moment
from bot.providers.kit.unread import Told, whole

CHANNELS = (
    Channel.OTHER,
    Channel.WHATSAPP,
    Channel.SMS,
    Channel.TELEGRAM,
    Channel.MESSENGER,
    Channel.INSTAGRAM,
)
"""All but e-mail, whose threads and headers a bridge cannot give."""

MAX_ADDRESS = 255
MAX_FILES = 20

OPT_OUTS: Mapping[str, ConsentReason] = {
    "opted_out": ConsentReason.PROVIDER,
    "complaint": ConsentReason.COMPLAINT,
    "unreachable": ConsentReason.BOUNCE,
}
"""Codes of a failure after which the person gets nothing more."""

_REASONS = frozenset(
    {ConsentReason.PROVIDER, ConsentReason.COMPLAINT, ConsentReason.BOUNCE, ConsentReason.UNSUBSCRIBED}
)
_TOLD = Told(
    words=frozenset({"channel", "sent_at"}), numbers=frozenset({"sent_at", "location.latitude", "location.longitude"})
)
_EVENT = frozenset({"type", "data", "timestamp"})
_MAX_KIND = 100
_MAX_CODE = 64
_MAX_REASON = 500


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The one event in a post, for the account that the credentials stand for; raises UnparsableError.

    A type that is not known is an UnknownEvent.
    """
    event, account = read_object(request.body), f"generic:{credentials.get('account').strip()}"
    kind = event.text("type")
    read = _READERS.get(kind)
    if read is None:
        return Delivery(unknown=(UnknownEvent(clean(kind, _MAX_KIND)[0] or "event without a type", account),))
    more = sorted(event.value.keys() - _EVENT)
    delivery = read(event.part("data"), account)
    beside = (UnknownEvent(clean(f"{kind} with {key}", _MAX_KIND)[0], account) for key in more)
    return delivery._replace(unknown=(*delivery.unknown, *beside)) if more else delivery


def media(entry: JsonObject, _credentials: Credentials) -> HttpRequest:
    """The request that fetches a file from where the bridge said it is; raises UnparsableError when it did not."""
    return HttpRequest("GET", Part(entry).text("url"), {}, b"")


def _message(data: Part, account: str) -> Delivery:
    if data.value.get("group"):
        return Delivery(unknown=(UnknownEvent("group message", account),))
    body: dict[str, Any] = {}
    text, label, kind = data.text("text", ""), "", MessageKind.TEXT
    if files := [_file(each) for each in data.parts("media")]:
        body["media"], kind = files[:MAX_FILES], MessageKind.MEDIA
    if data.value.get("location") is not None:
        body["location"], kind = _location(data.part("location")), MessageKind.LOCATION
    if data.value.get("button") is not None:
        button = data.part("button")
        label, kind = button.text("title", ""), MessageKind.BUTTON
        text = button.text("id", "") or label
    if data.value.get("contacts") is not None or data.value.get("form") is not None:
        content, kind = _shared(data), MessageKind.OTHER
        body |= content.body or {}
        text, label = text or content.text, "" if text else content.label
    if not (text or body):
        raise UnparsableError(f"{data.path} has no text, button, media or location")
    message = InboundMessage(
        account=account,
        provider_message_id=data.identifier("id"),
        channel=_channel(data),
        addresses=(_address(data),),
        kind=kind,
        text=text,
        label=label,
        name=data.text("name", ""),
        sent_at=_sent_at(data),
        body=body | ({"ref": ref} if (ref := data.text("ref", "")) else {}),
    )
    return Delivery(messages=(cleaned(whole(message, data.value, _TOLD)),))


def _shared(data: Part) -> Content:
    """Contacts or a form, in the shape that all providers' have."""
    if data.value.get("form") is not None:
        return shared_items.form(data.part("form").value)
    cards = [
        shared_items.Card(text_at(each, "name"), _texts(each, "phones"), _texts(each, "emails"))
        for each in data.parts("contacts")
    ]
    return shared_items.contacts(cards, {})


def _texts(part: Part, key: str) -> tuple[str, ...]:
    listed = part.value.get(key)
    return tuple(each for each in listed if isinstance(each, str)) if isinstance(listed, list) else ()


def _status(data: Part, account: str) -> Delivery:
    status = _STATUSES.get(data.text("status"))
    if status is None:
        raise UnparsableError(f"{data.path}.status is not known")
    failed = status is Status.FAILED
    code = clean(data.text("code", ""), _MAX_CODE)[0] if failed else ""
    reason = clean(data.text("reason", ""), _MAX_REASON)[0] or "The bridge did not say why."
    update = StatusUpdate(
        account=account,
        provider_message_id=data.identifier("id"),
        status=status,
        code=code,
        reason=reason if failed else "",
        opt_out=OPT_OUTS.get(code),
        at=_sent_at(data) if code in OPT_OUTS else None,
    )
    return Delivery(statuses=(update,))


def _preference(data: Part, account: str) -> Delivery:
    opted_in, reason = data.value.get("opted_in"), data.text("reason", ConsentReason.PROVIDER)
    if not isinstance(opted_in, bool):
        raise UnparsableError(f"{data.path}.opted_in is not true or false")
    if reason not in _REASONS:
        raise UnparsableError(f"{data.path}.reason is not known")
    preference = Preference(account, _channel(data), _address(data), opted_in, ConsentReason(reason), _sent_at(data))
    return Delivery(preferences=(preference,))


_READERS: Mapping[str, Callable[[Part, str], Delivery]] = {
    "message.received": _message,
    "message.status": _status,
    "contact.preference": _preference,
}
_STATUSES: Mapping[str, Status] = {status.value: status for status in Status}


def _address(data: Part) -> Address:
    value = data.identifier("from")
    if len(value) > MAX_ADDRESS:
        raise UnparsableError(f"{data.path}.from is longer than {MAX_ADDRESS} characters")
    return Address(AddressKind.EXTERNAL, value)


def _channel(data: Part) -> Channel:
    spelled = data.text("channel", Channel.OTHER)
    if spelled not in CHANNELS:
        raise UnparsableError(f"{data.path}.channel is not known")
    return Channel(spelled)


def _sent_at(data: Part) -> datetime | None:
    """The time at `sent_at`: Unix seconds, or ISO 8601."""
    spelled = data.value.get("sent_at")
    return (moment(spelled) if isinstance(spelled, str) else None) or data.instant("sent_at")


def _file(file: Part) -> dict[str, Any]:
    """An entry of the message's media."""
    kind = file.text("type")
    if kind not in _KINDS:
        raise UnparsableError(f"{file.path}.type is not known")
    entry = {"type": kind, "url": file.text("url")}
    details = {key: file.text(key, "") for key in ("filename", "mime_type")}
    return entry | {key: value for key, value in details.items() if value}


_KINDS = frozenset(kind.value for kind in MediaKind)


def _location(place: Part) -> dict[str, Any]:
    location: dict[str, Any] = {key: place.number(key) for key in ("latitude", "longitude")}
    return location | {key: value for key in ("name", "address") if (value := place.text(key, ""))}
