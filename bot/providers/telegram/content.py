"""What one message of Telegram says, by the key under which it says it.

{"message_id": 7, "date": 1760000000, "chat": {...}, "from": {...}, "contact": {"phone_number": "5511988880000"}}
"""

import re
from collections.abc import Callable, Mapping
from typing import Any

from bot.core.errors import UnparsableError
from bot.core.messages import MessageKind
from bot.providers.kit import shared_items
from bot.providers.kit.content import Content
from bot.providers.kit.json_lenient import parts_at, text_at
from bot.providers.kit.json_reader import Part

AROUND = frozenset(
    {
        *("message_id", "date", "chat", "from", "edit_date", "reply_to_message"),
        *("message_thread_id", "is_topic_message", "business_connection_id"),
    }
)
"""What stands beside whatever a message says."""

_SERVICE = frozenset(
    {
        *("new_chat_members", "left_chat_member", "new_chat_title", "new_chat_photo", "passport_data"),
        *("migrate_to_chat_id", "migrate_from_chat_id", "pinned_message", "connected_website", "boost_added"),
        *("gift", "unique_gift", "giveaway", "giveaway_winners", "video_chat_participants_invited"),
    }
)
_SERVICE_HABIT = re.compile(
    r".*_(?:created|deleted|edited|closed|reopened|hidden|unhidden|set|changed|shared|payment|sent|done|added|removed"
    r"|joined|left|started|ended|scheduled|completed|allowed|triggered|approved|declined|failed|paid|refunded|invited)"
)
"""How Telegram names what it tells of itself: `forum_topic_created`, `successful_payment`, `users_shared`."""

_START = re.compile(r"/start(?:@[A-Za-z0-9_]{1,64})? ([A-Za-z0-9_-]{1,64})")


def content_of(message: Part) -> Content:
    """What the message says; raises UnparsableError where what it has cannot be read.

    What is not known is an OTHER one without words; what Telegram itself wrote into the chat is automatic.
    """
    caption = text_at(message, "caption")
    for key, read in _CONTENTS.items():
        if key in message.value:
            try:
                return read(message, key)
            except UnparsableError:
                # The words that go with a file are there all the same.
                if caption:
                    return Content(MessageKind.TEXT, caption)
                raise
    kinds = message.value.keys() - AROUND
    if any(kind in _SERVICE or _SERVICE_HABIT.fullmatch(kind) for kind in kinds):
        return Content(automatic="system", body=_objects(message, kinds))
    return Content(text=caption, body=_objects(message, kinds))


def _objects(message: Part, kinds: set[str]) -> dict[str, Any]:
    return {kind: message.value[kind] for kind in sorted(kinds) if isinstance(message.value[kind], dict)}


def _text(message: Part, key: str) -> Content:
    """Words; what a link `t.me/BOT?start=REF` brings along is not among them."""
    words = message.text(key)
    started = _START.fullmatch(words)
    if started is None:
        return Content(MessageKind.TEXT, words)
    return Content(MessageKind.TEXT, "/start", body={"ref": started[1]})


def _photo(message: Part, key: str) -> Content:
    """Telegram makes several sizes of a picture, all of them JPEG; the largest is the one that was sent."""
    largest = max(parts_at(message, key), key=_pixels, default=None)
    if largest is None:
        raise UnparsableError(f"{message.path}.{key} holds no picture")
    return _filed(message, "image", largest, "image/jpeg")


def _pixels(size: Part) -> int:
    width, height = size.value.get("width"), size.value.get("height")
    return width * height if isinstance(width, int) and isinstance(height, int) else 0


def _file(message: Part, key: str) -> Content:
    kind, otherwise = _FILES[key]
    return _filed(message, kind, message.part(key), otherwise)


def _sticker(message: Part, key: str) -> Content:
    sticker = message.part(key)
    moving = "video/webm" if sticker.value.get("is_video") is True else "image/webp"
    return _filed(
        message, key, sticker, "application/x-tgsticker" if sticker.value.get("is_animated") is True else moving
    )


def _filed(message: Part, kind: str, file: Part, mime_type: str) -> Content:
    entry: dict[str, Any] = {"type": kind, "id": file.identifier("file_id")}
    known = {"mime_type": text_at(file, "mime_type") or mime_type, "filename": text_at(file, "file_name")}
    entry |= {key: value for key, value in known.items() if value}
    if isinstance(size := file.value.get("file_size"), int):
        entry["size"] = size
    return Content(MessageKind.MEDIA, text_at(message, "caption"), body={"media": [entry]})


def _place(message: Part, key: str) -> Content:
    place = message.part(key)
    # A venue holds a location; a location is one.
    point = place.part("location") if key == "venue" else place
    location: dict[str, Any] = {each: point.number(each) for each in ("latitude", "longitude")}
    named = (("name", "title"), ("address", "address"))
    return shared_items.place(location | {ours: value for ours, theirs in named if (value := text_at(place, theirs))})


def _contact(message: Part, key: str) -> Content:
    """A contact; who shares their own by the button for it is told by the id in it."""
    contact = message.part(key)
    number = text_at(contact, "phone_number").strip()
    phone = f"+{number}" if number.isdecimal() else number
    name = " ".join(filter(None, (text_at(contact, "first_name"), text_at(contact, "last_name"))))
    body: dict[str, Any] = {"contacts": [contact.value]}
    # The id is Telegram's, by the number, whatever a program of somebody's says.
    if phone.startswith("+") and contact.value.get("user_id") == _sender_id(message):
        body["own_phone"] = phone
    return shared_items.contacts([shared_items.Card(name, (phone,) if phone else ())], body)


def _sender_id(message: Part) -> object:
    sender = message.value.get("from")
    return sender.get("id", "") if isinstance(sender, dict) else ""


def _filled_in(message: Part, key: str) -> Content:
    """What a web app gave back, which is often the JSON of a form."""
    given = message.part(key)
    content = shared_items.form(given.text("data"))
    return content._replace(body={**(content.body or {}), "web_app": {"button_text": text_at(given, "button_text")}})


_FILES: Mapping[str, tuple[str, str]] = {
    # A moving picture comes as a document too, for programs that do not know it.
    "animation": ("video", "video/mp4"),
    "voice": ("audio", "audio/ogg"),
    "audio": ("audio", ""),
    "video": ("video", "video/mp4"),
    "video_note": ("video", "video/mp4"),
    "document": ("document", ""),
}
_CONTENTS: Mapping[str, Callable[[Part, str], Content]] = {
    "text": _text,
    "photo": _photo,
    **dict.fromkeys(_FILES, _file),
    "sticker": _sticker,
    # A venue comes as a location too.
    "venue": _place,
    "location": _place,
    "contact": _contact,
    "web_app_data": _filled_in,
}
