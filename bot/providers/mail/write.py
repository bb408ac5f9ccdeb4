"""The mail that goes out, whichever provider carries it: its words, and the headers that keep machines from answering.

Nothing that a person wrote can end a header or add a recipient: a text is one line, an id or an address is checked.
"""

from base64 import b64encode
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from email.header import Header
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime, formataddr
from html import escape
from typing import NamedTuple

from bot.core.messages import EmailHeaders, Enclosure, Media, MediaKind, OutboundMessage
from bot.core.text import cut
from bot.providers.kit.numbered import line
from bot.providers.kit.plain_text import plain
from bot.providers.mail.headers import MARKER, author, domain_of, email_address, header_line, message_id

_MAX_DEFAULT_SUBJECT = 60
_MAX_URL = 900
_MAX_NAME = 100
_MAX_ENCODED_LINE = 75
_NOBODY = "invalid"
# We fold by ourselves: Python writes long ids as encoded words, which no mail program follows, and loses blanks.
_POLICY = SMTP.clone(refold_source="none", cte_type="7bit")


class Copies(NamedTuple):
    """Addresses that get a copy of a mail: seen by all, and by nobody else."""

    cc: tuple[str, ...]
    bcc: tuple[str, ...]


def recipient(message: OutboundMessage) -> str:
    """Its one address; what is none becomes a word that no provider takes, so that a comma never adds a recipient."""
    return email_address(message.to.value) or _NOBODY


def ascii_recipient(message: OutboundMessage) -> str:
    """The same for a carrier that takes ASCII alone, as mail servers without SMTPUTF8 do."""
    address = recipient(message)
    return address if address.isascii() else _NOBODY


def copies(message: OutboundMessage) -> Copies:
    """Who gets a copy: addresses alone, each once, and none that gets the mail anyway."""
    email = message.email or EmailHeaders()
    seen = {recipient(message).casefold(), ""}
    found = [_each_once(addresses, seen) for addresses in (email.cc, email.bcc)]
    return Copies(*found)


def ascii_copies(message: OutboundMessage) -> Copies:
    """The same for a carrier that takes ASCII alone: what is not becomes a word that it refuses."""
    return Copies(*(tuple(each if each.isascii() else _NOBODY for each in some) for some in copies(message)))


def subject(message: OutboundMessage) -> str:
    """The thread's, or the message's own; else its first words, which are in the reader's language."""
    given = header_line(message.email.subject) if message.email else ""
    return given or cut(header_line(message.text), _MAX_DEFAULT_SUBJECT)


def words(message: OutboundMessage) -> str:
    """The text, its choices as numbered lines, and what goes along as links."""
    return _encodable(plain(message))


def page(message: OutboundMessage) -> str:
    """The same as HTML, where the message has its words in HTML; else empty."""
    if not message.html:
        return ""
    below = [f"<li>{escape(line(each))}</li>" for each in message.choices]
    if below:
        below = ["<ol>", *below, "</ol>"]
    if message.media:
        below += [f"<p>{_shown(each)}</p>" for each in (message.media, *message.more_media)]
    if message.location:
        *lines, url = plain(replace(message, text="", choices=(), media=None, more_media=())).split("\n")
        below.append("<p>" + "".join(f"{escape(each)}<br>" for each in lines) + f"{_link(url, url)}</p>")
    before, end, after = message.html.rpartition("</body>")
    parts = (before, *below, end, after) if end else (after, *below)
    return _encodable("".join(parts))


def headers(message: OutboundMessage) -> list[tuple[str, str]]:
    """The headers beside sender, recipient and subject: the thread, what keeps machines quiet, how to unsubscribe."""
    email = message.email or EmailHeaders()
    listed = [
        ("In-Reply-To", _ascii_id(email.in_reply_to)),
        ("References", " ".join(filter(None, map(_ascii_id, email.references)))),
        # RFC 3834, 5: the first is for what answers a mail, the second for what comes unasked.
        ("Auto-Submitted", "auto-replied" if message.is_reply else "auto-generated"),
        ("X-Auto-Response-Suppress", "All"),
        (MARKER, header_line(message.id)),
    ]
    if _is_link(message.unsubscribe_url):
        listed.append(("List-Unsubscribe", f"<{message.unsubscribe_url}>"))
        listed.append(("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"))
    return [(name, value) for name, value in listed if value]


def own_message_id(message: OutboundMessage, sender: str) -> str:
    """The Message-ID that we give a mail where its carrier lets us: a bounce that quotes it names our message.

    Args:
        message: what is sent.
        sender: the `From` header.
    """
    domain = domain_of(author(sender)[1])
    return f"<{header_line(message.id)}@{domain if domain and domain.isascii() else 'localhost'}>"


def answers_to(sender: str, inbox: str) -> str:
    """Where answers to a mail are to go, for `Reply-To`: empty where they come to us anyway.

    Args:
        sender: the `From` header.
        inbox: the address, or the domain, whose mail comes to us; may be empty.
    """
    address = author(sender)[1]
    if inbox in {"", address, domain_of(address)}:
        return ""
    return email_address(inbox if "@" in inbox else f"{address.partition('@')[0]}@{inbox}")


def write_mail(message: OutboundMessage, *, sender: str, now: datetime, reply_to: str = "") -> bytes:
    """The whole mail (RFC 5322), all in ASCII, its lines ended by CR LF.

    Args:
        message: what is sent.
        sender: the `From` header, with or without a name.
        now: for the `Date` header.
        reply_to: the address that answers are to go to; empty for the sender.
    """
    mail = EmailMessage(policy=_POLICY)
    listed = [
        ("From", _mailbox(sender)),
        ("To", ascii_recipient(message)),
        ("Cc", ",\r\n ".join(ascii_copies(message).cc)),
        ("Reply-To", _mailbox(reply_to) if reply_to else ""),
        ("Subject", _encoded(subject(message))),
        ("Date", format_datetime(now)),
        ("Message-ID", own_message_id(message, sender)),
        *headers(message),
    ]
    for name, value in listed:
        if value:
            mail.set_raw(name, value.replace("> <", ">\r\n <"))
    mail.set_content(words(message))
    html = page(message)
    if html:
        mail.add_alternative(html, subtype="html")
        # Python would make one up by chance.
        mail.set_boundary(f"=_{header_line(message.id)}")
    for each in message.enclosures:
        kind, _, subtype = each.content_type.partition("/")
        mail.add_attachment(each.content, maintype=kind, subtype=subtype, filename=_enclosed_name(each))
    if message.enclosures:
        mail.set_boundary(f"=_{header_line(message.id)}_files")
    return mail.as_bytes()


def enclosures(message: OutboundMessage) -> list[tuple[str, str, str]]:
    """The files within a mail as JSON has them: name, type, and the content in base64."""
    return [(_enclosed_name(each), each.content_type, b64encode(each.content).decode()) for each in message.enclosures]


def _enclosed_name(enclosure: Enclosure) -> str:
    return header_line(enclosure.filename) or "file"


def _each_once(addresses: Iterable[str], seen: set[str]) -> tuple[str, ...]:
    found = []
    for address in map(email_address, addresses):
        if address.casefold() not in seen:
            seen.add(address.casefold())
            found.append(address)
    return tuple(found)


def _shown(media: Media) -> str:
    if media.kind in {MediaKind.IMAGE, MediaKind.STICKER}:
        return f'<img src="{escape(media.url)}" alt="{escape(media.filename)}" style="max-width:100%">'
    return _link(media.url, media.filename or media.url)


def _link(url: str, label: str) -> str:
    return f'<a href="{escape(url)}">{escape(label)}</a>'


def _mailbox(value: str) -> str:
    """A name and address as a header has them, in ASCII."""
    name, address = author(value)
    return formataddr((cut(name, _MAX_NAME), address if address.isascii() else _NOBODY))


def _encoded(line: str) -> str:
    """A header's text in ASCII: as it is, or as encoded words (RFC 2047), one on each line."""
    return line if line.isascii() else Header(line, "utf-8", _MAX_ENCODED_LINE, "Subject").encode(linesep="\r\n")


def _ascii_id(value: str) -> str:
    """A message id that every mail server takes, or empty."""
    found = message_id(value)
    return found if found.isascii() else ""


def _is_link(url: str) -> bool:
    """Whether one click may go there: https, and nothing in it that ends a header or an angle bracket."""
    plain_characters = url.isascii() and url.isprintable() and not set(' <>"') & set(url)
    return url.startswith("https://") and plain_characters and len(url) <= _MAX_URL


def _encodable(text: str) -> str:
    """The text without lone surrogates, which no encoding has."""
    return text.encode(errors="replace").decode()
