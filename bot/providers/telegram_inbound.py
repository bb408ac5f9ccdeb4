"""What a post of Telegram carried: one update of the Bot API.

{"update_id": 1, "message": {"message_id": 7, "date": 1760000000, "chat": {"id": 4200001, "type": "private"},
  "from": {"id": 4200001, "is_bot": false, "first_name": "Ana"}, "text": "oi"}}

Only a private chat is a conversation: what comes from groups and channels is kept as unknown, and not answered.
"""

import re
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

import orjson

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import ConsentReason, Delivery, InboundMessage, MessageKind, Preference, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookAnswer, WebhookRequest
from bot.providers.cleaned import cleaned
from bot.providers.narrow import Part, read_object

_TOKEN = re.compile(r"([0-9]{1,20}):[A-Za-z0-9_-]{1,200}")
_CHAT = re.compile(r"[1-9][0-9]{0,18}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_MAX_KIND = 100
_SERVICE = frozenset(
    {
        "chat_background_set",
        "connected_website",
        "message_auto_delete_timer_changed",
        "pinned_message",
        "proximity_alert_triggered",
        "write_access_allowed",
    }
)
"""Messages that Telegram itself writes into a private chat."""
_BLOCKED = {"kicked": False, "member": True}
"""Whether a bot may write, by its standing in a private chat: it is told when it is blocked and when it is let in."""


class _Content(NamedTuple):
    """What a message says, by its type."""

    kind: MessageKind = MessageKind.OTHER
    text: str = ""
    body: Mapping[str, Any] | None = None
    automatic: str = ""


def bot_id(credentials: Credentials) -> str:
    """The id in the bot's token; empty where there is no token, or one that is none."""
    token = _TOKEN.fullmatch(credentials.get("bot_token"))
    return token[1] if token else ""


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """What the update carried, for the bot that the credentials stand for; raises UnparsableError.

    One that cannot be read, or that comes from a group or a channel, is an UnknownEvent.
    """
    update, account = read_object(request.body), f"telegram:{bot_id(credentials)}"
    kind = _kind(update)
    read = _READERS.get(kind)
    try:
        if read is not None:
            return read(update, account)
    except UnparsableError:
        pass
    return Delivery(unknown=(UnknownEvent(_shown(update, kind), account),))


def acknowledge(request: WebhookRequest) -> WebhookAnswer:
    """For a pressed button the call that stops it from turning, which may stand in the answer; else nothing."""
    query = read_object(request.body).value.get("callback_query")
    if not isinstance(query, dict) or not isinstance(query.get("id"), str):
        return WebhookAnswer()
    call = {"method": "answerCallbackQuery", "callback_query_id": clean(query["id"], _MAX_KIND)[0]}
    return WebhookAnswer(content_type="application/json", body=orjson.dumps(call))


def _kind(update: Part) -> str:
    return next((key for key in update.value if key != "update_id"), "")


def _shown(update: Part, kind: str) -> str:
    """The update's kind with the chat's, e.g. `message.supergroup`."""
    inner = update.value.get(kind)
    chat = inner.get("chat") if isinstance(inner, dict) else None
    chat_type = chat.get("type") if isinstance(chat, dict) else None
    shown = f"{kind}.{chat_type}" if isinstance(chat_type, str) else kind
    return clean(shown, _MAX_KIND)[0] or "empty update"


def _message(update: Part, account: str) -> Delivery:
    message = update.part("message")
    content = _content(message)
    return _delivery(message, account, _id(message), content)


def _edited(update: Part, account: str) -> Delivery:
    """A changed message; it is kept and not answered again."""
    message = update.part("edited_message")
    content = _content(message)
    body = {**(content.body or {}), "edit": {"id": _id(message)}}
    identifier = f"{_id(message)}:{_digits(message, 'edit_date')}"
    return _delivery(message, account, identifier, content._replace(body=body, automatic="edit"))


def _delivery(message: Part, account: str, identifier: str, content: _Content) -> Delivery:
    body = dict(content.body or {})
    if isinstance(answered := message.value.get("reply_to_message"), dict) and "message_id" in answered:
        body["context"] = {"id": f"{_chat(message)}:{Part(answered).text('message_id')}"}
    inbound = InboundMessage(
        account=account,
        provider_message_id=identifier,
        channel=Channel.TELEGRAM,
        addresses=(Address(AddressKind.TELEGRAM, _chat(message)),),
        kind=content.kind,
        text=content.text,
        name=_name(message.maybe("from")),
        sent_at=message.instant("date"),
        body=body,
        automatic=content.automatic,
    )
    return Delivery(messages=(cleaned(inbound),))


def _pressed(update: Part, account: str) -> Delivery:
    """A pressed button: its data is the answer, the words on it stand in the message that it hangs on."""
    query = update.part("callback_query")
    below = query.part("message")
    data = query.text("data")
    inbound = InboundMessage(
        account=account,
        provider_message_id=query.identifier("id"),
        channel=Channel.TELEGRAM,
        addresses=(Address(AddressKind.TELEGRAM, _chat(below)),),
        kind=MessageKind.BUTTON,
        text=data,
        label=_label(below, data),
        name=_name(query.maybe("from")),
        body={"context": {"id": _id(below)}},
    )
    return Delivery(messages=(cleaned(inbound),))


def _label(message: Part, data: str) -> str:
    """The words on the button with that data; empty where the message is too old for Telegram to show it."""
    rows = message.maybe("reply_markup").value.get("inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    found = (each.get("text") for each in buttons if isinstance(each, dict) and each.get("callback_data") == data)
    return next((text for text in found if isinstance(text, str)), "")


def _reaction(update: Part, account: str) -> Delivery:
    reaction = update.part("message_reaction")
    emojis = [each.text("emoji", "") for each in reaction.parts("new_reaction")]
    inbound = InboundMessage(
        account=account,
        provider_message_id=f"{_id(reaction)}:{_digits(update, 'update_id')}",
        channel=Channel.TELEGRAM,
        addresses=(Address(AddressKind.TELEGRAM, _chat(reaction)),),
        kind=MessageKind.REACTION,
        text="".join(emojis),
        name=_name(reaction.maybe("user")),
        sent_at=reaction.instant("date"),
        body={"reaction": {"message_id": _id(reaction), "emoji": "".join(emojis)}},
    )
    return Delivery(messages=(cleaned(inbound),))


def _membership(update: Part, account: str) -> Delivery:
    """The person blocked the bot, or lets it in again."""
    change = update.part("my_chat_member")
    status = change.part("new_chat_member").text("status")
    if status not in _BLOCKED:
        raise UnparsableError(f"{change.path}.new_chat_member.status is not known")
    address = Address(AddressKind.TELEGRAM, _chat(change))
    preference = Preference(account, Channel.TELEGRAM, address, _BLOCKED[status], ConsentReason.PROVIDER)
    return Delivery(preferences=(preference,))


_READERS: Mapping[str, Callable[[Part, str], Delivery]] = {
    "message": _message,
    "edited_message": _edited,
    "callback_query": _pressed,
    "message_reaction": _reaction,
    "my_chat_member": _membership,
}


def _chat(message: Part) -> str:
    """The private chat's id; raises UnparsableError for a group's or a channel's."""
    chat = message.part("chat")
    chat_id = chat.text("id")
    if chat.text("type") != "private" or not _CHAT.fullmatch(chat_id):
        raise UnparsableError(f"{chat.path} is not a private chat")
    return chat_id


def _id(message: Part) -> str:
    """Telegram counts the messages of each chat, so that only both together are one message's own."""
    return f"{_chat(message)}:{_digits(message, 'message_id')}"


def _digits(part: Part, key: str) -> str:
    value = part.text(key)
    if not _NUMBER.fullmatch(value):
        raise UnparsableError(f"{part.path}.{key} is not a number")
    return value


def _name(user: Part) -> str:
    names = " ".join(filter(None, (user.text("first_name", ""), user.text("last_name", ""))))
    return names or user.text("username", "")


def _content(message: Part) -> _Content:
    for key, read in _CONTENTS.items():
        if key in message.value:
            return read(message, key)
    return _Content(automatic="system" if _SERVICE & message.value.keys() else "")


def _text(message: Part, key: str) -> _Content:
    return _Content(MessageKind.TEXT, message.text(key))


def _photo(message: Part, key: str) -> _Content:
    """Telegram makes several sizes of a picture, all of them JPEG; the largest is the one that was sent."""
    largest = max(message.parts(key), key=_pixels, default=None)
    if largest is None:
        raise UnparsableError(f"{message.path}.{key} is empty")
    return _filed(message, "image", largest, "image/jpeg")


def _pixels(size: Part) -> int:
    width, height = size.value.get("width"), size.value.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _file(message: Part, key: str) -> _Content:
    kind, otherwise = _FILES[key]
    return _filed(message, kind, message.part(key), otherwise)


def _sticker(message: Part, key: str) -> _Content:
    sticker = message.part(key)
    moving = "video/webm" if sticker.value.get("is_video") is True else "image/webp"
    return _filed(
        message, key, sticker, "application/x-tgsticker" if sticker.value.get("is_animated") is True else moving
    )


def _filed(message: Part, kind: str, file: Part, mime_type: str) -> _Content:
    entry: dict[str, Any] = {"type": kind, "id": file.identifier("file_id")}
    known = {"mime_type": file.text("mime_type", mime_type), "filename": file.text("file_name", "")}
    entry |= {key: value for key, value in known.items() if value}
    if isinstance(size := file.value.get("file_size"), int):
        entry["size"] = size
    return _Content(MessageKind.MEDIA, message.text("caption", ""), {"media": [entry]})


def _place(message: Part, key: str) -> _Content:
    place = message.part(key)
    # A venue holds a location; a location is one.
    point = place.maybe("location") if key == "venue" else place
    location: dict[str, Any] = {each: point.number(each) for each in ("latitude", "longitude")}
    location |= {
        ours: value for ours, theirs in (("name", "title"), ("address", "address")) if (value := place.text(theirs, ""))
    }
    return _Content(MessageKind.LOCATION, body={"location": location})


def _contact(message: Part, key: str) -> _Content:
    return _Content(body={"contacts": [message.part(key).value]})


_FILES: Mapping[str, tuple[str, str]] = {
    # A moving picture comes as a document too, for programs that do not know it.
    "animation": ("video", "video/mp4"),
    "voice": ("audio", "audio/ogg"),
    "audio": ("audio", ""),
    "video": ("video", "video/mp4"),
    "video_note": ("video", "video/mp4"),
    "document": ("document", ""),
}
_CONTENTS: Mapping[str, Callable[[Part, str], _Content]] = {
    "text": _text,
    "photo": _photo,
    **dict.fromkeys(_FILES, _file),
    "sticker": _sticker,
    # A venue comes as a location too.
    "venue": _place,
    "location": _place,
    "contact": _contact,
}
