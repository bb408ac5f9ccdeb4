"""What a Vonage webhook carried, of the Messages API or of the SMS API; each post is one message or one status.

{"channel": "sms", "message_uuid": "1111...", "to": "15559870002", "from": "15551230001", "message_type": "text",
 "text": "hi", "timestamp": "2026-10-09T08:53:20Z"}
{"channel": "sms", "message_uuid": "2222...", "to": "15551230001", "from": "15559870002", "status": "rejected",
 "client_ref": "c...", "error": {"type": ".../api-errors/messages#1240", "title": "1240"}}

msisdn=15551230001&to=15559870002&messageId=0B01&text=hi&type=text&message-timestamp=2026-10-09 08:53:20
msisdn=15551230001&to=15559870002&messageId=0C01&status=failed&err-code=9&client-ref=c...
"""

from collections.abc import Mapping
from typing import Any

from bot.core.addresses import Channel
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MediaKind, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.given_back import own_id
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.kit.sms_sender import own_number, sms_sender
from bot.providers.kit.timestamps import moment
from bot.providers.kit.unread import Told, whole
from bot.providers.vonage.errors import receipt, refusal
from bot.providers.vonage.verify import parameters

STATUSES: Mapping[str, Status] = {
    **dict.fromkeys(("submitted", "accepted", "buffered"), Status.SENT),
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    **dict.fromkeys(("rejected", "undeliverable", "expired", "failed"), Status.FAILED),
    "unknown": Status.QUEUED,
}

_FILES: Mapping[str, MediaKind] = {
    "image": MediaKind.IMAGE,
    "audio": MediaKind.AUDIO,
    "video": MediaKind.VIDEO,
    "file": MediaKind.DOCUMENT,
    "vcard": MediaKind.DOCUMENT,
}
_CHANNELS = frozenset({"sms", "mms"})
_TOLD = Told(
    words=frozenset(
        {
            *("channel", "message_type", "message_uuid", "timestamp", "content.type"),
            *("messageId", "type", "message-timestamp", "nonce", "sig", "api-key", "keyword", "concat"),
            *("usage.currency", "sms.count_total", "origin.network_code", "context_status"),
        }
    ),
    numbers=frozenset(
        {
            *("to", "from", "msisdn", "timestamp", "usage.price", "sms.num_messages", "origin.network_code"),
            *("concat-ref", "concat-total", "concat-part"),
        }
    ),
)
_MAX_KIND = 100
_MAX_CODE = 64


def parse(request: WebhookRequest, _credentials: Credentials) -> Delivery:
    """The one message or status that the request carried; raises UnparsableError."""
    post = _post(request)
    try:
        if "message_uuid" in post.value:
            return _of_messages_api(post)
        return _of_sms_api(post)
    except UnparsableError:
        return Delivery(unknown=(UnknownEvent(_kind(post)),))


def _post(request: WebhookRequest) -> Part:
    if request.method == "POST" and "json" in request.headers.get("content-type", "").lower():
        return read_object(request.body)
    return Part(parameters(request))


def _kind(post: Part) -> str:
    """A name for what was not understood."""
    for prefix, key in (("status.", "status"), ("", "message_type"), ("", "type"), ("", "channel")):
        value = post.value.get(key)
        if isinstance(value, str) and value:
            return clean(f"{prefix}{value}", _MAX_KIND)[0]
    return "message"


def _of_messages_api(post: Part) -> Delivery:
    if "status" in post.value:
        return Delivery(statuses=(_status(post),))
    if post.text("channel").lower() not in _CHANNELS:
        raise UnparsableError("channel is not SMS")
    address, automatic = sms_sender(post.text("from"), has_plus=False)
    kind, text, body = _content(post)
    message = InboundMessage(
        account=_account(post, "to"),
        provider_message_id=post.identifier("message_uuid"),
        channel=Channel.SMS,
        addresses=(address,),
        kind=kind,
        text=text,
        sent_at=moment(text_at(post, "timestamp")),
        body=body,
        automatic=automatic,
    )
    return Delivery(messages=(cleaned(whole(message, post.value, _TOLD)),))


def _content(post: Part) -> tuple[MessageKind, str, dict[str, Any]]:
    kind = post.text("message_type").lower()
    if kind == "text":
        return MessageKind.TEXT, post.text("text"), {}
    if kind == "content":
        return _several(post)
    if kind not in _FILES:
        return MessageKind.OTHER, text_at(post, "text"), {"type": kind}
    file = post.part(kind)
    return MessageKind.MEDIA, text_at(file, "caption") or text_at(post, "text"), {"media": [_file(kind, file)]}


def _several(post: Part) -> tuple[MessageKind, str, dict[str, Any]]:
    """Several files, with words among them; each tells its kind, and its address beside it or below that kind."""
    files, words = [], [text_at(post, "text")]
    for part in parts_at(post, "content"):
        kind = text_at(part, "type").lower()
        inner = part if text_at(part, "url") else part_at(part, kind)
        words.append(text_at(part, "text") or text_at(inner, "caption"))
        if kind in _FILES and text_at(inner, "url"):
            files.append(_file(kind, inner))
    text = "\n".join(filter(None, words))
    kind = MessageKind.MEDIA if files else MessageKind.TEXT if text else MessageKind.OTHER
    return kind, text, {"media": files} if files else {}


def _file(kind: str, file: Part) -> dict[str, Any]:
    name = text_at(file, "name")
    return {"type": _FILES[kind].value, "url": file.text("url")} | ({"filename": name} if name else {})


def _status(post: Part) -> StatusUpdate:
    status = _known(post)
    account, uuid = _account(post, "from"), post.identifier("message_uuid")
    message_id = own_id(text_at(post, "client_ref"))
    if status is not Status.FAILED:
        return StatusUpdate(account, uuid, status, message_id)
    code = error_code(part_at(post, "error"))
    if not code:
        return StatusUpdate(account, uuid, status, message_id, reason="Vonage did not say why.")
    refused = refusal(code)
    return StatusUpdate(account, uuid, status, message_id, code, refused.reason, opt_out=refused.opt_out)


def error_code(error: Part) -> str:
    """The code of the Messages API's error, which is the end of its type's URL and sometimes its title."""
    named = (text_at(error, "type").rpartition("#")[2], text_at(error, "title"))
    return next((clean(each, _MAX_CODE)[0] for each in named if each.isdecimal()), "")


def _of_sms_api(post: Part) -> Delivery:
    if "status" in post.value:
        return Delivery(statuses=(_receipt(post),))
    address, automatic = sms_sender(post.text("msisdn"), has_plus=False)
    joined, body = _concatenation(post)
    is_binary = text_at(post, "type").lower() == "binary"
    if is_binary:
        body |= {key: text_at(post, key) for key in ("data", "udh")}
    message = InboundMessage(
        account=_account(post, "to"),
        provider_message_id=post.identifier("messageId"),
        channel=Channel.SMS,
        addresses=(address,),
        kind=MessageKind.OTHER if is_binary else MessageKind.TEXT,
        text="" if is_binary else post.text("text"),
        sent_at=moment(text_at(post, "message-timestamp")) or post.instant("timestamp"),
        body=body,
        automatic=automatic or joined,
    )
    return Delivery(messages=(cleaned(whole(message, post.value, _TOLD)),))


def _concatenation(post: Part) -> tuple[str, dict[str, Any]]:
    """Why a part of a long text is not answered, and which part it is: the SMS API posts each by itself.

    The first one stands for the whole; answering each would take the second for the answer to a further question.
    """
    if text_at(post, "concat").lower() != "true":
        return "", {}
    part = text_at(post, "concat-part")
    concat = {"ref": text_at(post, "concat-ref"), "total": text_at(post, "concat-total"), "part": part}
    return "" if part == "1" else "part of a longer message", {"concat": concat}


def _receipt(post: Part) -> StatusUpdate:
    status = _known(post)
    account, own = _account(post, "to"), own_id(text_at(post, "client-ref"))
    message_id = post.identifier("messageId")
    if status is not Status.FAILED:
        return StatusUpdate(account, message_id, status, own)
    code = clean(text_at(post, "err-code"), _MAX_CODE)[0]
    if not code:
        return StatusUpdate(account, message_id, status, own, reason="Vonage did not say why.")
    refused = receipt(code)
    return StatusUpdate(account, message_id, status, own, code, refused.reason, opt_out=refused.opt_out)


def _known(post: Part) -> Status:
    status = STATUSES.get(post.text("status").strip().lower())
    if status is None:
        raise UnparsableError("status is not known")
    return status


def _account(post: Part, key: str) -> str:
    return f"vonage:{own_number(post.identifier(key), has_plus=False)}"
