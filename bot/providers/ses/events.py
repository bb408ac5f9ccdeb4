"""What SES reports of mails we sent, by event publishing or by the older feedback notifications.

{"eventType": "Bounce", "mail": {"messageId": "…", "tags": {"bot_msg": ["c…"]}},
 "bounce": {"bounceType": "Permanent", "bounceSubType": "NoEmail", "bouncedRecipients": [{"emailAddress": "…"}]}}
"""

from collections.abc import Mapping
from typing import NamedTuple

from bot.core.consents import ConsentReason
from bot.core.errors import UnparsableError
from bot.core.messages import Delivery, Status, StatusUpdate
from bot.core.text import clean
from bot.providers.kit.given_back import own_id
from bot.providers.kit.json_lenient import part_at, parts_at, text_at
from bot.providers.kit.json_reader import Part
from bot.providers.kit.timestamps import moment

TAG = "bot_msg"
"""The tag of a mail that holds our own id."""

_STATUSES: Mapping[str, Status] = {
    "Send": Status.SENT,
    "DeliveryDelay": Status.SENT,
    "Delivery": Status.DELIVERED,
    "Open": Status.READ,
    "Click": Status.READ,
    "Bounce": Status.FAILED,
    "Reject": Status.FAILED,
    "Rendering Failure": Status.FAILED,
    # Only who got the mail can turn it down.
    "Complaint": Status.DELIVERED,
    "Subscription": Status.DELIVERED,
}
_BOUNCES: Mapping[str, str] = {
    "Permanent/NoEmail": "The recipient's address does not exist.",
    "Permanent/Suppressed": "SES does not send: mails to this address have come back before.",
    "Permanent/OnAccountSuppressionList": "SES does not send: the address is on the account's suppression list.",
    "Transient/MailboxFull": "The recipient's mailbox is full.",
    "Transient/MessageTooLarge": "The mail is too large for the recipient's mail server.",
    "Transient/ContentRejected": "The recipient's mail server does not take what the mail says.",
    "Transient/AttachmentRejected": "The recipient's mail server does not take the mail's files.",
}
_MAX_CODE = 64


_RECIPIENTS: Mapping[str, tuple[str, str]] = {
    "Bounce": ("bounce", "bouncedRecipients"),
    "Complaint": ("complaint", "complainedRecipients"),
}
"""Where an event names whom it is about."""


class _Failure(NamedTuple):
    code: str = ""
    reason: str = ""
    opt_out: ConsentReason | None = None


def parse_event(notice: Part, kind: str, account: str) -> Delivery:
    """The status that an event means; raises UnparsableError for one that says nothing of a mail of ours."""
    status = _STATUSES.get(kind)
    if status is None:
        raise UnparsableError("the event is not known")
    failure = _failure(notice, kind)
    mail = notice.part("mail")
    update = StatusUpdate(
        account=account,
        provider_message_id=mail.identifier("messageId"),
        status=status,
        message_id=_own_id(mail),
        code=failure.code,
        reason=failure.reason,
        opt_out=failure.opt_out,
        at=moment(text_at(notice, kind.lower(), "timestamp")) if failure.opt_out else None,
        recipient=_recipient(notice, kind),
    )
    return Delivery(statuses=(update,))


def _recipient(notice: Part, kind: str) -> str:
    """The address that it is about, where it is about one alone."""
    section, name = _RECIPIENTS.get(kind, ("", ""))
    listed = parts_at(part_at(notice, section), name) if section else []
    return text_at(listed[0], "emailAddress") if len(listed) == 1 else ""


def _failure(notice: Part, kind: str) -> _Failure:
    if kind == "Bounce":
        return _bounce(notice.part("bounce"))
    if kind == "Reject":
        return _Failure("Reject", "SES found a virus in the mail.")
    if kind == "Rendering Failure":
        return _Failure("RenderingFailure", "SES could not write the mail.")
    if kind == "Complaint":
        return _Failure(opt_out=ConsentReason.COMPLAINT)
    if kind == "Subscription":
        # Someone may also have left only one of several topics, which are nothing to us.
        if notice.part("subscription").part("newTopicPreferences").value.get("unsubscribeAll") is not True:
            raise UnparsableError("nobody unsubscribed")
        return _Failure(opt_out=ConsentReason.UNSUBSCRIBED)
    return _Failure()


def _bounce(bounce: Part) -> _Failure:
    """Whether the address is dead for good, or the mail may be sent again another day."""
    kind = bounce.text("bounceType")
    code = clean(f"{kind}/{bounce.text('bounceSubType', '')}", _MAX_CODE)[0]
    reason = _BOUNCES.get(code, "The recipient's mail server does not take it.")
    return _Failure(code, reason, ConsentReason.BOUNCE if kind == "Permanent" else None)


def _own_id(mail: Part) -> str:
    """Our id in the mail's tags; feedback notifications have none."""
    tags = mail.value.get("tags")
    values = tags.get(TAG) if isinstance(tags, dict) else None
    value = values[0] if isinstance(values, list) and values else ""
    return own_id(value) if isinstance(value, str) else ""
