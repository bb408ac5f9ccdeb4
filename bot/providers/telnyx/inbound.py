"""What a Telnyx webhook carried: an SMS or MMS, or the statuses of one of ours.

{"data": {"event_type": "message.received", "id": "evt-1", "occurred_at": "2026-10-09T08:53:20Z",
          "payload": {"id": "msg-1", "type": "SMS", "from": {"phone_number": "+15551230001"},
                      "to": [{"phone_number": "+15559870002", "status": "webhook_delivered"}], "text": "hi",
                      "media": [{"url": "https://...", "content_type": "image/png", "size": 10, "hash_sha256": "..."}],
                      "autoresponse_type": null}}}
{"data": {"event_type": "message.finalized", "id": "evt-2",
          "payload": {"id": "msg-2", "from": {"phone_number": "+15559870002"},
                      "to": [{"phone_number": "+15551230001", "status": "delivery_failed"}],
                      "errors": [{"code": "40300"}]}}}
"""

from collections.abc import Mapping
from itertools import islice
from typing import Any

from bot.core.addresses import Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.json_lenient import parts_at, text_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.kit.media_kinds import media_kind
from bot.providers.kit.sms_sender import own_number, sms_sender
from bot.providers.kit.timestamps import moment
from bot.providers.kit.unread import Told, whole
from bot.providers.telnyx.errors import refusal

STATUSES: Mapping[str, Status] = {
    **dict.fromkeys(("queued", "sending"), Status.QUEUED),
    **dict.fromkeys(("sent", "delivery_unconfirmed"), Status.SENT),
    "delivered": Status.DELIVERED,
    **dict.fromkeys(("sending_failed", "delivery_failed", "expired"), Status.FAILED),
}
ANSWERED_WORDS = frozenset(
    {*("STOP", "STOPALL", "STOP ALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT"), *("START", "UNSTOP")}
)
"""Words that Telnyx itself acts on when they are the whole message."""

_REPORTS = frozenset({"message.sent", "message.finalized", "message.read"})
_OPTED_IN = {"STOP": False, "START": True}
_POST = frozenset({"data", "meta"})
_DATA = frozenset({"record_type", "id", "event_type", "occurred_at", "payload"})
_MAX_FILES = 50
_TOLD = Told(
    words=frozenset(
        {
            *("direction", "type", "encoding", "messaging_profile_id", "organization_id", "record_type", "tags"),
            *("received_at", "sent_at", "completed_at", "valid_until", "webhook_url", "webhook_failover_url"),
            *("autoresponse_type", "cost.currency", "tcr_campaign_id", "tcr_campaign_billable", "is_spam"),
            *("from.carrier", "from.line_type", "from.status"),
            *(f"to.{key}" for key in ("phone_number", "status", "carrier", "line_type")),
        }
    ),
    numbers=frozenset({"from.phone_number", "parts", "cost.amount", "media.size"}),
)
_MAX_KIND = 100
_MAX_CODE = 64


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The one message or the statuses that the request carried; raises UnparsableError."""
    post = read_object(request.body)
    data = post.part("data")
    event = data.text("event_type").strip()
    try:
        payload = data.part("payload")
        if event == "message.received":
            received = _received(data, payload, identity(credentials))
            beside = [*(post.value.keys() - _POST), *(data.value.keys() - _DATA)]
            return received._replace(
                unknown=(*received.unknown, *(UnknownEvent(clean(key, _MAX_KIND)[0]) for key in beside))
            )
        if event in _REPORTS:
            return Delivery(statuses=(_status(payload, event),))
    except UnparsableError:
        pass
    return Delivery(unknown=(UnknownEvent(clean(event, _MAX_KIND)[0]),))


def identity(credentials: Credentials) -> tuple[str, ...]:
    """Our numbers as Telnyx spells them, with `+`; several, comma-separated."""
    numbers = credentials.each("from") if credentials.get("from") else ()
    return tuple(own_number(each, has_plus=True) for each in numbers)


def _received(data: Part, payload: Part, own: tuple[str, ...]) -> Delivery:
    if _is_of_a_group(payload):
        account = next((number for number in own if number in _numbers(payload)), "")
        return Delivery(unknown=(UnknownEvent("group message", f"telnyx:{account}" if account else ""),))
    address, automatic = sms_sender(payload.part("from").text("phone_number"), has_plus=True)
    account = f"telnyx:{_own_side(payload)}"
    text, answer = text_at(payload, "text"), text_at(payload, "autoresponse_type")
    files = [_file(each) for each in islice(parts_at(payload, "media"), _MAX_FILES) if text_at(each, "url")]
    if not text and not files and payload.value.get("text", "") != "":
        raise UnparsableError("it says nothing that can be read")
    message = InboundMessage(
        account=account,
        provider_message_id=payload.identifier("id"),
        channel=Channel.SMS,
        addresses=(address,),
        kind=MessageKind.MEDIA if files else MessageKind.TEXT,
        text=text,
        sent_at=moment(text_at(payload, "received_at")) or moment(text_at(data, "occurred_at")),
        body={"media": files} if files else {},
        automatic=automatic,
        opt_out_handled=bool(answer) or " ".join(text.split()).upper() in ANSWERED_WORDS,
    )
    read = cleaned(whole(message, payload.value, _TOLD))
    return Delivery(messages=(read,), preferences=_preferences(message, answer))


def _is_of_a_group(payload: Part) -> bool:
    """Whether others read along: there nobody speaks to us alone."""
    return len(_numbers(payload)) > 1 or any(text_at(each, "phone_number") for each in parts_at(payload, "cc"))


def _numbers(payload: Part) -> list[str]:
    return list(dict.fromkeys(filter(None, (text_at(each, "phone_number") for each in parts_at(payload, "to")))))


def _own_side(payload: Part) -> str:
    """The one recipient, which is ours."""
    recipient = next((each for each in parts_at(payload, "to") if text_at(each, "phone_number")), None)
    if recipient is None:
        raise UnparsableError("to is empty")
    return recipient.identifier("phone_number")


def _preferences(message: InboundMessage, answer: str) -> tuple[Preference, ...]:
    opted_in = _OPTED_IN.get(answer.upper())
    if opted_in is None:
        return ()
    reason = ConsentReason.PROVIDER
    return (Preference(message.account, Channel.SMS, message.addresses[0], opted_in, reason, message.sent_at),)


def _file(file: Part) -> dict[str, Any]:
    mime_type = text_at(file, "content_type")
    entry: dict[str, Any] = {"type": media_kind(mime_type).value, "url": file.text("url")}
    size = file.value.get("size")
    details = {
        "mime_type": mime_type,
        "size": size if isinstance(size, int) else None,
        "sha256": text_at(file, "hash_sha256"),
    }
    return entry | {key: value for key, value in details.items() if value}


def _status(payload: Part, event: str) -> StatusUpdate:
    """How far our message has come: it has one recipient."""
    account = f"telnyx:{payload.part('from').identifier('phone_number')}"
    message_id = payload.identifier("id")
    told = next((text_at(each, "status") for each in parts_at(payload, "to")), "")
    status = Status.READ if event == "message.read" else STATUSES.get(told.strip().lower())
    if status is None:
        raise UnparsableError("status is not known")
    if status is not Status.FAILED:
        return StatusUpdate(account, message_id, status)
    code = error_code(payload)
    if not code:
        return StatusUpdate(account, message_id, status, reason="Telnyx did not say why.")
    refused = refusal(code)
    return StatusUpdate(account, message_id, status, code=code, reason=refused.reason, opt_out=refused.opt_out)


def error_code(answer: Part) -> str:
    """The code of the first of `errors`, or empty; raises UnparsableError."""
    error = next(answer.parts("errors"), None)
    return clean(error.text("code", ""), _MAX_CODE)[0] if error else ""
