"""What a WhatsApp webhook post carried (Meta's Cloud API, webhook fields `messages` and others).

{"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
  "metadata": {"phone_number_id": "700000000000002"},
  "contacts": [{"profile": {"name": "Rui"}, "wa_id": "15551230001", "user_id": "US.9000"}],
  "messages": [{"from": "15551230001", "id": "wamid.1", "timestamp": "1760000000", "type": "text",
                "text": {"body": "table for two?"}}],
  "statuses": [{"id": "wamid.2", "status": "delivered"}]}}]}]}
"""

import re
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, NamedTuple

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.cleaned import cleaned
from bot.providers.narrow import Part, read_object
from bot.providers.whatsapp_errors import refusal

STATUSES: Mapping[str, Status] = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}

_PHONE = re.compile(r"[1-9][0-9]{6,14}")
_USER_ID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9]{1,128}")
_MAX_KIND = 100
_MAX_OWN_ID = 64


def parse(request: WebhookRequest, _credentials: Credentials) -> Delivery:
    """All that the post carried, of every number it names; raises UnparsableError.

    A message or status that cannot be read becomes an UnknownEvent, so that the others of its batch are not lost.
    """
    post, delivery = read_object(request.body), _Collected()
    for entry in post.parts("entry"):
        for change in entry.parts("changes"):
            _take(change, delivery)
    if not (delivery.messages or delivery.statuses or delivery.unknown):
        delivery.unknown.append(_unknown(f"empty {post.text('object', 'post')}", ""))
    return Delivery(tuple(delivery.messages), tuple(delivery.statuses), tuple(delivery.unknown))


class _Collected:
    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.statuses: list[StatusUpdate] = []
        self.unknown: list[UnknownEvent] = []


class _Content(NamedTuple):
    """What a message says, by its type."""

    kind: MessageKind = MessageKind.OTHER
    text: str = ""
    label: str = ""
    body: Mapping[str, Any] | None = None
    automatic: str = ""


def _take(change: Part, into: _Collected) -> None:
    value = change.maybe("value")
    account = _account(value)
    field = change.text("field", "")
    if field != "messages" or not account:
        into.unknown.append(_unknown(field or "change", account))
        return
    contacts = [each.value for each in value.parts("contacts")]
    for item in value.parts("messages"):
        try:
            into.messages.append(_message(item, contacts, account))
        except UnparsableError:
            into.unknown.append(_unknown(f"message.{_type(item)}", account))
    for item in value.parts("statuses"):
        try:
            into.statuses.append(_status(item, account))
        except UnparsableError:
            into.unknown.append(_unknown(f"status.{item.value.get('status')}", account))
    for item in value.parts("errors"):
        into.unknown.append(_unknown(f"error.{item.value.get('code')}", account))


def _account(value: Part) -> str:
    """Our number, or empty where the post names none."""
    try:
        return f"whatsapp:{value.maybe('metadata').identifier('phone_number_id')}"
    except UnparsableError:
        return ""


def _type(item: Part) -> str:
    kind = str(item.value.get("type"))
    inner = item.value.get(kind)
    return f"{kind}.{inner.get('type')}" if isinstance(inner, dict) and "type" in inner else kind


def _unknown(kind: str, account: str) -> UnknownEvent:
    return UnknownEvent(clean(kind, _MAX_KIND)[0], account)


def _message(item: Part, contacts: list[Mapping[str, Any]], account: str) -> InboundMessage:
    read = _READERS.get(item.text("type"))
    if read is None:
        raise UnparsableError(f"{item.path}.type is not known")
    content = read(item)
    addresses, name = _sender(item, contacts)
    body = dict(content.body or {})
    for key in ("context", "referral"):
        if isinstance(around := item.value.get(key), dict):
            body[key] = around
    return cleaned(
        InboundMessage(
            account=account,
            provider_message_id=item.identifier("id"),
            channel=Channel.WHATSAPP,
            addresses=addresses,
            kind=content.kind,
            text=content.text,
            label=content.label,
            name=name,
            sent_at=item.instant("timestamp"),
            body=body,
            automatic=content.automatic,
        )
    )


def _sender(item: Part, contacts: list[Mapping[str, Any]]) -> tuple[tuple[Address, ...], str]:
    """The sender's addresses and name.

    The business-scoped user id comes first: it stays when the person hides their number behind a username.
    """
    phone, user_id = item.text("from", "").removeprefix("+"), item.text("from_user_id", "")
    contact = _contact(contacts, phone, user_id)
    phone = phone or str(contact.get("wa_id") or "")
    user_id = user_id or str(contact.get("user_id") or "")
    addresses = []
    if user_id and _USER_ID.fullmatch(user_id):
        addresses.append(Address(AddressKind.WA_USER, user_id))
    if _PHONE.fullmatch(phone):
        addresses.append(Address(AddressKind.PHONE, f"+{phone}"))
    if not addresses:
        raise UnparsableError(f"{item.path}.from is not a sender")
    profile = contact.get("profile")
    name = profile.get("name") if isinstance(profile, dict) else ""
    return tuple(addresses), name if isinstance(name, str) else ""


def _contact(contacts: list[Mapping[str, Any]], phone: str, user_id: str) -> Mapping[str, Any]:
    """The entry that describes this sender; a post may hold messages of several people."""
    for contact in contacts:
        if (user_id and contact.get("user_id") == user_id) or (phone and contact.get("wa_id") == phone):
            return contact
    return contacts[0] if len(contacts) == 1 and not phone and not user_id else {}


def _status(item: Part, account: str) -> StatusUpdate:
    status = STATUSES.get(item.text("status"))
    if status is None:
        raise UnparsableError(f"{item.path}.status is not known")
    own_id, mended = clean(item.text("biz_opaque_callback_data", ""), _MAX_OWN_ID)
    update = partial(StatusUpdate, account, item.identifier("id"), status, message_id="" if mended else own_id)
    if status is not Status.FAILED:
        return update()
    code = clean(next((error.text("code", "") for error in item.parts("errors")), ""), _MAX_OWN_ID)[0]
    if not code:
        return update(reason="WhatsApp did not say why.")
    refused = refusal(code)
    return update(code=code, reason=refused.reason, opt_out=refused.opt_out)


def _text(item: Part) -> _Content:
    return _Content(MessageKind.TEXT, item.part("text").text("body"))


def _media(item: Part) -> _Content:
    kind = item.text("type")
    media = item.part(kind)
    details = {key: value for key, value in media.value.items() if key not in {"caption", "url"}}
    return _Content(MessageKind.MEDIA, media.text("caption", ""), body={"media": [{"type": kind, **details}]})


def _location(item: Part) -> _Content:
    return _Content(MessageKind.LOCATION, body={"location": item.part("location").value})


def _contacts(item: Part) -> _Content:
    return _Content(body={"contacts": [each.value for each in item.parts("contacts")]})


def _interactive(item: Part) -> _Content:
    """A pressed button or list row, or a filled-in form; the object is missing when Meta could not read it."""
    interactive = item.maybe("interactive")
    kind = interactive.text("type", "")
    if kind in {"button_reply", "list_reply"}:
        pressed = interactive.part(kind)
        return _pressed(pressed.text("id", ""), pressed.text("title", ""), {kind: pressed.value})
    if kind == "nfm_reply":
        return _Content(body={"form": _form(interactive.part(kind).text("response_json", "{}"))})
    if kind:
        raise UnparsableError(f"{interactive.path}.type is not known")
    return _Content()


def _form(response: str) -> Any:
    """A form's answers, which come as JSON within a string; the string itself when they are not readable."""
    try:
        return read_object(response).value
    except UnparsableError:
        return response


def _button(item: Part) -> _Content:
    pressed = item.part("button")
    return _pressed(pressed.text("payload", ""), pressed.text("text", ""), {"button": pressed.value})


def _pressed(answer: str, label: str, body: Mapping[str, Any]) -> _Content:
    return _Content(MessageKind.BUTTON, answer or label, label, body)


def _reaction(item: Part) -> _Content:
    reaction = item.part("reaction")
    return _Content(MessageKind.REACTION, reaction.text("emoji", ""), body={"reaction": reaction.value})


def _order(item: Part) -> _Content:
    order = item.part("order")
    return _Content(text=order.text("text", ""), body={"order": order.value})


def _system(item: Part) -> _Content:
    system = item.part("system")
    return _Content(text=system.text("body", ""), body={"system": system.value}, automatic="system")


def _unsupported(item: Part) -> _Content:
    errors = [each.value for each in item.parts("errors")]
    return _Content(body={"unsupported": item.maybe("unsupported").value, "errors": errors})


def _edit(item: Part) -> _Content:
    """A changed message; it is kept and not answered again."""
    edit = item.part("edit")
    text = edit.maybe("message").maybe("text").text("body", "")
    return _Content(text=text, body={"edit": edit.value}, automatic="edit")


def _revoke(item: Part) -> _Content:
    return _Content(body={"revoke": item.part("revoke").value}, automatic="revoke")


_READERS: Mapping[str, Callable[[Part], _Content]] = {
    "text": _text,
    **dict.fromkeys(("image", "audio", "video", "document", "sticker"), _media),
    "location": _location,
    "contacts": _contacts,
    "interactive": _interactive,
    "button": _button,
    "reaction": _reaction,
    "order": _order,
    "system": _system,
    "unsupported": _unsupported,
    "edit": _edit,
    "revoke": _revoke,
}
