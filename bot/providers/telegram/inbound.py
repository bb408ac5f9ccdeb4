"""What a post of Telegram carried: one update of the Bot API.

{"update_id": 1, "message": {"message_id": 7, "date": 1760000000, "chat": {"id": 4200001, "type": "private"},
  "from": {"id": 4200001, "is_bot": false, "first_name": "Ana"}, "text": "oi"}}

Only a private chat is a conversation: what comes from groups and channels is kept as unknown, and not answered.
"""

import re
from collections.abc import Callable, Mapping

import orjson

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import NOTHING_TO_SAY, Delivery, InboundMessage, MessageKind, UnknownEvent, WebhookAnswer
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.content import Content
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part, read_json
from bot.providers.kit.unread import Told, whole
from bot.providers.telegram.content import content_of

_TOKEN = re.compile(r"([0-9]{1,20}):[A-Za-z0-9_-]{1,200}")
_CHAT = re.compile(r"[1-9][0-9]{0,18}")
_NUMBER = re.compile(r"[0-9]{1,19}")
_MAX_KIND = 100
_COUNT = "update_id"
_PEOPLE = ("from", "user", "chat")
_FILES = ("photo", "video", "video_note", "animation", "voice", "audio", "document", "sticker")
_TOLD = Told(
    words=frozenset(
        {
            *("chat.type", "from.language_code", "user.language_code", "chat_instance"),
            # It is kept as it is read.
            "web_app_data.data",
            *(f"{who}.{key}" for who in _PEOPLE for key in ("first_name", "last_name", "username", "is_bot")),
            *(f"{who}.{key}" for who in _PEOPLE for key in ("is_premium", "added_to_attachment_menu")),
            *("entities.type", "caption_entities.type"),
            *("sticker.type", "sticker.is_animated", "sticker.is_video"),
            *("new_reaction.type", "old_reaction.type", "old_reaction.emoji"),
            # Of a picture only the largest size is kept, and of other files no preview.
            *(f"{file}.file_unique_id" for file in _FILES),
            "photo.file_id",
            *(
                f"{file}.{small}.{key}"
                for file in _FILES
                for small in ("thumbnail", "thumb")
                for key in ("file_unique_id", "file_id")
            ),
        }
    ),
    numbers=frozenset(
        {
            *("message_id", "date", "edit_date", _COUNT),
            *(f"{who}.id" for who in _PEOPLE),
            *(f"{list_}.{key}" for list_ in ("entities", "caption_entities") for key in ("offset", "length")),
            *(f"{file}.{key}" for file in _FILES for key in ("width", "height", "length", "duration", "file_size")),
            *(
                f"{file}.{small}.{key}"
                for file in _FILES
                for small in ("thumbnail", "thumb")
                for key in ("width", "height", "file_size")
            ),
        }
    ),
)
"""What each message tells of people and files, beside what is kept of them."""
_PLAIN = frozenset({"message_id", "date", "chat", "from", "text"})
_PLAIN_CHAT = frozenset({"id", "type", "first_name", "last_name", "username"})
_PLAIN_FROM = frozenset({"id", "is_bot", "first_name", "last_name", "username", "language_code"})
_BLOCKED = {"kicked": False, "member": True}
"""Whether a bot may write, by its standing in a private chat: it is told when it is blocked and when it is let in."""


def bot_id(credentials: Credentials) -> str:
    """The id in the bot's token; empty where there is no token, or one that is none."""
    token = _TOKEN.fullmatch(credentials.get("bot_token"))
    return token[1] if token else ""


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """What the update carried, for the bot that the credentials stand for; raises UnparsableError.

    One that cannot be read, or that comes from a group or a channel, is an UnknownEvent.
    """
    update, account = read_json(request), f"telegram:{bot_id(credentials)}"
    kind = _kind(update)
    read = _READERS.get(kind)
    unknown = tuple(UnknownEvent(_shown(update, each), account) for each in update.value if each not in {kind, _COUNT})
    try:
        if read is not None:
            return read(update, account)._replace(unknown=unknown, answer=_answer(update))
    except UnparsableError:
        pass
    return Delivery(unknown=(UnknownEvent(_shown(update, kind), account), *unknown), answer=_answer(update))


def _answer(update: Part) -> WebhookAnswer:
    """For a pressed button the call that stops it from turning, which may stand in the answer; else nothing."""
    query = update.value.get("callback_query")
    if not isinstance(query, dict) or not isinstance(query.get("id"), str):
        return NOTHING_TO_SAY
    call = {"method": "answerCallbackQuery", "callback_query_id": clean(query["id"], _MAX_KIND)[0]}
    return WebhookAnswer(content_type="application/json", body=orjson.dumps(call))


def _kind(update: Part) -> str:
    """What it is about: one key beside its number, a known one where there are several."""
    keys = [key for key in update.value if key != _COUNT]
    return next((key for key in keys if key in _READERS), next(iter(keys), ""))


def _shown(update: Part, kind: str) -> str:
    """The update's kind with the chat's, e.g. `message.supergroup`."""
    inner = update.value.get(kind)
    chat = inner.get("chat") if isinstance(inner, dict) else None
    chat_type = chat.get("type") if isinstance(chat, dict) else None
    shown = f"{kind}.{chat_type}" if isinstance(chat_type, str) else kind
    return clean(shown, _MAX_KIND)[0] or "empty update"


def _message(update: Part, account: str) -> Delivery:
    message = update.part("message")
    content = content_of(message)
    return _delivery(message, account, _id(message), content)


def _edited(update: Part, account: str) -> Delivery:
    """A changed message; it is kept and not answered again."""
    message = update.part("edited_message")
    content = content_of(message)
    body = {**(content.body or {}), "edit": {"id": _id(message)}}
    edited = text_at(message, "edit_date")
    identifier = f"{_id(message)}:{edited if _NUMBER.fullmatch(edited) else _digits(update, _COUNT)}"
    return _delivery(message, account, identifier, content._replace(body=body, automatic="edit"))


def _delivery(message: Part, account: str, identifier: str, content: Content) -> Delivery:
    body, posted = dict(content.body or {}), message.value
    if answered := text_at(message, "reply_to_message", "message_id"):
        body["context"] = {"id": f"{_chat(message)}:{answered}"}
        # It stands there in whole, and was posted before, or is ours.
        posted = {key: value for key, value in posted.items() if key != "reply_to_message"}
    sender = part_at(message, "from")
    inbound = InboundMessage(
        account=account,
        provider_message_id=identifier,
        channel=Channel.TELEGRAM,
        addresses=(Address(AddressKind.TELEGRAM, _chat(message)),),
        kind=content.kind,
        text=content.text,
        label=content.label,
        name=_name(sender),
        sent_at=message.instant("date"),
        body=body,
        automatic=content.automatic,
    )
    if _is_plain(message, sender, inbound):
        return Delivery(messages=(cleaned(inbound),))
    # What a link brought along is no longer among the words.
    return Delivery(messages=(cleaned(whole(inbound, posted, _TOLD, f"/start {body.get('ref')}")),))


def _is_plain(message: Part, sender: Part, inbound: InboundMessage) -> bool:
    """Whether a message is words alone, as nearly all are, and all of it is in its attributes."""
    return (
        inbound.kind is MessageKind.TEXT
        and inbound.sent_at is not None
        and not inbound.body
        and message.value.keys() <= _PLAIN
        and message.value["chat"].keys() <= _PLAIN_CHAT
        and sender.value is message.value.get("from")
        and sender.value.keys() <= _PLAIN_FROM
        and not any(isinstance(each, dict | list) for each in sender.value.values())
        and not any(isinstance(each, dict | list) for each in message.value["chat"].values())
    )


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
        name=_name(part_at(query, "from")),
        body={"context": {"id": _id(below)}},
    )
    # The message is one of ours.
    posted = {key: value for key, value in query.value.items() if key != "message"}
    return Delivery(messages=(cleaned(whole(inbound, posted, _TOLD)),))


def _label(message: Part, data: str) -> str:
    """The words on the button with that data; empty where the message is too old for Telegram to show it."""
    rows = part_at(message, "reply_markup").value.get("inline_keyboard")
    buttons = [button for row in rows if isinstance(row, list) for button in row] if isinstance(rows, list) else []
    found = (each.get("text") for each in buttons if isinstance(each, dict) and each.get("callback_data") == data)
    return next((text for text in found if isinstance(text, str)), "")


def _reaction(update: Part, account: str) -> Delivery:
    reaction = update.part("message_reaction")
    emojis = "".join(text_at(each, "emoji") for each in parts_at(reaction, "new_reaction"))
    inbound = InboundMessage(
        account=account,
        provider_message_id=f"{_id(reaction)}:{_digits(update, _COUNT)}",
        channel=Channel.TELEGRAM,
        addresses=(Address(AddressKind.TELEGRAM, _chat(reaction)),),
        kind=MessageKind.REACTION,
        text=emojis,
        name=_name(part_at(reaction, "user")),
        sent_at=reaction.instant("date"),
        body={"reaction": {"message_id": _id(reaction), "emoji": emojis}},
    )
    said = [text_at(each, "emoji") for each in parts_at(reaction, "new_reaction")]
    return Delivery(messages=(cleaned(whole(inbound, reaction.value, _TOLD, said)),))


def _membership(update: Part, account: str) -> Delivery:
    """The person blocked the bot, or lets it in again."""
    change = update.part("my_chat_member")
    status = change.part("new_chat_member").text("status")
    if status not in _BLOCKED:
        raise UnparsableError(f"{change.path}.new_chat_member.status is not known")
    address = Address(AddressKind.TELEGRAM, _chat(change))
    reason, said_at = ConsentReason.PROVIDER, change.instant("date")
    preference = Preference(account, Channel.TELEGRAM, address, _BLOCKED[status], reason, said_at)
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
    names = " ".join(filter(None, (text_at(user, "first_name"), text_at(user, "last_name"))))
    return names or text_at(user, "username")
