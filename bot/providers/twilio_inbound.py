"""What a Twilio webhook carried: an SMS or WhatsApp message, or the status of one of ours.

After decoding the form:

    MessageSid=SM0001  From=whatsapp:+15551230001  To=whatsapp:+15559870002  Body=ok  NumMedia=0  ProfileName=Rui
    MessageSid=SM0002  From=+15559870002  To=+15551230001  MessageStatus=undelivered  ErrorCode=30003
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import (
    ConsentReason,
    Delivery,
    InboundMessage,
    MessageKind,
    Preference,
    Status,
    StatusUpdate,
    UnknownEvent,
)
from bot.core.text import MAX_NAME, clean
from bot.providers.base import Credentials, WebhookAnswer, WebhookRequest
from bot.providers.cleaned import cleaned
from bot.providers.form import read_form
from bot.providers.media_kinds import media_kind
from bot.providers.narrow import Part, read_json
from bot.providers.twilio_errors import refusal

CALLBACK_ID = "message"
"""The query item in which a status callback's URL carries our own id."""

STATUSES: Mapping[str, Status] = {
    **dict.fromkeys(("accepted", "scheduled", "queued", "sending"), Status.QUEUED),
    **dict.fromkeys(("sent", "partially_delivered"), Status.SENT),
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    **dict.fromkeys(("undelivered", "failed", "canceled"), Status.FAILED),
}

ANSWERED_WORDS = frozenset(
    {
        *("STOP", "UNSUBSCRIBE", "END", "QUIT", "STOPALL", "REVOKE", "OPTOUT", "CANCEL"),
        *("START", "YES", "UNSTOP"),
        *("HELP", "INFO"),
    }
)
"""Words that Twilio itself answers on SMS when they are the whole message; we do not answer them again."""

_OPTED_IN = {"STOP": False, "START": True}
_WHATSAPP = "whatsapp:"
_RECEIVED = frozenset({"receiving", "received"})
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_OTHER_CHANNEL = re.compile(r"([a-z]+):.*", re.DOTALL)
_USER_ID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9]{1,128}")
_MAX_MEDIA = 50
_MAX_KIND = 100
_MAX_OWN_ID = 64
_EMPTY_TWIML = b'<?xml version="1.0" encoding="UTF-8"?><Response/>'


def parse(request: WebhookRequest, _credentials: Credentials) -> Delivery:
    """The one message or status that the request carried; raises UnparsableError."""
    form = _form(request)
    if form is None:
        return Delivery(unknown=(UnknownEvent("json"),))
    try:
        if _is_status(form):
            return Delivery(statuses=(_status(form, request.query),))
        message = _message(form)
        return Delivery(messages=(message,), preferences=_preferences(form, message))
    except UnparsableError:
        return Delivery(unknown=(UnknownEvent(_kind(form)),))


def acknowledge(request: WebhookRequest) -> WebhookAnswer:
    """An empty TwiML document for a message, since we answer through the API; nothing for a status."""
    form = _form(request)
    if form is None or _is_status(form):
        return WebhookAnswer(status=204)
    return WebhookAnswer(content_type="text/xml", body=_EMPTY_TWIML)


def parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    """The form's names and values, in order; raises UnparsableError when the body is none."""
    return request.once(_parameters)


def _parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    whole = len(request.body)
    return [(field.name, field.text(whole)) for field in read_form(request)]


def _form(request: WebhookRequest) -> Part | None:
    """The parameters; None for JSON, which Twilio sends for events that are no messages."""
    if request.method == "GET":
        return Part(dict(request.query))
    if "json" in request.headers.get("content-type", "").lower():
        read_json(request)
        return None
    return Part(dict(parameters(request)))


def _is_status(form: Part) -> bool:
    return form.text("MessageStatus", "received") not in _RECEIVED


def _kind(form: Part) -> str:
    """A name for what was not understood."""
    kind = f"status.{form.text('MessageStatus')}" if _is_status(form) else form.text("EventType", "message")
    return clean(kind, _MAX_KIND)[0]


def _message(form: Part) -> InboundMessage:
    channel, addresses, automatic = _sender(form)
    kind, body = _content(form)
    text, label = form.text("Body", ""), ""
    if kind is MessageKind.BUTTON:
        label = form.text("ButtonText", "") or text
        text = form.text("ButtonPayload", "") or label
    answered = channel is Channel.SMS and text.strip().upper() in ANSWERED_WORDS
    return cleaned(
        InboundMessage(
            account=f"twilio:{form.identifier('To')}",
            provider_message_id=form.identifier("MessageSid"),
            channel=channel,
            addresses=addresses,
            kind=kind,
            text=text,
            label=label,
            name=form.text("ProfileName", ""),
            body={**body, **_around(form)},
            automatic=automatic,
            opt_out_handled=answered or bool(form.text("OptOutType", "")),
        )
    )


def _preferences(form: Part, message: InboundMessage) -> tuple[Preference, ...]:
    """What Advanced Opt-Out took the word for, in whatever language it was."""
    opted_in = _OPTED_IN.get(form.text("OptOutType", "").upper())
    if opted_in is None:
        return ()
    reason = ConsentReason.PROVIDER
    return (Preference(message.account, message.channel, message.addresses[0], opted_in, reason, message.sent_at),)


def _sender(form: Part) -> tuple[Channel, tuple[Address, ...], str]:
    """The channel, the sender's addresses, and why no machine should answer them."""
    sender = form.text("From")
    if sender.startswith(_WHATSAPP):
        return Channel.WHATSAPP, _whatsapp_addresses(form, sender), ""
    if _PHONE.fullmatch(sender) or _SHORT_CODE.fullmatch(sender):
        return Channel.SMS, (Address(AddressKind.PHONE, sender),), ""
    name = clean(sender, MAX_NAME)[0]
    if not name or _OTHER_CHANNEL.fullmatch(sender):
        raise UnparsableError("From is not a sender")
    return Channel.SMS, (Address(AddressKind.PHONE, name),), "sender cannot be answered"


def _whatsapp_addresses(form: Part, sender: str) -> tuple[Address, ...]:
    """The phone number first, since that is what Twilio is known to send to."""
    named = (sender, form.text("ExternalUserId", ""))
    values = [each.removeprefix(_WHATSAPP) for each in named]
    phones = [Address(AddressKind.PHONE, each) for each in values if _PHONE.fullmatch(each)]
    users = [Address(AddressKind.WA_USER, each) for each in values if _USER_ID.fullmatch(each)]
    if not phones and not users:
        raise UnparsableError("From is not a sender")
    return tuple(dict.fromkeys([*phones, *users]))


def _content(form: Part) -> tuple[MessageKind, dict[str, Any]]:
    media = list(_media(form))
    if form.text("ButtonPayload", "") or form.text("ButtonText", ""):
        return MessageKind.BUTTON, {}
    if form.text("Latitude", "") and form.text("Longitude", ""):
        return MessageKind.LOCATION, {"location": _location(form)}
    if media:
        return MessageKind.MEDIA, {"media": media}
    return MessageKind.TEXT, {}


def _media(form: Part) -> Iterator[dict[str, str]]:
    for index in range(_MAX_MEDIA):
        url = form.text(f"MediaUrl{index}", "")
        if not url:
            return
        mime_type = form.text(f"MediaContentType{index}", "")
        yield {"type": media_kind(mime_type).value, "mime_type": mime_type, "url": url}


def _location(form: Part) -> dict[str, Any]:
    location: dict[str, Any] = {
        "latitude": _coordinate(form.text("Latitude")),
        "longitude": _coordinate(form.text("Longitude")),
    }
    names = {"name": form.text("Label", ""), "address": form.text("Address", "")}
    return location | {key: value for key, value in names.items() if value}


def _coordinate(spelled: str) -> float | str:
    try:
        return float(spelled)
    except ValueError:
        return spelled


def _around(form: Part) -> dict[str, Any]:
    """What the message answers, whether it was passed on, and which advertisement it comes from."""
    body: dict[str, Any] = {}
    context = {
        "id": form.text("OriginalRepliedMessageSid", ""),
        "from": form.text("OriginalRepliedMessageSender", ""),
        "forwarded": form.text("Forwarded", "") == "true",
        "frequently_forwarded": form.text("FrequentlyForwarded", "") == "true",
    }
    if any(context.values()):
        body["context"] = {key: value for key, value in context.items() if value}
    referral = {
        key.removeprefix("Referral"): value for key, value in form.value.items() if key.startswith("Referral") and value
    }
    if referral:
        body["referral"] = referral
    if form.text("OptOutType", ""):
        body["opt_out_type"] = form.text("OptOutType")
    return body


def _status(form: Part, query: Mapping[str, str]) -> StatusUpdate:
    status = STATUSES.get(form.text("MessageStatus"))
    if status is None:
        raise UnparsableError("MessageStatus is not known")
    account, sid = f"twilio:{form.identifier('From')}", form.identifier("MessageSid")
    own_id, mended = clean(query.get(CALLBACK_ID, ""), _MAX_OWN_ID)
    own_id = "" if mended else own_id
    if status is not Status.FAILED:
        return StatusUpdate(account, sid, status, own_id)
    code = clean(form.text("ErrorCode", ""), _MAX_OWN_ID)[0]
    if not code:
        return StatusUpdate(account, sid, status, own_id, reason="Twilio did not say why.")
    refused = refusal(code)
    return StatusUpdate(account, sid, status, own_id, code, refused.reason, opt_out=refused.opt_out)
