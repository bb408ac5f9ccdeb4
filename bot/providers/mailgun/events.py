"""What Mailgun's event webhooks report of mails we sent.

{"signature": {"timestamp": "1760000000", "token": "...", "signature": "..."},
 "event-data": {"event": "failed", "severity": "permanent", "reason": "bounce", "recipient": "ana@example.com",
                "delivery-status": {"code": 550}, "domain": {"name": "mg.example.com"},
                "message": {"headers": {"message-id": "b1@mg.example.com"}}, "user-variables": {"bot_msg": "c..."}}}
"""

from collections.abc import Mapping

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.kit.json_lenient import part_at, text_at
from bot.providers.kit.json_reader import Part
from bot.providers.mail.events import own_id, reported
from bot.providers.mail.headers import domain_of, email_address, message_id

STATUSES: Mapping[str, Status] = {
    "accepted": Status.QUEUED,
    "delivered": Status.DELIVERED,
    "opened": Status.READ,
    "clicked": Status.READ,
    "failed": Status.FAILED,
    "rejected": Status.FAILED,
    # Only who got the mail can turn it down.
    "unsubscribed": Status.DELIVERED,
    "complained": Status.DELIVERED,
}

_OPT_OUTS: Mapping[str, ConsentReason] = {
    "unsubscribed": ConsentReason.UNSUBSCRIBED,
    "complained": ConsentReason.COMPLAINT,
}
_REASONS: Mapping[str, str] = {
    "bounce": "The recipient's mail server does not take it.",
    "old": "The recipient's mail server did not take it for too long.",
    "suppress-bounce": "Mailgun does not send: an earlier mail to this address came back.",
    "suppress-complaint": "Mailgun does not send: this address has reported a mail as spam.",
    "suppress-unsubscribe": "Mailgun does not send: this address has unsubscribed.",
}
_SUPPRESSED: Mapping[str, ConsentReason] = {
    "bounce": ConsentReason.BOUNCE,
    "suppress-bounce": ConsentReason.BOUNCE,
    "suppress-complaint": ConsentReason.COMPLAINT,
    "suppress-unsubscribe": ConsentReason.UNSUBSCRIBED,
}
_MAX_KIND = 100
_MAX_CODE = 64


def parse_event(post: Part) -> Delivery:
    """The event in a webhook's post; raises UnparsableError where it has none.

    One that says nothing of a mail of ours, or that is not known, is an UnknownEvent.
    """
    event = post.part("event-data")
    name = event.text("event")
    try:
        status = _status(event, name)
    except UnparsableError:
        return Delivery(unknown=(UnknownEvent(clean(f"event.{name}", _MAX_KIND)[0], _account(event)),))
    return reported(status, text_at(event, "recipient"))


def _status(event: Part, name: str) -> StatusUpdate:
    status = STATUSES.get(name)
    account = _account(event)
    provider_message_id = _message_id(event)
    ours = own_id(part_at(event, "user-variables"))
    if status is None or not account or not (provider_message_id or ours):
        raise UnparsableError("the event names no status of a mail of ours")
    if name == "failed" and event.text("severity", "") == "temporary":
        # Mailgun goes on trying.
        status = Status.SENT
    failed = status is Status.FAILED
    reason = event.text("reason", "")
    opt_out = _OPT_OUTS.get(name) or (_SUPPRESSED.get(reason) if failed else None)
    return StatusUpdate(
        account=account,
        provider_message_id=provider_message_id,
        status=status,
        message_id=ours,
        code=_code(event, reason or name) if failed else "",
        reason=_REASONS.get(reason, "Mailgun could not deliver it.") if failed else "",
        opt_out=opt_out,
        at=event.instant("timestamp") if opt_out else None,
        recipient=text_at(event, "recipient"),
    )


def _account(event: Part) -> str:
    """Our sending domain: of the event, else of our message's id; empty where neither names one."""
    for candidate in (text_at(event, "domain", "name"), domain_of(_message_id(event).strip("<>"))):
        # A domain is what would stand in an address.
        if email_address(f"x@{candidate}"):
            return f"mailgun:{candidate.strip().lower()}"
    return ""


def _message_id(event: Part) -> str:
    """As the send call gave it; events leave the angle brackets out."""
    return message_id(text_at(event, "message", "headers", "message-id"))


def _code(event: Part, otherwise: str) -> str:
    """The mail server's code, else Mailgun's word."""
    code = text_at(event, "delivery-status", "code")
    return clean(code if code not in {"", "0"} else otherwise, _MAX_CODE)[0]
