"""What a WhatsApp webhook post carried (Meta's Cloud API, webhook fields `messages` and others).

{"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [{"field": "messages", "value": {
  "metadata": {"phone_number_id": "700000000000002"},
  "contacts": [{"profile": {"name": "Rui"}, "wa_id": "15551230001", "user_id": "US.9000"}],
  "messages": [{"from": "15551230001", "id": "wamid.1", "timestamp": "1760000000", "type": "text",
                "text": {"body": "table for two?"}}],
  "statuses": [{"id": "wamid.2", "status": "delivered"}]}}]}]}
"""

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Any

from bot.core.addresses import Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, Echo, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.cleaned import cleaned, cleaned_echo
from bot.providers.kit.content import Content
from bot.providers.kit.given_back import error_code, own_id
from bot.providers.kit.json_lenient import each_at, part_at, parts_at, text_at, text_of, there
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.kit.unread import Told, whole, whole_echo
from bot.providers.meta.whatsapp_errors import refusal
from bot.providers.meta.whatsapp_message import content_of
from bot.providers.meta.whatsapp_people import Described, Who, addresses_at, who
from bot.providers.meta.whatsapp_usual import usual_message

STATUSES: Mapping[str, Status] = {
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    "played": Status.READ,
    "failed": Status.FAILED,
}

_MAX_KIND = 100
_PREFERENCES = {"stop": False, "resume": True}
_POST = frozenset({"object", "entry"})
_AROUND_CHANGES = frozenset({"id", "time", "changes"})
_CHANGE = frozenset({"field", "value"})
_AROUND_MESSAGES = frozenset(
    {
        *("messaging_product", "metadata", "contacts", "messages", "statuses", "errors"),
        *("message_echoes", "user_preferences"),
    }
)
_TOLD = Told(
    words=frozenset(
        {
            *("type", "interactive.type"),
            # A form's answers are kept as they are read.
            "interactive.nfm_reply.response_json",
            *(f"{kind}.url" for kind in ("image", "audio", "video", "document", "sticker")),
        }
    ),
    numbers=frozenset({"from", "to", "timestamp"}),
)
_PLAIN = frozenset({"from", "id", "timestamp", "type", "text"})


def parse(request: WebhookRequest, _credentials: Credentials, name: str = "whatsapp") -> Delivery:
    """All that the post carried, of every number it names; raises UnparsableError.

    A message or status that cannot be read becomes an UnknownEvent, so that the others of its batch are not lost.

    Args:
        request: the post.
        name: of the provider whose accounts the numbers are: others hand on Meta's posts as they are.
    """
    post = read_object(request.body)
    usual = usual_message(post.value, name)
    if usual is not None:
        return Delivery((usual,))
    delivery = _Collected()
    _keep_more(post, _POST, "", "", delivery)
    for entry in each_at(post, "entry"):
        try:
            for change in _changes(there(entry), delivery):
                _take(there(change), name, delivery)
        except UnparsableError as error:
            delivery.fault = delivery.fault or error
            delivery.unknown.append(_unknown("entry", ""))
    if delivery.fault is not None and not delivery.is_understood():
        raise delivery.fault
    if delivery.is_empty():
        delivery.unknown.append(_unknown(f"empty {text_at(post, 'object') or 'post'}", ""))
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
        self.fault: UnparsableError | None = None

    def is_understood(self) -> bool:
        """Whether there is anything in it that has not to be kept raw."""
        return bool(self.messages or self.statuses or self.preferences or self.echoes)

    def is_empty(self) -> bool:
        return not (self.is_understood() or self.unknown)


def _changes(entry: Part, into: _Collected) -> Iterator[Part | UnparsableError]:
    _keep_more(entry, _AROUND_CHANGES, "entry.", "", into)
    return each_at(entry, "changes")


def _take(change: Part, name: str, into: _Collected) -> None:
    value = change.maybe("value")
    account = _account(value, name)
    field = change.text("field", "")
    read = _FIELDS.get(field)
    _keep_more(change, _CHANGE, "change.", account, into)
    if read is None or not account:
        into.unknown.append(_unknown(field or "change", account))
        return
    read(value, account, into)
    _keep_more(value, _AROUND_MESSAGES, "value.", account, into)


def _keep_more(part: Part, read: frozenset[str], place: str, account: str, into: _Collected) -> None:
    """Note what stands beside the keys that are read, so that the post is kept."""
    if not part.value.keys() <= read:
        into.unknown += [_unknown(f"{place}{key}", account) for key in part.value.keys() - read]


def _account(value: Part, name: str) -> str:
    """Our number, or empty where the post names none."""
    try:
        return f"{name}:{part_at(value, 'metadata').identifier('phone_number_id')}"
    except UnparsableError:
        return ""


def _messages(value: Part, account: str, into: _Collected) -> None:
    contacts: list[Described] = []
    senders: list[Described] = []
    for each in each_at(value, "contacts"):
        if isinstance(each, Part):
            contacts.append(each.value)
        else:
            into.unknown.append(_unknown("contact", account))
    for item in each_at(value, "messages"):
        try:
            message, sender = _message(there(item), contacts, account)
            into.messages.append(message)
            senders.append(sender)
        except UnparsableError:
            into.unknown.append(_unknown(f"message.{_type(item)}", account))
    if senders:
        into.unknown += [_unknown("contact", account) for each in contacts if each not in senders]
    for item in each_at(value, "statuses"):
        try:
            into.statuses.append(_status(there(item), account))
        except UnparsableError:
            into.unknown.append(_unknown(f"status.{text_of(item, 'status')}", account))
    for item in each_at(value, "errors"):
        into.unknown.append(_unknown(f"error.{text_of(item, 'code')}", account))


def _echoes(value: Part, account: str, into: _Collected) -> None:
    """What people of ours wrote in the WhatsApp Business app (webhook field `smb_message_echoes`)."""
    for item in each_at(value, "message_echoes"):
        try:
            into.echoes.append(_echo(there(item), account))
        except UnparsableError:
            into.unknown.append(_unknown(f"echo.{_type(item)}", account))


def _preferences(value: Part, account: str, into: _Collected) -> None:
    """Who stopped our marketing messages in WhatsApp's settings, or takes them again (field `user_preferences`)."""
    for item in each_at(value, "user_preferences"):
        try:
            into.preferences += _preference(there(item), account)
        except UnparsableError:
            into.unknown.append(_unknown(f"preference.{text_of(item, 'category')}", account))


_FIELDS: Mapping[str, Callable[[Part, str, _Collected], None]] = {
    "messages": _messages,
    "smb_message_echoes": _echoes,
    "user_preferences": _preferences,
}


def _type(item: Part | UnparsableError) -> str:
    if isinstance(item, UnparsableError):
        return "of nothing"
    kind = str(item.value.get("type"))
    inner = item.value.get(kind)
    shown = f"{kind}.{inner.get('type')}" if isinstance(inner, dict) and "type" in inner else kind
    return f"group.{shown}" if _is_of_a_group(item) else shown


def _is_of_a_group(item: Part) -> bool:
    """Whether it was written in a group, where nobody speaks to us alone."""
    return bool(item.value.get("group_id")) or item.value.get("recipient_type") == "group"


def _unknown(kind: str, account: str) -> UnknownEvent:
    return UnknownEvent(clean(kind, _MAX_KIND)[0], account)


def _message(item: Part, contacts: list[Described], account: str) -> tuple[InboundMessage, Described]:
    """A message, and which of the contacts is its sender."""
    if _is_of_a_group(item):
        raise UnparsableError(f"{item.path} is of a group")
    content = content_of(item)
    sender = who(item, contacts)
    message = InboundMessage(
        account=account,
        provider_message_id=item.identifier("id"),
        channel=Channel.WHATSAPP,
        addresses=sender.addresses,
        kind=content.kind,
        text=content.text,
        label=content.label,
        name=sender.name,
        sent_at=item.instant("timestamp"),
        body=_body(item, content),
        automatic=content.automatic,
        former=sender.former,
    )
    if _is_plain(item, sender, message):
        return cleaned(message), sender.described
    posted = {**item.value, "contact": sender.described}
    numbers = [each.value.removeprefix("+") for each in (*sender.addresses, *sender.former)]
    former = [each.value for each in sender.former]
    return cleaned(whole(message, posted, _TOLD, former, numbers)), sender.described


def _body(item: Part, content: Content) -> dict[str, Any]:
    body = dict(content.body or {})
    for key in ("context", "referral"):
        if isinstance(around := item.value.get(key), dict):
            body[key] = around
    if ref := text_at(item, "referral", "ref") or text_at(item, "referral", "source_id"):
        body["ref"] = ref
    return body


def _is_plain(item: Part, sender: Who, message: InboundMessage) -> bool:
    """Whether a message is words alone, as nearly all are, and all of it is in its attributes."""
    described = sender.described
    return (
        message.kind is MessageKind.TEXT
        and message.sent_at is not None
        and item.value.keys() <= _PLAIN
        and len(item.value["text"]) == 1
        and (not described or described == {"profile": {"name": sender.name}, "wa_id": item.value.get("from")})
    )


def _echo(item: Part, account: str) -> Echo:
    """A message from the app; one that only changes or decorates an earlier one is none."""
    if _is_of_a_group(item):
        raise UnparsableError(f"{item.path} is of a group")
    content = content_of(item)
    if content.automatic or content.kind is MessageKind.REACTION:
        raise UnparsableError(f"{item.path} is no message of its own")
    echo = Echo(
        account=account,
        provider_message_id=item.identifier("id"),
        channel=Channel.WHATSAPP,
        to=addresses_at(item, "to_user_id", "to"),
        text=content.label or content.text,
        sent_at=item.instant("timestamp"),
        body=_body(item, content),
    )
    return cleaned_echo(whole_echo(echo, item.value, _TOLD, content.text))


def _preference(item: Part, account: str) -> Iterator[Preference]:
    opted_in = _PREFERENCES.get(item.text("value"))
    if opted_in is None or item.text("category") != "marketing_messages":
        raise UnparsableError(f"{item.path} is not known")
    said_at = item.instant("timestamp")
    for address in addresses_at(item, "user_id", "wa_id"):
        yield Preference(account, Channel.WHATSAPP, address, opted_in, ConsentReason.MARKETING, said_at)


def _status(item: Part, account: str) -> StatusUpdate:
    status = STATUSES.get(item.text("status"))
    if status is None:
        raise UnparsableError(f"{item.path}.status is not known")
    message_id = own_id(text_at(item, "biz_opaque_callback_data"))
    update = partial(StatusUpdate, account, item.identifier("id"), status, message_id=message_id)
    if status is not Status.FAILED:
        return update()
    code = error_code(next((text_at(each, "code") for each in parts_at(item, "errors")), ""))
    if not code:
        return update(reason="WhatsApp did not say why.")
    refused = refusal(code)
    return update(code=code, reason=refused.reason, opt_out=refused.opt_out)
