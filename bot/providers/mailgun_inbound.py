r"""What Mailgun's inbound route posts: a mail, as a form of its parts or, to a URL that ends in `mime`, whole.

recipient=bot@in.example.com&sender=ana@example.com&from=Ana <ana@example.com>&subject=Re: order
&stripped-text=yes&body-plain=yes\n\n> Shall I?&message-headers=[["Message-Id", "<a2@example.com>"], ...]
&timestamp=1760000000&token=...&signature=...
"""

import hashlib
import json
from collections.abc import Sequence
from typing import Any

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Delivery, InboundMessage, MessageKind, UnknownEvent
from bot.core.text import MAX_ID, clean
from bot.providers.cleaned import cleaned
from bot.providers.form import Form
from bot.providers.html_text import html_to_text
from bot.providers.mail import author, automatic, domain_of, email_address, thread_headers
from bot.providers.mime import Attachment, Headers, decode_words, read_mail
from bot.providers.narrow import instant

_SECURITY = frozenset({"timestamp", "token", "signature"})
_MAX_TEXT_BYTES = 1024 * 1024
_MAX_MAIL_BYTES = 8 * 1024 * 1024
_MAX_HEADER_BYTES = 64 * 1024
_MAX_HEADERS_BYTES = 1024 * 1024
_MAX_ATTACHMENTS = 50
_MAX_KIND = 100

_Pairs = Sequence[tuple[str, str]]


def parse_mail(form: Form) -> Delivery:
    """The mail in a route's post; one that names no recipient or no sender is an UnknownEvent."""
    pairs = _header_pairs(form)
    recipient = email_address(_own(form, "recipient", pairs).partition(",")[0])
    if not recipient:
        return Delivery(unknown=(UnknownEvent(_kind(form)),))
    account = f"mailgun:{domain_of(recipient)}"
    envelope_sender = email_address(_own(form, "sender", pairs))
    # RFC 3834 lets a service that people write to on purpose answer the author.
    name, address = author(_own(form, "from", pairs))
    sender = address or envelope_sender
    if not sender:
        return Delivery(unknown=(UnknownEvent("mail without a sender", account),))
    headers, text, full_text, attachments = _content(form, pairs)
    email = thread_headers(headers, decode_words(_own(form, "subject", pairs) or headers.first("subject")))
    message = InboundMessage(
        account=account,
        provider_message_id=_id(form, email.message_id, recipient),
        channel=Channel.EMAIL,
        addresses=(Address(AddressKind.EMAIL, sender),),
        kind=MessageKind.MEDIA if attachments and not text else MessageKind.TEXT,
        text=text,
        name=name,
        sent_at=instant(form.last("timestamp")),
        body=_body(recipient, text, full_text, attachments),
        email=email,
        automatic=automatic(headers, envelope_sender=envelope_sender, sender=sender, own={recipient})
        or _distrusted(headers),
    )
    return Delivery(messages=(cleaned(message),))


def _kind(form: Form) -> str:
    """What a form is that is no mail; webhooks of before 2018 name their event."""
    return clean(f"event.{form.last('event')}", _MAX_KIND)[0] if form.last("event") else "form without a recipient"


def _header_pairs(form: Form) -> _Pairs:
    """The mail's headers; where Mailgun's list of them is not readable, every field may be one."""
    spelled = next((field.text(_MAX_HEADERS_BYTES) for field in reversed(form.all("message-headers"))), "")
    try:
        listed: Any = json.loads(spelled)
    except (ValueError, RecursionError):
        listed = None
    if not isinstance(listed, list):
        return [(field.name, field.text(_MAX_HEADER_BYTES)) for field in form if not field.is_file]
    return [(pair[0], pair[1]) for pair in listed if _is_pair(pair)]


def _is_pair(pair: Any) -> bool:
    return isinstance(pair, list) and len(pair) == 2 and all(isinstance(each, str) for each in pair)  # noqa: PLR2004 - name and value


def _own(form: Form, name: str, pairs: _Pairs) -> str:
    """Mailgun's own field of that name, not one that a header of the same name made."""
    values = [field.text(_MAX_TEXT_BYTES) for field in form.all(name)]
    sent = {value for each, value in pairs if each == name}
    return next((value for value in values if value not in sent), next(iter(values), ""))


def _content(form: Form, pairs: _Pairs) -> tuple[Headers, str, str, Sequence[Attachment]]:
    """Headers, the answer without what it quotes, the full text, attachments."""
    raw = next((field.content(_MAX_MAIL_BYTES) for field in form.all("body-mime")), b"")
    if raw:
        mail = read_mail(raw)
        full_text = mail.plain or html_to_text(mail.html)
        return mail.headers, full_text.strip(), "", mail.attachments
    plain = _own(form, "body-plain", pairs) or html_to_text(_own(form, "body-html", pairs))
    stripped = _own(form, "stripped-text", pairs)
    return Headers(pairs), _lines(stripped) or _lines(plain), _lines(plain), form.attachments()


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _id(form: Form, message_id: str, recipient: str) -> str:
    """One id a mail and recipient, since two routes may post the same mail; the same each time it is posted."""
    if not message_id:
        digest = hashlib.sha256()
        for field in form:
            if field.name not in _SECURITY:
                digest.update(b"%d %d " % (len(field.name), len(field.raw)))
                digest.update(field.name.encode(errors="replace"))
                digest.update(field.raw)
        message_id = digest.hexdigest()
    whole = f"{message_id} {recipient}"
    return whole if len(whole) <= MAX_ID else hashlib.sha256(whole.encode()).hexdigest()


def _body(recipient: str, text: str, full_text: str, attachments: Sequence[Attachment]) -> dict[str, Any]:
    body: dict[str, Any] = {"recipient": recipient}
    if full_text not in {"", text}:
        body["full_text"] = full_text
    if attachments:
        body["attachments"] = [
            {"name": each.name, "type": each.type, "size": each.size} for each in attachments[:_MAX_ATTACHMENTS]
        ]
    return body


def _distrusted(headers: Headers) -> str:
    """Why Mailgun's own checks say that the sender may be forged: an answer would go to someone else."""
    spf, dkim, spam = (
        {value.lower() for value in headers.all(f"x-mailgun-{name}")} for name in ("spf", "dkim-check-result", "sflag")
    )
    if "yes" in spam:
        return "spam"
    return "not authenticated" if spf & {"fail", "softfail"} and dkim != {"pass"} else ""
