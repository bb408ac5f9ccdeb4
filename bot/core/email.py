"""Keeping an e-mail in its thread (RFC 5322, 3.6.4)."""

from collections.abc import Mapping
from typing import Any

from bot.core.messages import EmailHeaders

_MAX_REFERENCES = 20


def reply_headers(parent: EmailHeaders) -> EmailHeaders:
    """The headers of an answer to `parent`.

    `References` are the parent's, or its `In-Reply-To` where it has none, then the parent's own id; of a long
    thread the first id and the latest ones are kept.
    """
    before = parent.references or ((parent.in_reply_to,) if parent.in_reply_to else ())
    references = (*before, parent.message_id) if parent.message_id else before
    if len(references) > _MAX_REFERENCES:
        references = (references[0], *references[1 - _MAX_REFERENCES :])
    return EmailHeaders(subject=reply_subject(parent.subject), in_reply_to=parent.message_id, references=references)


def reply_subject(subject: str) -> str:
    """`Re:` before the subject, once; an empty subject stays empty, for the provider's default.

    >>> reply_subject("RE: pedido")
    'RE: pedido'
    """
    if not subject or subject[:3].casefold() == "re:":
        return subject
    return f"Re: {subject}"


def thread_of(email: EmailHeaders) -> str:
    """The thread's first message id as far as the mail tells, or empty."""
    return next(iter(email.references), "") or email.in_reply_to or email.message_id


def to_body(email: EmailHeaders) -> dict[str, Any]:
    """The form in which the headers are kept in a message's `body["email"]`."""
    copies = {name: list(addresses) for name, addresses in (("cc", email.cc), ("bcc", email.bcc)) if addresses}
    return {
        "subject": email.subject,
        "message_id": email.message_id,
        "in_reply_to": email.in_reply_to,
        "references": list(email.references),
        **copies,
    }


def from_body(body: Mapping[str, Any]) -> EmailHeaders:
    """What `to_body` kept; missing parts are empty."""
    return EmailHeaders(
        subject=body.get("subject", ""),
        message_id=body.get("message_id", ""),
        in_reply_to=body.get("in_reply_to", ""),
        references=tuple(body.get("references", ())),
        cc=tuple(body.get("cc", ())),
        bcc=tuple(body.get("bcc", ())),
    )
