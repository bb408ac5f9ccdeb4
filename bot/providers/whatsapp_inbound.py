"""What a WhatsApp webhook post carried (Meta's Cloud API, webhook fields `messages` and others).

{"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
  "metadata": {"phone_number_id": "700000000000002"},
  "contacts": [{"profile": {"name": "Rui"}, "wa_id": "15551230001", "user_id": "US.9000"}],
  "messages": [{"from": "15551230001", "id": "wamid.1", "timestamp": "1760000000", "type": "text",
                "text": {"body": "table for two?"}}],
  "statuses": [{"id": "wamid.2", "status": "delivered"}]}}]}]}
"""

import re
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import (
    ConsentReason,
    Delivery,
    Echo,
    InboundMessage,
    MessageKind,
    Preference,
    Status,
    StatusUpdate,
    UnknownEvent,
)
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.cleaned import cleaned, cleaned_echo
from bot.providers.narrow import Part, read_object
from bot.providers.whatsapp_errors import refusal
from bot.providers.whatsapp_message import content_of

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
_PREFERENCES = {"stop": False, "resume": True}


def parse(request: WebhookRequest, _credentials: Credentials, name: str = "whatsapp") -> Delivery:
    """All that the post carried, of every number it names; raises UnparsableError.

    A message or status that cannot be read becomes an UnknownEvent, so that the others of its batch are not lost.

    Args:
        request: the post.
        name: of the provider whose accounts the numbers are: others hand on Meta's posts as they are.
    """
    post, delivery = read_object(request.body), _Collected()
    for entry in post.parts("entry"):
        for change in entry.parts("changes"):
            _take(change, name, delivery)
    if delivery.is_empty():
        delivery.unknown.append(_unknown(f"empty {post.text('object', 'post')}", ""))
    return Delivery(
        tuple(delivery.messages),
        tuple(delivery.statuses),
        tuple(delivery.unknown),
        preferences=tuple(delivery.preferences),
        echoes=tuple(delivery.echoes),
    )


class _Collected:
    def __init__(self) -> None:
        self.messages: list[InboundMessage] = []
        self.statuses: list[StatusUpdate] = []
        self.unknown: list[UnknownEvent] = []
        self.preferences: list[Preference] = []
        self.echoes: list[Echo] = []

    def is_empty(self) -> bool:
        return not (self.messages or self.statuses or self.unknown or self.preferences or self.echoes)


def _take(change: Part, name: str, into: _Collected) -> None:
    value = change.maybe("value")
    account = _account(value, name)
    field = change.text("field", "")
    read = _FIELDS.get(field)
    if read is None or not account:
        into.unknown.append(_unknown(field or "change", account))
        return
    read(value, account, into)


def _account(value: Part, name: str) -> str:
    """Our number, or empty where the post names none."""
    try:
        return f"{name}:{value.maybe('metadata').identifier('phone_number_id')}"
    except UnparsableError:
        return ""


def _messages(value: Part, account: str, into: _Collected) -> None:
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


def _echoes(value: Part, account: str, into: _Collected) -> None:
    """What people of ours wrote in the WhatsApp Business app (webhook field `smb_message_echoes`)."""
    for item in value.parts("message_echoes"):
        try:
            into.echoes.append(_echo(item, account))
        except UnparsableError:
            into.unknown.append(_unknown(f"echo.{_type(item)}", account))


def _preferences(value: Part, account: str, into: _Collected) -> None:
    """Who stopped our marketing messages in WhatsApp's settings, or takes them again (field `user_preferences`)."""
    for item in value.parts("user_preferences"):
        try:
            into.preferences += _preference(item, account)
        except UnparsableError:
            into.unknown.append(_unknown(f"preference.{item.value.get('category')}", account))


_FIELDS: Mapping[str, Callable[[Part, str, _Collected], None]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "user_preferences": _preferences,
}


def _type(item: Part) -> str:
    kind = str(item.value.get("type"))
    inner = item.value.get(kind)
    return f"{kind}.{inner.get('type')}" if isinstance(inner, dict) and "type" in inner else kind


def _unknown(kind: str, account: str) -> UnknownEvent:
    return UnknownEvent(clean(kind, _MAX_KIND)[0], account)


def _message(item: Part, contacts: list[Mapping[str, Any]], account: str) -> InboundMessage:
    content = content_of(item)
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


def _echo(item: Part, account: str) -> Echo:
    """A message from the app; one that only changes or decorates an earlier one is none."""
    content = content_of(item)
    if content.automatic or content.kind is MessageKind.REACTION:
        raise UnparsableError(f"{item.path} is no message of its own")
    return cleaned_echo(
        Echo(
            account=account,
            provider_message_id=item.identifier("id"),
            channel=Channel.WHATSAPP,
            to=_addresses(item, "to_user_id", item.text("to", "")),
            text=content.text,
            sent_at=item.instant("timestamp"),
            body=content.body or {},
        )
    )


def _preference(item: Part, account: str) -> Iterator[Preference]:
    opted_in = _PREFERENCES.get(item.text("value"))
    if opted_in is None or item.text("category") != "marketing_messages":
        raise UnparsableError(f"{item.path} is not known")
    for address in _addresses(item, "user_id", item.text("wa_id", "")):
        yield Preference(account, Channel.WHATSAPP, address, opted_in, ConsentReason.MARKETING)


def _sender(item: Part, contacts: list[Mapping[str, Any]]) -> tuple[tuple[Address, ...], str]:
    """The sender's addresses and name."""
    phone, user_id = item.text("from", "").removeprefix("+"), item.text("from_user_id", "")
    contact = _contact(contacts, phone, user_id)
    addresses = _addresses_of(phone or str(contact.get("wa_id") or ""), user_id or str(contact.get("user_id") or ""))
    if not addresses:
        raise UnparsableError(f"{item.path}.from is not a sender")
    profile = contact.get("profile")
    name = profile.get("name") if isinstance(profile, dict) else ""
    return addresses, name if isinstance(name, str) else ""


def _addresses(item: Part, user_id: str, phone: str) -> tuple[Address, ...]:
    """Who is meant by a number and by the user id at `user_id`; raises UnparsableError when there is neither."""
    addresses = _addresses_of(phone.removeprefix("+"), item.text(user_id, ""))
    if not addresses:
        raise UnparsableError(f"{item.path} names nobody")
    return addresses


def _addresses_of(phone: str, user_id: str) -> tuple[Address, ...]:
    """What is an address of the two.

    The business-scoped user id comes first: it stays when the person hides their number behind a username.
    """
    addresses = []
    if user_id and _USER_ID.fullmatch(user_id):
        addresses.append(Address(AddressKind.WA_USER, user_id))
    if _PHONE.fullmatch(phone):
        addresses.append(Address(AddressKind.PHONE, f"+{phone}"))
    return tuple(addresses)


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
