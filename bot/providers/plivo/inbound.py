"""What a Plivo webhook carried: an SMS or MMS, or the status of one of ours.

MessageUUID=aaaa...&From=15551230001&To=15559870002&Type=sms&Text=hello there&Units=1
MessageUUID=bbbb...&From=15551230001&To=15559870002&Type=mms&Body=look&MediaCount=1&Media0=https://media.plivo.com/...
MessageUUID=cccc...&From=15559870002&To=15551230001&Type=sms&Status=undelivered&ErrorCode=80
"""

from collections.abc import Iterator, Mapping
from typing import Any

from bot.core.addresses import Address, Channel
from bot.core.consents import ConsentReason, Preference
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, InboundMessage, MediaKind, MessageKind, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.base import Credentials, WebhookRequest
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.form_spelling import spelled
from bot.providers.kit.given_back import own_id
from bot.providers.kit.json_reader import Part
from bot.providers.kit.replay import subject
from bot.providers.kit.sms_sender import own_number, sms_sender
from bot.providers.kit.unread import Told, whole
from bot.providers.plivo.errors import failure
from bot.providers.plivo.verify import V2, parameters, signed_nonce

CALLBACK_ID = "message"
"""The query item in which a status callback's URL carries our own id."""

STATUSES: Mapping[str, Status] = {
    "queued": Status.QUEUED,
    "sent": Status.SENT,
    "delivered": Status.DELIVERED,
    "read": Status.READ,
    **dict.fromkeys(("failed", "undelivered", "rejected"), Status.FAILED),
}

_NAMES = ("MessageUUID", "From", "To", "Type", "Text", "Body", "Status", "ErrorCode", "MessageIntent", "Units")
_TOLD = Told(
    words=frozenset(
        {"MessageUUID", "To", "Type", "ContentType", "MessageIntent", "ParentMessageUUID", "PowerpackUUID"}
    ),
    numbers=frozenset({"From", "MediaCount", "Units", "TotalRate", "TotalAmount", "MCC", "MNC"}),
)
_TYPES = frozenset({"sms", "mms"})
_OPTED_IN = {"optout": False, "optin": True}
_ENDINGS: Mapping[str, MediaKind] = {
    **dict.fromkeys(("jpg", "jpeg", "png", "gif", "webp"), MediaKind.IMAGE),
    **dict.fromkeys(("amr", "mp3", "ogg", "wav", "m4a"), MediaKind.AUDIO),
    **dict.fromkeys(("mp4", "3gp", "3gpp", "mov"), MediaKind.VIDEO),
}
_MAX_FILES = 50
_MAX_KIND = 100
_MAX_CODE = 64


def parse(request: WebhookRequest, credentials: Credentials) -> Delivery:
    """The one message or status that the request carried; raises UnparsableError.

    With signature V2 its nonce goes along as a one-time token.
    """
    form = Part(spelled(parameters(request), _NAMES))
    delivery = _read(form, request.query)
    if credentials.get("signature", V2) != V2:
        return delivery
    token = clean(signed_nonce(request, V2), _MAX_KIND * 2)[0]
    return delivery._replace(token=token, token_for=subject(delivery))


def _read(form: Part, query: Mapping[str, str]) -> Delivery:
    try:
        if "Status" in form.value:
            return Delivery(statuses=(_status(form, query),))
        return _message(form)
    except UnparsableError:
        return Delivery(unknown=(UnknownEvent(_kind(form)),))


def _kind(form: Part) -> str:
    """A name for what was not understood."""
    named = f"status.{form.text('Status')}" if "Status" in form.value else form.text("Type", "message")
    return clean(named, _MAX_KIND)[0]


def _message(form: Part) -> Delivery:
    if form.text("Type", "sms").lower() not in _TYPES:
        raise UnparsableError("Type is not SMS")
    address, automatic = sms_sender(form.text("From"), has_plus=False)
    account = _account(form, "To")
    files, intent = list(_files(form)), form.text("MessageIntent", "").lower()
    if not files and not {"Text", "Body"} & form.value.keys():
        raise UnparsableError("it says nothing")
    message = InboundMessage(
        account=account,
        provider_message_id=form.identifier("MessageUUID"),
        channel=Channel.SMS,
        addresses=(address,),
        kind=MessageKind.MEDIA if files else MessageKind.TEXT,
        text=form.text("Text", "") or form.text("Body", ""),
        body={"media": files} if files else {},
        automatic=automatic,
        opt_out_handled=intent in _OPTED_IN,
    )
    return Delivery(
        messages=(cleaned(whole(message, form.value, _TOLD)),), preferences=_preferences(account, address, intent)
    )


def _preferences(account: str, address: Address, intent: str) -> tuple[Preference, ...]:
    opted_in = _OPTED_IN.get(intent)
    if opted_in is None:
        return ()
    return (Preference(account, Channel.SMS, address, opted_in, ConsentReason.PROVIDER),)


def _files(form: Part) -> Iterator[dict[str, Any]]:
    """The files, which Plivo's pages count from 0 in some places and from 1 in others."""
    for number in range(_MAX_FILES):
        url = form.text(f"Media{number}", "")
        if url:
            ending = url.partition("?")[0].rpartition(".")[2].lower()
            yield {"type": _ENDINGS.get(ending, MediaKind.DOCUMENT).value, "url": url}


def _status(form: Part, query: Mapping[str, str]) -> StatusUpdate:
    status = STATUSES.get(form.text("Status").lower())
    if status is None:
        raise UnparsableError("Status is not known")
    account, uuid = _account(form, "From"), form.identifier("MessageUUID")
    message_id = own_id(query.get(CALLBACK_ID, ""))
    if status is not Status.FAILED:
        return StatusUpdate(account, uuid, status, message_id)
    code = clean(form.text("ErrorCode", ""), _MAX_CODE)[0]
    if not code:
        return StatusUpdate(account, uuid, status, message_id, reason="Plivo did not say why.")
    failed = failure(code)
    return StatusUpdate(account, uuid, status, message_id, code, failed.reason, opt_out=failed.opt_out)


def _account(form: Part, key: str) -> str:
    return f"plivo:{own_number(form.identifier(key), has_plus=False)}"
