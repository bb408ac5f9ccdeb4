"""From a mail, however its provider hands it over, to what it means: a message, or a report about a mail of ours.

A provider fills in a `Letter` from its own fields, or lets `open_mail` read a raw one, and gives it to `read_letter`.
"""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import (
    Delivery,
    EmailHeaders,
    InboundFile,
    InboundMessage,
    JsonObject,
    MediaKind,
    MessageKind,
    UnknownEvent,
)
from bot.core.text import MAX_ID
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.html_text import MAX_SOURCE, html_to_text
from bot.providers.kit.mime import Attachment, Headers, read_mail
from bot.providers.mail.headers import answers_go_to, author, automatic, header_line, sender_of, thread_headers
from bot.providers.mail.other_headers import Beside, beside
from bot.providers.mail.reply import reply_of
from bot.providers.mail.report import report

MAX_FILES = 25
"""Files of a mail that are listed."""
MAX_FILE = 25 * 1024 * 1024
"""Bytes of a file that is kept; a larger one is only listed."""
_PACKED = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})
_SHOWN = {"image": MediaKind.IMAGE.value, "audio": MediaKind.AUDIO.value, "video": MediaKind.VIDEO.value}


class Letter(NamedTuple):
    """A mail, before anyone has looked at what it means; every part may say anything.

    Attributes:
        account: our side.
        recipient: the envelope's, as `email_address` gives it.
        headers: the mail's.
        author: the `From` header.
        subject: the header, encoded words and all.
        name: the author's, where the provider gives it apart; else empty.
        envelope_sender: as `email_address` gives it, empty for the null one; None where the provider does not tell.
        plain: its text, or empty.
        html: its HTML, or empty.
        reply: what the provider takes for the words without a quote, for where it gives no text; else empty.
        attachments: its files, in order.
        id: the provider's own id, the same each time it posts the mail; empty to go by Message-ID and recipient.
        fingerprint: stands for a Message-ID where the mail has none; the same each time it is posted.
        sent_at: by the provider's clock, or None.
        own: further addresses that are ours: what comes from them is a loop.
        distrusted: why the provider's own checks say that the sender may be forged, or empty.
        more: what its provider tells of it that no other part here has.
        whole: whether nothing of it is left out here.
    """

    account: str
    recipient: str
    headers: Headers
    author: str
    subject: str
    name: str = ""
    envelope_sender: str | None = None
    plain: str = ""
    html: str = ""
    reply: str = ""
    attachments: Sequence[Attachment] = ()
    id: str = ""
    fingerprint: str = ""
    sent_at: datetime | None = None
    own: frozenset[str] = frozenset()
    distrusted: str = ""
    more: JsonObject = MappingProxyType({})
    whole: bool = True


def open_mail(raw: bytes, *, account: str, recipient: str) -> Letter:
    """The letter in a raw mail; `_replace` adds what the provider knows besides."""
    mail = read_mail(raw)
    return Letter(
        account=account,
        recipient=recipient,
        headers=mail.headers,
        author=mail.headers.first("from"),
        subject=mail.headers.first("subject"),
        plain=mail.plain,
        html=mail.html,
        attachments=mail.attachments,
        fingerprint=hashlib.sha256(raw).hexdigest(),
        whole=mail.whole,
    )


class Words(NamedTuple):
    """What a mail says.

    Attributes:
        whole: its text, with all that it quotes.
        own: what its author wrote.
    """

    whole: str
    own: str


def words_of(letter: Letter) -> Words:
    """What a mail says."""
    whole = _lines(letter.plain) or html_to_text(letter.html) or _lines(letter.reply)
    return Words(whole, reply_of(whole, letter.name or author(letter.author)[0]))


def read_letter(letter: Letter, words: Words | None = None) -> Delivery:
    """What a mail means; one that has no sender is an UnknownEvent.

    Args:
        letter: the mail.
        words: what it says, where that is known from another recipient of it.
    """
    reported = report(
        letter.headers,
        letter.attachments,
        letter.account,
        envelope=letter.envelope_sender,
        words=lambda: (words or words_of(letter)).whole,
    )
    if reported is not None and reported.ours:
        return Delivery(statuses=(reported.status,))
    statuses = (reported.status,) if reported else ()
    own = {letter.recipient, *letter.own}
    # RFC 3834 lets a service that people write to on purpose answer the author.
    name, sender = sender_of(letter.headers, letter.author, letter.envelope_sender)
    envelope_sender = sender if letter.envelope_sender is None else letter.envelope_sender
    asked_name, asked = answers_go_to(letter.headers, sender, own)
    if asked:
        # Whoever carried it for them is a machine or ours, its envelope too; an empty one is still a bounce.
        name, sender, envelope_sender = asked_name, asked, envelope_sender and asked
    if not sender:
        return Delivery(statuses=statuses, unknown=(UnknownEvent("mail without a sender", letter.account),))
    whole, text = words or words_of(letter)
    attachments = letter.attachments[:MAX_FILES]
    email = thread_headers(letter.headers, decode_words(letter.subject))
    name = name if asked else header_line(letter.name) or name
    kept = _beside(letter, email, name, sender)
    message = InboundMessage(
        account=letter.account,
        provider_message_id=letter.id or _id(email.message_id or letter.fingerprint, letter.recipient),
        channel=Channel.EMAIL,
        addresses=(Address(AddressKind.EMAIL, sender),),
        kind=MessageKind.MEDIA if attachments and not text else MessageKind.TEXT,
        text=text,
        name=name,
        sent_at=letter.sent_at,
        body=_body(letter.recipient, text, whole if whole != text else "", attachments)
        | ({"headers": kept.headers} if kept.headers else {})
        | ({"more": letter.more} if letter.more else {}),
        email=email,
        automatic=automatic(letter.headers, envelope_sender=envelope_sender, sender=sender, own=own)
        or letter.distrusted,
        cleaned=not (letter.whole and kept.whole and _is_readable(letter, whole)),
        files=tuple(
            InboundFile(position, each.content)
            for position, each in enumerate(attachments)
            if 0 < len(each.content) <= MAX_FILE
        ),
    )
    return Delivery(messages=(cleaned(message),), statuses=statuses)


def _beside(letter: Letter, email: EmailHeaders, name: str, sender: str) -> Beside:
    """What the mail's headers say that nothing else of its message holds."""
    people = {each for address in (sender, letter.recipient) for each in (address, f"<{address}>")}
    author = {f"{name} <{sender}>", f'"{name}" <{sender}>'}
    # Of a long thread some ids are left out on purpose.
    thread = {email.message_id, email.in_reply_to, letter.headers.first("references") if email.references else ""}
    held = {*people, *author, *thread, email.subject}
    return beside(letter.headers, held, **{"from": letter.author, "subject": letter.subject})


def _is_readable(letter: Letter, words: str) -> bool:
    """Whether no character was lost in decoding it, no file is one too many, and its HTML was read to the end."""
    is_read = "\ufffd" not in f"{words}{letter.name}{letter.author}{letter.subject}"
    all_html = bool(letter.plain.strip()) or len(letter.html) <= MAX_SOURCE
    return is_read and all_html and len(letter.attachments) <= MAX_FILES


def _lines(text: str) -> str:
    return text.replace("\r\n", "\n").strip()


def _id(message_id: str, recipient: str) -> str:
    """One id a mail and recipient, since a mail to two of ours is posted twice."""
    whole = f"{message_id} {recipient}"
    return whole if len(whole) <= MAX_ID else hashlib.sha256(whole.encode()).hexdigest()


def _body(recipient: str, text: str, full_text: str, attachments: Sequence[Attachment]) -> dict[str, Any]:
    body: dict[str, Any] = {"recipient": recipient}
    if full_text:
        body["full_text"] = full_text
    if attachments:
        body["media"] = [_listed(each) for each in attachments]
    if not text and (packed := next(filter(_is_packed, attachments), None)):
        body["words_in"] = packed.name or packed.type
    return body


def _is_packed(attachment: Attachment) -> bool:
    """Whether a file is what Outlook packs a mail into for others of its kind (TNEF), words and all."""
    return attachment.type in _PACKED or attachment.name.lower() == "winmail.dat"


def _listed(attachment: Attachment) -> dict[str, Any]:
    kind = attachment.type.partition("/")[0]
    # An SVG is a page with scripts rather than a picture.
    shown = None if attachment.type == "image/svg+xml" else _SHOWN.get(kind)
    listed: dict[str, Any] = {"type": shown or MediaKind.DOCUMENT.value, "mime_type": attachment.type}
    if attachment.name:
        listed["filename"] = attachment.name
    listed["size"] = len(attachment.content)
    return listed | ({"inline": True} if attachment.inline else {})
