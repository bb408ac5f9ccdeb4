"""Reports of mail servers about mails we sent (RFC 3464): a bounce tells which mail failed, and why.

Anyone can write such a report, so it counts only where it names a mail of ours, whose id only its recipient knows.
"""

import re
from collections.abc import Sequence
from dataclasses import replace

from bot.core.messages import ConsentReason, Status, StatusUpdate
from bot.providers.mail import MARKER, message_id
from bot.providers.mime import Attachment, Headers, parameter, read_headers

_ORIGINALS = frozenset({"message/rfc822", "text/rfc822-headers", "message/rfc822-headers"})
_STATUSES = {
    "failed": Status.FAILED,
    "delayed": Status.SENT,
    "relayed": Status.SENT,
    "expanded": Status.SENT,
    "delivered": Status.DELIVERED,
}
_MAX_RECIPIENTS = 20
_MAX_REPORT = 64 * 1024
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_OWN_ID = re.compile(r"c[0-9a-z]{24}")
_CODE = re.compile(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_OF_THE_MAIL = re.compile(r"5\.(?:2\.[23]|3\.|6\.|7\.)")
"""A full mailbox; a mail too large, of a wrong form or against a policy: the address itself is good."""
_REASONS = {
    "5.1": "The recipient's address does not exist.",
    "5.2": "The recipient's mailbox takes no mail.",
    "5.3": "The recipient's mail server cannot take this mail.",
    "5.4": "The recipient's mail server could not be reached.",
    "5.6": "The recipient's mail server does not understand this mail.",
    "5.7": "The recipient's mail server does not let this mail in.",
}


def report(headers: Headers, attachments: Sequence[Attachment], account: str) -> StatusUpdate | None:
    """What a delivery report says of a mail of ours; None where it is no such report, or of another's mail.

    An address that takes no mail for good is opted out; one whose mailbox is full, or whose server refuses this one
    mail, is not. A report that a mail is late says no more than that it was sent.
    """
    kind = headers.first("content-type")
    if not kind.lower().startswith("multipart/report") or parameter(kind, "report-type").lower() != "delivery-status":
        return None
    parts = [part.content[:_MAX_REPORT] for part in attachments if part.type in _ORIGINALS]
    original = read_headers(next(iter(parts), b""))
    own_id = _own_id(original)
    action, code = _outcome(attachments)
    status = _STATUSES.get(action)
    if not own_id or status is None:
        return None
    update = StatusUpdate(account, message_id(original.first("message-id")), status, own_id)
    if status is not Status.FAILED:
        return update
    for_good = code.startswith("5") and not _OF_THE_MAIL.match(code)
    return replace(
        update,
        code=code,
        reason=_REASONS.get(code[:3], "The recipient's mail server sent it back."),
        opt_out=ConsentReason.BOUNCE if for_good else None,
    )


def _own_id(original: Headers) -> str:
    """Our id of the mail that is reported on: our marker's, else what our Message-ID begins with; empty for others'."""
    local = message_id(original.first("message-id")).removeprefix("<").partition("@")[0]
    return next((each for each in (original.first(MARKER), local) if _OWN_ID.fullmatch(each)), "")


def _outcome(attachments: Sequence[Attachment]) -> tuple[str, str]:
    """The action and the status code of the one recipient we write to; both empty where there are none."""
    for part in attachments:
        if part.type == "message/delivery-status":
            # A group of lines for the mail, then one for each recipient.
            for group in _BLANK_LINE.split(part.content[:_MAX_REPORT], maxsplit=_MAX_RECIPIENTS):
                fields = read_headers(group)
                if fields.first("action"):
                    code = _CODE.search(fields.first("status"))
                    return fields.first("action").lower(), code[0] if code else ""
    return "", ""
