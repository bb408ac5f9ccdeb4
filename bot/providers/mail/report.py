"""Reports of mail servers about mails we sent: a bounce (RFC 3464, or in words), or a complaint (RFC 5965).

Anyone can write such a report, so it counts only where it names a mail of ours, whose id only its recipient knows.
"""

import re
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from typing import NamedTuple

from bot.core.consents import ConsentReason
from bot.core.expressions import compiled_later
from bot.core.messages import Status, StatusUpdate
from bot.providers.kit.mime import Attachment, Headers, parameter, read_headers
from bot.providers.mail.bounce import Outcome, in_words, is_bounce
from bot.providers.mail.headers import MARKER, domain_of, message_id

_ORIGINALS = frozenset(
    {"message/rfc822", "message/global", "message/global-headers"}
    | {f"{kind}/rfc822-headers" for kind in ("text", "message")}
)
_NOTICES = frozenset({"message/delivery-status", "message/global-delivery-status"})
_COMPLAINT = "message/feedback-report"
_READ_RECEIPT = "message/disposition-notification"
_COMPLAINTS = frozenset({"abuse", "fraud", "complaint", "opt-out", "opt-out-list"})
_STATUSES = {
    "failed": Status.FAILED,
    "delayed": Status.SENT,
    "relayed": Status.SENT,
    "expanded": Status.SENT,
    "delivered": Status.DELIVERED,
}
_BY_CLASS = {"5": "failed", "4": "delayed", "2": "delivered"}
_MAX_RECIPIENTS = 20
_MAX_REPORT = 64 * 1024
_MAX_PARTS = 25
_BLANK_LINE = compiled_later(rb"\r?\n\r?\n")
_OWN_ID = compiled_later(r"c[0-9a-z]{24}")
_QUOTED_ID = compiled_later(
    rf"^[> \t]*(?:{MARKER}:[ \t]*|Message-ID:\s*<)(c[0-9a-z]{{24}})\b", re.IGNORECASE | re.MULTILINE
)
_CODE = compiled_later(r"[245]\.[0-9]{1,3}\.[0-9]{1,3}")
_OF_THE_MAIL = compiled_later(r"5\.(?:2\.[23]|3\.|6\.|7\.)")
"""A full mailbox; a mail too large, of a wrong form or against a policy: the address itself is good."""
_REASONS = {
    "5.1": "The recipient's address does not exist.",
    "5.2": "The recipient's mailbox takes no mail.",
    "5.3": "The recipient's mail server cannot take this mail.",
    "5.4": "The recipient's mail server could not be reached.",
    "5.6": "The recipient's mail server does not understand this mail.",
    "5.7": "The recipient's mail server does not let this mail in.",
}
_GIVEN_IDS = {"ses": "amazonses.com", "postmark": "mtasv.net", "sendgrid": "ismtpd"}
"""Providers that give a mail a Message-ID of their own, which begins with their id, and what its domain shows."""


class Reported(NamedTuple):
    """What a report says of a mail.

    Attributes:
        status: the news.
        ours: whether it certainly is of a mail of ours; else its provider's id may be that of one.
    """

    status: StatusUpdate
    ours: bool


def report(
    headers: Headers, attachments: Sequence[Attachment], account: str, *, envelope: str | None, words: Callable[[], str]
) -> Reported | None:
    """What a report says of a mail of ours; None where it is no such report, or of another's mail.

    An address that takes no mail for good is opted out; one whose mailbox is full, or whose server refuses this one
    mail, is not. A report that a mail is late says no more than that it was sent.

    Args:
        headers: the mail's.
        attachments: its files.
        account: our side.
        envelope: the envelope's sender, empty for the null one, None where it is not known.
        words: its text, asked for only where it may be a report.
    """
    kinds = {part.type for part in attachments[:_MAX_PARTS]}
    if not is_bounce(headers, envelope) or not _is_what_it_says(headers.first("content-type"), kinds):
        return None
    said = words()
    originals = [read_headers(part) for part in _contents(attachments, _ORIGINALS)]
    own_id = next(filter(None, map(_own_id, originals)), "") or _quoted_id(said, attachments)
    provider_id = next(filter(None, (message_id(each.first("message-id")) for each in originals)), "")
    given_id = "" if own_id else _given_id(provider_id, account)
    outcome = _outcome(attachments, headers, said)
    status = _STATUSES.get(outcome.action)
    if not (own_id or given_id) or status is None:
        return None
    update = StatusUpdate(account, given_id or provider_id, status, own_id, opt_out=outcome.opt_out)
    return Reported(_failed(update, outcome.code) if status is Status.FAILED else update, bool(own_id))


def _is_what_it_says(content_type: str, kinds: AbstractSet[str]) -> bool:
    """Whether a report has the parts that its kind has; one that names no kind may be in words alone."""
    kind = parameter(content_type, "report-type").lower()
    if kind == "delivery-status":
        return bool(kinds & _NOTICES)
    if kind == "feedback-report":
        return _COMPLAINT in kinds
    return not kind and _READ_RECEIPT not in kinds


def _failed(update: StatusUpdate, code: str) -> StatusUpdate:
    for_good = code.startswith("5") and not _OF_THE_MAIL.match(code)
    return replace(
        update,
        code=code,
        reason=_REASONS.get(code[:3], "The recipient's mail server sent it back."),
        opt_out=ConsentReason.BOUNCE if for_good else None,
    )


def _contents(attachments: Sequence[Attachment], kinds: frozenset[str]) -> Iterator[bytes]:
    return (part.content[:_MAX_REPORT] for part in attachments[:_MAX_PARTS] if part.type in kinds)


def _own_id(original: Headers) -> str:
    """Our id of the mail that is reported on: our marker's, else what our Message-ID begins with; empty for others'."""
    local = message_id(original.first("message-id")).removeprefix("<").partition("@")[0]
    return next((each for each in (original.first(MARKER), local) if _OWN_ID.fullmatch(each)), "")


def _quoted_id(said: str, attachments: Sequence[Attachment]) -> str:
    """Our id in headers that stand within the report's words, or in a file beside them."""
    beside = (part.content[:_MAX_REPORT] for part in attachments[:_MAX_PARTS] if part.type.startswith("text/"))
    texts = (said[:_MAX_REPORT], *(each.decode("latin-1") for each in beside))
    return next((found[1] for found in map(_QUOTED_ID.search, texts) if found), "")


def _given_id(spelled: str, account: str) -> str:
    """The provider's id in a Message-ID that it gave; empty where that is none of its."""
    provider, _, ours = account.partition(":")
    domain = domain_of(spelled.strip("<>"))
    if provider in _GIVEN_IDS:
        return spelled.strip("<>").partition("@")[0] if _GIVEN_IDS[provider] in domain else ""
    return spelled if provider == "mailgun" and domain == ours else ""


def _outcome(attachments: Sequence[Attachment], headers: Headers, said: str) -> Outcome:
    """What became of the mail for the one recipient we write to."""
    for content in _contents(attachments, frozenset({_COMPLAINT})):
        kind = read_headers(content.lstrip()).first("feedback-type").lower()
        return Outcome("delivered", opt_out=ConsentReason.COMPLAINT) if kind in _COMPLAINTS else Outcome()
    for content in _contents(attachments, _NOTICES):
        # A group of lines for the mail, then one for each recipient.
        for group in _BLANK_LINE.split(content, maxsplit=_MAX_RECIPIENTS):
            fields = read_headers(group)
            code = _CODE.search(fields.first("status"))
            action = fields.first("action").partition(" ")[0].lower() or (_BY_CLASS[code[0][0]] if code else "")
            if action:
                return Outcome(action, code[0] if code else "")
        return Outcome()
    return in_words(headers, said)
