"""Sending through a mail server (RFC 5321): the envelope, the whole mail, and what its replies mean."""

import re
from collections.abc import Mapping
from dataclasses import replace

from bot.core.consents import ConsentReason
from bot.core.errors import NotConfiguredError
from bot.core.messages import OutboundMessage
from bot.providers.base import (
    Circumstances,
    Credentials,
    HttpResponse,
    Outcome,
    Refused,
    Sent,
    SmtpRequest,
    Unknown,
)
from bot.providers.mail.headers import author, message_id
from bot.providers.mail.write import ascii_copies, ascii_recipient, write_mail

_OK = range(200, 300)
_LATER = range(400, 500)
_MAX_PORT = 65_535
_ENHANCED = re.compile(r"\s*(5\.[0-9]{1,3}\.[0-9]{1,3})\b")
_DEAD = frozenset({"5.1.1", "5.1.6", "5.1.10"})
"""Enhanced codes (RFC 3463) that say the mailbox is not there, moved away or takes no mail (RFC 7505)."""
_CREDENTIALS: Mapping[int, str] = {
    530: "The mail server wants a log-in; set MIME_SMTP_USER and MIME_SMTP_PASSWORD.",
    534: "The mail server wants another way to log in.",
    535: "The mail server does not know user and password; look at MIME_SMTP_USER and MIME_SMTP_PASSWORD.",
    538: "The mail server wants TLS for the log-in.",
}
_PERMANENT: Mapping[int, str] = {
    550: "The mail server does not take mail for this recipient.",
    551: "The recipient is not at this mail server.",
    552: "The recipient's mailbox is full, or the mail is too large.",
    553: "The mail server does not take the recipient, or our sender, for an address.",
    554: "The mail server does not take the mail.",
}


_HOUR = 3600.0
_QUOTA = re.compile(
    r"daily (?:message |user |sending )*(?:quota|limit)|sending (?:quota|limit)s? (?:is |was )?exceeded", re.IGNORECASE
)
"""A quota of Amazon SES, Gmail or a hoster, whatever the code beside it."""


def build(message: OutboundMessage, credentials: Credentials, circumstances: Circumstances) -> SmtpRequest:
    """The mail for the server, in its thread; choices become numbered lines."""
    sender = credentials["from"]
    content = write_mail(message, sender=sender, now=circumstances.now)
    cc, bcc = ascii_copies(message)
    return replace(_request(credentials, ascii_recipient(message), content), copies=(*cc, *bcc))


def probe(credentials: Credentials, _circumstances: Circumstances) -> SmtpRequest:
    """Connects and logs in, and sends nothing."""
    return _request(credentials, "", b"")


def read(response: HttpResponse) -> Outcome:
    """Sort the mail server's reply by its code."""
    status, words = response.status, response.body.decode("utf-8", "replace")
    if status in _OK:
        sent = message_id(response.headers.get("message-id", ""))
        return Sent(sent) if sent else Unknown("The mail server took a mail that has no Message-ID.")
    code = f"smtp_{status}"
    if _QUOTA.search(words):
        reason = f"The mail server has taken as many mails as it may for now ({status}); what waits is tried each hour."
        return Refused(code, reason, retryable=True, retry_after=_HOUR, operator=True)
    if status in _LATER:
        return Refused(code, f"The mail server asks for another try later ({status}).", retryable=True)
    if status in _CREDENTIALS:
        return Refused(code, _CREDENTIALS[status], operator=True, credentials=True)
    enhanced = _ENHANCED.match(words)
    if enhanced and enhanced[1] in _DEAD:
        return Refused(enhanced[1], "The recipient's address does not exist.", opt_out=ConsentReason.BOUNCE)
    reason = _PERMANENT.get(status, f"The mail server refused it ({status}).")
    return Refused(enhanced[1] if enhanced else code, reason)


def _request(credentials: Credentials, recipient: str, content: bytes) -> SmtpRequest:
    return SmtpRequest(
        host=credentials["smtp_host"].strip(),
        port=_port(credentials),
        user=credentials.get("smtp_user"),
        password=credentials.get("smtp_password"),
        sender=author(credentials["from"])[1],
        recipient=recipient,
        content=content,
    )


def _port(credentials: Credentials) -> int:
    """The port; raises NotConfiguredError where it is none."""
    spelled = credentials["smtp_port"].strip()
    if not (spelled.isascii() and spelled.isdigit() and 0 < int(spelled[:6]) <= _MAX_PORT):
        raise NotConfiguredError("MIME_SMTP_PORT (1 to 65535)")
    return int(spelled)
