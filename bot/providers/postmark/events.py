"""What Postmark's webhooks report of mails we sent, and of addresses it stops or starts to write to.

{"RecordType": "Bounce", "Type": "HardBounce", "TypeCode": 1, "MessageID": "...", "Email": "ana@example.com",
 "Inactive": true, "BouncedAt": "2026-10-05T10:00:00Z", "Metadata": {"bot_msg": "c..."}}
{"RecordType": "SubscriptionChange", "Recipient": "ana@example.com", "SuppressSending": true,
 "SuppressionReason": "ManualSuppression", "Origin": "Recipient", "MessageID": "..."}
"""

from collections.abc import Mapping
from typing import NamedTuple

from bot.core.consents import ConsentReason
from bot.core.messages import Delivery, Status, StatusUpdate, UnknownEvent
from bot.core.text import clean
from bot.providers.kit.json_lenient import part_at, text_at
from bot.providers.kit.json_reader import Part
from bot.providers.kit.timestamps import moment
from bot.providers.mail.events import own_account, own_id, preference, reported


class _Meaning(NamedTuple):
    status: Status
    reason: str = ""
    opt_out: ConsentReason | None = None


_BOUNCED = "The recipient's mail server does not take it."
_RECORDS: Mapping[str, _Meaning] = {
    "Delivery": _Meaning(Status.DELIVERED),
    "Open": _Meaning(Status.READ),
    "Click": _Meaning(Status.READ),
    # Only who got the mail can report it.
    "SpamComplaint": _Meaning(Status.DELIVERED, opt_out=ConsentReason.COMPLAINT),
}
BOUNCES: Mapping[str, _Meaning] = {
    "HardBounce": _Meaning(Status.FAILED, _BOUNCED, ConsentReason.BOUNCE),
    "BadEmailAddress": _Meaning(Status.FAILED, "This is no e-mail address.", ConsentReason.BOUNCE),
    "ManuallyDeactivated": _Meaning(Status.FAILED, "Somebody deactivated the address at Postmark."),
    "Blocked": _Meaning(Status.FAILED, "The recipient's mail server did not let this mail in."),
    "VirusNotification": _Meaning(Status.FAILED, "The recipient's mail server takes the mail for a virus."),
    "DMARCPolicy": _Meaning(Status.FAILED, "The sender's domain forbids this way of sending (DMARC)."),
    "Unconfirmed": _Meaning(Status.FAILED, "Postmark does not send: the recipient has not confirmed."),
    "TemplateRenderingFailed": _Meaning(Status.FAILED, "Postmark could not render its template."),
    "SMTPApiError": _Meaning(Status.FAILED, "Postmark could not take the mail."),
    "SoftBounce": _Meaning(Status.FAILED, "The recipient's mail server did not take it for now."),
    # Postmark goes on trying.
    "Transient": _Meaning(Status.SENT),
    "DnsError": _Meaning(Status.SENT),
    "OpenRelayTest": _Meaning(Status.SENT),
    # A machine's answer says no more than that the mail went out.
    "AutoResponder": _Meaning(Status.SENT),
    "ChallengeVerification": _Meaning(Status.SENT),
    "AddressChange": _Meaning(Status.SENT),
    "SpamNotification": _Meaning(Status.DELIVERED, opt_out=ConsentReason.COMPLAINT),
    "Unsubscribe": _Meaning(Status.DELIVERED, opt_out=ConsentReason.UNSUBSCRIBED),
    "ManualSuppression": _Meaning(Status.FAILED, "Postmark does not send to this address.", ConsentReason.PROVIDER),
}
_SUPPRESSIONS: Mapping[str, ConsentReason] = {
    "HardBounce": ConsentReason.BOUNCE,
    "SpamComplaint": ConsentReason.COMPLAINT,
}
_MAX_KIND = 100
_MAX_ID = 200


def parse_event(post: Part, record: str, account: str) -> Delivery:
    """The event in a post; one that is not known, or that names no mail and no address, is an UnknownEvent.

    Args:
        post: the body.
        record: its `RecordType`.
        account: our side, where the event does not name it; empty where it is not known.
    """
    account = own_account(part_at(post, "Metadata"), account)
    kind = text_at(post, "Type")
    unknown = Delivery(unknown=(UnknownEvent(clean(f"event.{record}.{kind}".rstrip("."), _MAX_KIND)[0], account),))
    if not account:
        return unknown
    if record == "SubscriptionChange":
        return _subscription(post, account) or unknown
    meaning = BOUNCES.get(kind) if record == "Bounce" else _RECORDS.get(record)
    ours = own_id(part_at(post, "Metadata"))
    provider_message_id, mended = clean(text_at(post, "MessageID"), _MAX_ID)
    if meaning is None or mended or not (provider_message_id or ours):
        return unknown
    failed = meaning.status is Status.FAILED
    # From now on Postmark refuses mails to an inactive address.
    inactive = failed and post.value.get("Inactive") is True
    opt_out = meaning.opt_out or (ConsentReason.BOUNCE if inactive else None)
    recipient = text_at(post, "Recipient") or text_at(post, "Email")
    status = StatusUpdate(
        account=account,
        provider_message_id=provider_message_id,
        status=meaning.status,
        message_id=ours,
        code=kind if failed else "",
        reason=meaning.reason,
        opt_out=opt_out,
        at=moment(text_at(post, "BouncedAt")) if opt_out else None,
        recipient=recipient,
    )
    return reported(status, recipient)


def _subscription(post: Part, account: str) -> Delivery | None:
    """That an address was put on Postmark's list of those it does not write to, or taken off; None for neither."""
    suppressed = post.value.get("SuppressSending")
    if not isinstance(suppressed, bool):
        return None
    if suppressed:
        by_themselves = text_at(post, "Origin") == "Recipient"
        otherwise = ConsentReason.UNSUBSCRIBED if by_themselves else ConsentReason.PROVIDER
        reason = _SUPPRESSIONS.get(text_at(post, "SuppressionReason"), otherwise)
    else:
        reason = ConsentReason.PROVIDER
    recipient, said_at = text_at(post, "Recipient"), moment(text_at(post, "ChangedAt"))
    preferences = preference(account, recipient, reason, opted_in=not suppressed, said_at=said_at)
    return Delivery(preferences=preferences) if preferences else None
