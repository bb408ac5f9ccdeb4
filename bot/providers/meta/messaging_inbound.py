"""What a webhook post of Messenger or Instagram carried.

{"object": "page", "entry": [{"id": "PAGE", "time": 1760000000123, "messaging": [
  {"sender": {"id": "PERSON"}, "recipient": {"id": "PAGE"}, "timestamp": 1760000000123,
   "message": {"mid": "m_1", "text": "table for two?"}}]}]}
"""

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from typing import Any

from bot.core.addresses import Address
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, Echo, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import MAX_ID, clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit import shared_items
from bot.providers.kit.cleaned import cleaned, cleaned_echo
from bot.providers.kit.content import Content
from bot.providers.kit.given_back import own_id
from bot.providers.kit.json_lenient import each_at, part_at, parts_at, text_at, text_of, there
from bot.providers.kit.json_reader import Part, instant, read_object
from bot.providers.kit.unread import Told, whole, whole_echo
from bot.providers.meta.messaging import MARK, Surface
from bot.providers.meta.messaging_content import body_of, kind_of

_PERSON = re.compile(r"[0-9]{1,64}")
_MAX_KIND = 100
_AROUND = frozenset({"sender", "recipient", "timestamp"})
_POST = frozenset({"object", "entry"})
_AROUND_EVENTS = frozenset({"id", "time", "messaging", "standby", "changes"})
_TOLD = Told(
    words=frozenset(
        {
            *("message.mid", "message.is_echo", "message.is_deleted", "message.is_unsupported"),
            "message.attachments.type",
        }
    ),
    numbers=frozenset(
        {
            *("sender.id", "recipient.id", "timestamp", "message.app_id", "message.attachments.payload.sticker_id"),
            *(f"message.attachments.payload.coordinates.{key}" for key in ("lat", "long")),
        }
    ),
)
_PLAIN = frozenset({"sender", "recipient", "timestamp", "message"})
_PLAIN_MESSAGE = frozenset({"mid", "text"})
_OF_A_GROUP = frozenset({"thread", "thread_id", "thread_key", "group_id"})
_MILLISECONDS = 1000
_MAX_MOMENT = 2**53

Found = InboundMessage | StatusUpdate | Echo


def parse(surface: Surface, request: WebhookRequest, _credentials: Credentials) -> Delivery:
    """All that the post carried; raises UnparsableError.

    What cannot be read becomes an UnknownEvent, so that the others of its batch are not lost. A report that names no
    message, but only the moment up to which all were read, says nothing.
    """
    post = read_object(request.body)
    kind = post.text("object", "post")
    if kind != surface.object:
        return Delivery(unknown=(_unknown(f"object {kind}", ""),))
    found: list[Found] = []
    unknown = [_unknown(key, "") for key in post.value.keys() - _POST]
    fault: UnparsableError | None = None
    events = 0
    for listed in each_at(post, "entry"):
        try:
            entry = there(listed)
            events += len([*entry.parts("messaging")])
        except UnparsableError as error:
            fault = fault or error
            unknown.append(_unknown("entry", ""))
        if isinstance(listed, Part):
            _take(surface, listed, found, unknown)
    if fault is not None and not found:
        raise fault
    if not events and not unknown:
        unknown.append(_unknown(f"empty {kind}", ""))
    return Delivery(
        tuple(each for each in found if isinstance(each, InboundMessage)),
        tuple(each for each in found if isinstance(each, StatusUpdate)),
        tuple(unknown),
        echoes=tuple(each for each in found if isinstance(each, Echo)),
    )


def _take(surface: Surface, entry: Part, found: list[Found], unknown: list[UnknownEvent]) -> None:
    account = _account(surface, entry)
    for item in parts_at(entry, "messaging"):
        try:
            found += _read(surface, item, account)
        except UnparsableError:
            unknown.append(_unknown(_kind(item), account))
    # Another app has the conversation, and we only listen.
    standby = [_kind(item) if isinstance(item, Part) else "of nothing" for item in each_at(entry, "standby")]
    unknown += [_unknown(f"standby.{each}", account) for each in standby]
    unknown += [_unknown(f"change.{text_of(item, 'field')}", account) for item in each_at(entry, "changes")]
    unknown += [_unknown(f"entry.{key}", account) for key in entry.value.keys() - _AROUND_EVENTS]


def _account(surface: Surface, entry: Part) -> str:
    """Our page or account, or empty where the post names none."""
    try:
        return f"{surface.name}:{entry.identifier('id')}"
    except UnparsableError:
        return ""


def _unknown(kind: str, account: str) -> UnknownEvent:
    return UnknownEvent(clean(kind, _MAX_KIND)[0], account)


def _kind(item: Part) -> str:
    """What an event is about: the key beside the people and the time."""
    if _is_of_a_group(item):
        return "group"
    keys = [key for key in item.value if key not in _AROUND]
    return next((key for key in keys if key in _READERS), next(iter(keys), "event"))


def _is_of_a_group(item: Part) -> bool:
    """Whether it was written where others read along: there nobody speaks to us alone."""
    sides = (item, part_at(item, "sender"), part_at(item, "recipient"))
    return any(_OF_A_GROUP & side.value.keys() for side in sides)


def _read(surface: Surface, item: Part, account: str) -> list[Found]:
    """What an event carries, all of it or, raising UnparsableError, nothing."""
    read = _READERS.get(_kind(item))
    if read is None or not account:
        raise UnparsableError(f"{item.path} is not known")
    return list(read(surface, item, account))


def _message(surface: Surface, item: Part, account: str) -> Iterator[Found]:
    message = item.part("message")
    mid = message.identifier("mid")
    if message.value.get("is_echo"):
        yield _echo(surface, item, message, account)
    elif message.value.get("is_deleted"):
        body = {"revoke": {"mid": mid}}
        yield _inbound(surface, item, account, _later_id(mid, "deleted"), Content(body=body, automatic="revoke"))
    else:
        yield _inbound(surface, item, account, mid, _said(message))


def _said(message: Part) -> Content:
    text, body = text_at(message, "text"), body_of(message)
    if not text and not body:
        raise UnparsableError(f"{message.path} says nothing that can be read")
    if payload := text_at(message, "quick_reply", "payload"):
        return Content(MessageKind.BUTTON, payload, text or payload, body)
    # Who names us in a story of their own has not written to us.
    mentions = any(each.get("type") == "story_mention" for each in body.get("attachments", ()))
    automatic = "story mention" if mentions else ""
    if "media" not in body and "location" in body and not text:
        return shared_items.place(body["location"])._replace(body=body, automatic=automatic)
    return Content(kind_of(text, body), text, body=body, automatic=automatic)


def _echo(surface: Surface, item: Part, message: Part, account: str) -> Echo | StatusUpdate:
    """A message from our side: a person's of ours, or, where it bears our mark, one that we sent."""
    mid = message.identifier("mid")
    if message.value.get("is_deleted"):
        raise UnparsableError(f"{message.path} is no message of its own")
    metadata = text_at(message, "metadata")
    if metadata.startswith(MARK):
        return StatusUpdate(account, mid, Status.SENT, message_id=own_id(metadata.removeprefix(MARK)))
    text, body = text_at(message, "text"), body_of(message)
    if not text and not body:
        raise UnparsableError(f"{message.path} says nothing that can be read")
    echo = Echo(
        account=account,
        provider_message_id=mid,
        channel=surface.channel,
        to=(_person(surface, item.part("recipient")),),
        text=text,
        sent_at=_sent_at(item),
        body=body,
    )
    return cleaned_echo(whole_echo(echo, _posted(item), _TOLD))


def _postback(surface: Surface, item: Part, account: str) -> Iterator[Found]:
    """A pressed button of a message, of the menu, or the one that begins the conversation."""
    postback = item.part("postback")
    title, payload = text_at(postback, "title"), text_at(postback, "payload")
    ref = text_at(postback, "referral", "ref") or text_at(item, "referral", "ref")
    body = {"postback": postback.value} | ({"ref": ref} if ref else {})
    said = Content(MessageKind.BUTTON, payload or title, title, body)
    mid = text_at(postback, "mid") or f"postback:{_person(surface, item.part('sender')).value}:{_moment(item)}"
    yield _inbound(surface, item, account, _kept_id(mid), said)


def _reaction(surface: Surface, item: Part, account: str) -> Iterator[Found]:
    reaction = item.part("reaction")
    removed = text_at(reaction, "action") not in {"", "react"}
    emoji = "" if removed else text_at(reaction, "emoji")
    # The same person may react to the same message again.
    id_ = _later_id(reaction.identifier("mid"), f"reaction:{_moment(item)}")
    said = Content(MessageKind.REACTION, emoji, body={"reaction": reaction.value})
    yield _inbound(surface, item, account, id_, said)


def _edit(surface: Surface, item: Part, account: str) -> Iterator[Found]:
    """A changed message; it is kept and not answered again."""
    edit = item.part("message_edit")
    id_ = _later_id(edit.identifier("mid"), f"edit:{text_at(edit, 'num_edit')}")
    said = Content(text=text_at(edit, "text"), body={"edit": edit.value}, automatic="edit")
    yield _inbound(surface, item, account, id_, said)


def _referral(surface: Surface, item: Part, account: str) -> Iterator[Found]:
    """A person came by a link or an advertisement, and has said nothing yet."""
    referral = item.part("referral")
    person = _person(surface, item.part("sender")).value
    ref = text_at(referral, "ref")
    body = {"referral": referral.value} | ({"ref": ref} if ref else {})
    id_ = _kept_id(f"referral:{person}:{_moment(item)}")
    yield _inbound(surface, item, account, id_, Content(body=body, automatic="referral"))


def _delivery(_surface: Surface, item: Part, account: str) -> Iterator[Found]:
    """Which messages arrived; an older app names none, but only the moment up to which all did."""
    mids = item.part("delivery").value.get("mids", [])
    if not isinstance(mids, list):
        raise UnparsableError(f"{item.path}.delivery.mids is not a list")
    for mid in mids:
        if isinstance(mid, str):
            yield StatusUpdate(account, _kept_id(mid), Status.DELIVERED)


def _seen(_surface: Surface, item: Part, account: str) -> Iterator[Found]:
    """What was read: Instagram names the message; Messenger gives only the moment, which names none."""
    read = item.part("read")
    if "mid" in read.value:
        yield StatusUpdate(account, read.identifier("mid"), Status.READ)


_READERS: Mapping[str, Callable[[Surface, Part, str], Iterator[Found]]] = {
    "message": _message,
    "postback": _postback,
    "reaction": _reaction,
    "message_edit": _edit,
    # It also stands beside a postback.
    "referral": _referral,
    "delivery": _delivery,
    "read": _seen,
}


def _inbound(surface: Surface, item: Part, account: str, id_: str, said: Content) -> InboundMessage:
    message = InboundMessage(
        account=account,
        provider_message_id=id_,
        channel=surface.channel,
        addresses=(_person(surface, item.part("sender")),),
        kind=said.kind,
        text=said.text,
        label=said.label,
        sent_at=_sent_at(item),
        body=said.body or {},
        automatic=said.automatic,
    )
    if _is_plain(item, message):
        return cleaned(message)
    return cleaned(whole(message, _posted(item), _TOLD))


def _posted(item: Part) -> dict[str, Any]:
    """An event with the parts of its message apart, so that one of them can be kept without the others."""
    message = part_at(item, "message").value
    around = {key: value for key, value in item.value.items() if key != "message" or not message}
    return around | {f"message.{key}": value for key, value in message.items()}


def _is_plain(item: Part, message: InboundMessage) -> bool:
    """Whether a message is words alone, as nearly all are, and all of it is in its attributes."""
    return (
        message.kind is MessageKind.TEXT
        and message.sent_at is not None
        and item.value.keys() <= _PLAIN
        and item.value["message"].keys() <= _PLAIN_MESSAGE
        and len(item.value["sender"]) == 1
        and isinstance(ours := item.value.get("recipient"), dict)
        and ours == {"id": message.account.rpartition(":")[2]}
    )


def _person(surface: Surface, side: Part) -> Address:
    value = side.text("id")
    if not _PERSON.fullmatch(value):
        raise UnparsableError(f"{side.path}.id is not a person")
    return Address(surface.address_kind, value)


def _later_id(mid: str, what: str) -> str:
    """The id of what happened to a message later: the platform gives none, and its own is the message's."""
    return _kept_id(f"{mid}:{what}")


def _kept_id(value: str) -> str:
    if not value or clean(value, MAX_ID)[1]:
        raise UnparsableError("an id cannot be kept")
    return value


def _moment(item: Part) -> str:
    return text_at(item, "timestamp")


def _sent_at(item: Part) -> datetime | None:
    value = item.value.get("timestamp")
    return instant(value / _MILLISECONDS) if isinstance(value, int) and abs(value) < _MAX_MOMENT else None
