"""What a Twilio webhook carried: an SMS or WhatsApp message, or the status of one of ours.

After decoding the form:

    MessageSid=SM0001  From=whatsapp:+15551230001  To=whatsapp:+15559870002  Body=ok  NumMedia=0  ProfileName=Rui
    MessageSid=SM0002  From=+15559870002  To=+15551230001  MessageStatus=undelivered  ErrorCode=30003
"""

import re
from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MessageKind, Status, StatusUpdate, UnknownEvent, WebhookAnswer
from bot.core.text import MAX_NAME, clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit import shared_items
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.form import read_form
from bot.providers.kit.form_spelling import spelled
from bot.providers.kit.given_back import error_code, own_id
from bot.providers.kit.json_reader import Part, read_json
from bot.providers.kit.media_kinds import media_kind
from bot.providers.kit.unread import Told, whole
from bot.providers.twilio.errors import refusal
from bot.providers.twilio.senders import WHATSAPP, senders

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
_RECEIVED = frozenset({"receiving", "received"})
_PHONE = re.compile(r"\+[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_OTHER_CHANNEL = re.compile(r"([a-z]+):.*", re.DOTALL)
_USER_ID = re.compile(r"[A-Za-z]{2}\.[A-Za-z0-9]{1,128}")
_SIDS = ("MessageSid", "SmsSid", "SmsMessageSid")
_OF_A_GROUP = frozenset({"ConversationSid", "ChatServiceSid", "ChannelSid", "GroupSid"})
_NAMES = (
    *("MessageSid", "SmsSid", "SmsMessageSid", "MessageStatus", "SmsStatus", "From", "To", "Body", "ErrorCode"),
    *("NumMedia", "ProfileName", "ButtonText", "ButtonPayload", "Latitude", "Longitude", "OptOutType"),
)
_TOLD = Told(
    words=frozenset(
        {
            *_SIDS,
            *("AccountSid", "MessagingServiceSid", "ApiVersion", "SmsStatus", "MessageStatus", "To", "MessageType"),
            *("Forwarded", "FrequentlyForwarded", "InteractiveData"),
            *(f"{side}{what}" for side in ("From", "To") for what in ("Country", "City", "State", "Zip")),
        }
    ),
    numbers=frozenset({"NumMedia", "NumSegments", "WaId", "Latitude", "Longitude", "ReferralNumMedia"}),
)
_MAX_MEDIA = 50
_MAX_KIND = 100
_NOTHING = WebhookAnswer(status=204)
"""To a status."""
_EMPTY_TWIML = WebhookAnswer(content_type="text/xml", body=b'<?xml version="1.0" encoding="UTF-8"?><Response/>')
"""To a message, which we answer through the API."""


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The one message or status that the request carried; raises UnparsableError."""
    form = _form(request)
    if form is None:
        return Delivery(unknown=(UnknownEvent("json"),), answer=_NOTHING)
    is_status = _is_status(form)
    answer = _NOTHING if is_status else _EMPTY_TWIML
    try:
        if is_status:
            return Delivery(statuses=(_status(form, request.query, credentials),), answer=answer)
        message = _message(form)
        return Delivery(messages=(message,), preferences=_preferences(form, message), answer=answer)
    except UnparsableError:
        return Delivery(unknown=(UnknownEvent(_kind(form)),), answer=answer)


def parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    """The form's names and values, in order; raises UnparsableError when the body is none."""
    return request.once(_parameters)


def _parameters(request: WebhookRequest) -> list[tuple[str, str]]:
    whole = len(request.body)
    return [(field.name, field.text(whole)) for field in read_form(request)]


def _form(request: WebhookRequest) -> Part | None:
    """The parameters; None for JSON, which Twilio sends for events that are no messages."""
    if request.method == "GET":
        return Part(spelled(request.query.items(), _NAMES))
    if "json" in request.headers.get("content-type", "").lower():
        read_json(request)
        return None
    return Part(spelled(parameters(request), _NAMES))


def _is_status(form: Part) -> bool:
    return _told_status(form) not in _RECEIVED


def _told_status(form: Part) -> str:
    """As it is called now, or as it was in older posts; a message of a person's has none, or says that it came."""
    return (form.text("MessageStatus", "") or form.text("SmsStatus", "")).strip().lower() or "received"


def _is_of_a_group(form: Part) -> bool:
    """Whether it was written where others read along: there nobody speaks to us alone."""
    return any(key in _OF_A_GROUP or key.startswith("OtherRecipient") for key in form.value)


def _kind(form: Part) -> str:
    """A name for what was not understood."""
    if _is_of_a_group(form):
        return "group message"
    kind = f"status.{_told_status(form)}" if _is_status(form) else form.text("EventType", "message")
    return clean(kind, _MAX_KIND)[0]


def _message(form: Part) -> InboundMessage:
    if _is_of_a_group(form):
        raise UnparsableError("it is of a group")
    channel, addresses, automatic = _sender(form)
    kind, body = _content(form)
    text, label = form.text("Body", ""), ""
    if kind is MessageKind.BUTTON:
        label = form.text("ButtonText", "") or text
        text = form.text("ButtonPayload", "") or label
    answered = channel is Channel.SMS and text.strip().upper() in ANSWERED_WORDS
    if "location" in body:
        text = text or shared_items.place(body["location"]).text
    if filled := form.text("InteractiveData", ""):
        content = shared_items.form(filled)
        kind, text, label, body = content.kind, content.text, "", {**body, **(content.body or {})}
    message = InboundMessage(
        account=f"twilio:{form.identifier('To')}",
        provider_message_id=_sid(form),
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
    return cleaned(whole(message, form.value, _TOLD, [f"{WHATSAPP}{each.value}" for each in addresses]))


def _sid(form: Part) -> str:
    """The message's id, which older posts call otherwise."""
    return form.identifier(next((key for key in _SIDS if form.value.get(key)), "MessageSid"))


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
    if sender.startswith(WHATSAPP):
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
    values = [each.removeprefix(WHATSAPP) for each in named]
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
        "forwarded": form.text("Forwarded", "").lower() == "true",
        "frequently_forwarded": form.text("FrequentlyForwarded", "").lower() == "true",
    }
    if any(context.values()):
        body["context"] = {key: value for key, value in context.items() if value}
    referral = {
        key.removeprefix("Referral"): value for key, value in form.value.items() if key.startswith("Referral") and value
    }
    if referral:
        body["referral"] = referral
    if ref := form.text("ReferralRef", "") or form.text("ReferralSourceId", ""):
        body["ref"] = ref
    if form.text("OptOutType", ""):
        body["opt_out_type"] = form.text("OptOutType")
    return body


def _status(form: Part, query: Mapping[str, str], credentials: Credentials) -> StatusUpdate:
    status = STATUSES.get(_told_status(form))
    if status is None:
        raise UnparsableError("MessageStatus is not known")
    message_id = own_id(query.get(CALLBACK_ID, ""))
    account, sid = _sender_account(form, message_id, credentials), _sid(form)
    if status is not Status.FAILED:
        return StatusUpdate(account, sid, status, message_id)
    code = error_code(form.text("ErrorCode", ""))
    if not code:
        return StatusUpdate(account, sid, status, message_id, reason="Twilio did not say why.")
    refused = refusal(code)
    return StatusUpdate(account, sid, status, message_id, code, refused.reason, opt_out=refused.opt_out)


def _sender_account(form: Part, message_id: str, credentials: Credentials) -> str:
    """Our side; a status that names no sender, as of a messaging service that had none, is of the one there is."""
    if form.text("From", ""):
        return f"twilio:{form.identifier('From')}"
    is_whatsapp = form.text("To", "").startswith(WHATSAPP)
    ours = [each for each in senders(credentials) if each.startswith(WHATSAPP) is is_whatsapp]
    if len(ours) != 1 and not (ours and message_id):
        raise UnparsableError("From is not there")
    return f"twilio:{ours[0]}"
