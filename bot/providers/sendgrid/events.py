"""What SendGrid's Event Webhook reports of mails we sent: a list of events, each on its own.

[{"event": "bounce", "type": "bounce", "status": "5.1.1", "reason": "550 5.1.1 unknown", "email": "ana@example.com",
  "timestamp": 1760000000, "sg_event_id": "...", "sg_message_id": "14c5d75ce93.dfd.64b469.filter0001.16648.0",
  "bot_msg": "c..."}]
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.kit.json_lenient import text_at
from bot.providers.kit.json_reader import Part, read_object
from bot.providers.mail.events import joined, own_account, own_id, preference, reported

STATUSES: Mapping[str, Status] = {
    "processed": Status.QUEUED,
    "deferred": Status.SENT,
    "delivered": Status.DELIVERED,
    "open": Status.READ,
    "click": Status.READ,
    "bounce": Status.FAILED,
    "dropped": Status.FAILED,
    # Only who got the mail can turn it down.
    "spamreport": Status.DELIVERED,
    "unsubscribe": Status.DELIVERED,
    "group_unsubscribe": Status.DELIVERED,
}


class _Failure(NamedTuple):
    reason: str
    opt_out: ConsentReason | None = None


_OPT_OUTS: Mapping[str, ConsentReason] = {
    "spamreport": ConsentReason.COMPLAINT,
    "unsubscribe": ConsentReason.UNSUBSCRIBED,
    "group_unsubscribe": ConsentReason.UNSUBSCRIBED,
}
_BOUNCED = _Failure("The recipient's mail server does not take it.", ConsentReason.BOUNCE)
_NOT_THE_ADDRESS: Mapping[str, _Failure] = {
    "blocked": _Failure("The recipient's mail server did not let this mail in."),
    "expired": _Failure("The recipient's mail server did not take it for too long."),
}
"""By type: bounces that are the mail's fault or the server's."""
_DROPPED: Mapping[str, _Failure] = {
    "bounced address": _Failure("SendGrid does not send: an earlier mail to this address came back.", _BOUNCED.opt_out),
    "unsubscribed address": _Failure(
        "SendGrid does not send: this address has unsubscribed.", ConsentReason.UNSUBSCRIBED
    ),
    "spam reporting address": _Failure(
        "SendGrid does not send: this address has reported a mail as spam.", ConsentReason.COMPLAINT
    ),
    "invalid": _Failure("SendGrid does not send: this is no e-mail address.", ConsentReason.BOUNCE),
}
_NOT_SENT = _Failure("SendGrid did not send it; the Activity page tells why.")
_MAX_EVENTS = 20_000
_MAX_KIND = 100
_MAX_ID = 200
_MAX_CODE = 64


def parse_events(body: bytes, account: str) -> Delivery:
    """The events in a post, of `account` where they do not name one; raises UnparsableError where there are none.

    One that is not known, or that says nothing of a mail of ours or of an address, is an UnknownEvent.
    """
    # A list, where everything else that is read is an object.
    events = read_object(b'{"events":' + body + b"}").value["events"]
    if not isinstance(events, list):
        raise UnparsableError("the body is not a list")
    beyond = Delivery(unknown=(UnknownEvent("more events than are read", account),))
    read = [_read(event, account) for event in events[:_MAX_EVENTS]]
    return joined([*read, beyond] if len(events) > _MAX_EVENTS else read)


def _read(value: Any, otherwise: str) -> Delivery:
    event = Part(value if isinstance(value, dict) else {})
    account = own_account(event, otherwise)
    name = text_at(event, "event")
    status, address = STATUSES.get(name), text_at(event, "email")
    provider_message_id, mended = clean(text_at(event, "sg_message_id").partition(".")[0], _MAX_ID)
    ours = own_id(event)
    if name == "group_resubscribe" and account:
        said_at = event.instant("timestamp")
        preferences = preference(account, address, ConsentReason.PROVIDER, opted_in=True, said_at=said_at)
        if preferences:
            return Delivery(preferences=preferences)
    if status is None or not account or mended or not (provider_message_id or ours):
        return Delivery(unknown=(UnknownEvent(clean(f"event.{name}", _MAX_KIND)[0], account),))
    failure = _failure(event, name)
    opt_out = failure.opt_out if failure else _OPT_OUTS.get(name)
    update = StatusUpdate(
        account=account,
        provider_message_id=provider_message_id,
        status=status,
        message_id=ours,
        code=clean(text_at(event, "status") or name, _MAX_CODE)[0] if failure else "",
        reason=failure.reason if failure else "",
        opt_out=opt_out,
        at=event.instant("timestamp") if opt_out else None,
        recipient=address,
    )
    return reported(update, address)


def _failure(event: Part, name: str) -> _Failure | None:
    if name == "bounce":
        return _NOT_THE_ADDRESS.get(text_at(event, "type"), _BOUNCED)
    return _DROPPED.get(text_at(event, "reason").lower(), _NOT_SENT) if name == "dropped" else None
