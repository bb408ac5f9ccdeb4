"""Reading MIME, an e-mail's and a form's, without trust: bounded, never slower than linear, never an exception.

The standard library reads the headers; the splitting is ours, because its parser goes through a body line by line
and nested parts each cost every line again, so that one hostile mail would hold the server up for minutes.
"""

import base64
import binascii
import encodings
import pkgutil
import quopri
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.errors import MessageError
from email.header import decode_header, make_header
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import unquote
from encodings.aliases import aliases

MAX_PARTS = 5_000
_MAX_MAIL_PARTS = 200
_MAX_DEPTH = 10
_MAX_HEAD = 128 * 1024
_MAX_PART_HEAD = 16 * 1024
_MAX_BOUNDARY = 200
_MAX_TEXT_BYTES = 1024 * 1024
_MAX_ENCODED_WORDS = 2_000
_MAX_VALUE = 2_000
_MAX_PARAMETERS = 50
_MAX_FILE_NAME = 255

_MAX_CHARSET = 100
_NOT_OF_MAILS = frozenset({"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape"})
"""Encodings that Python has for other ends; the first takes a day for a mebibyte made for it."""
_CHARSETS = frozenset(each.name for each in pkgutil.iter_modules(encodings.__path__)) - _NOT_OF_MAILS
_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_HEADERS = HeaderParser(policy=compat32)


class Headers:
    """A mail's headers; names compare without case, values are as sent, unfolded, and may say anything."""

    __slots__ = ("_by_name",)

    def __init__(self, pairs: Sequence[tuple[str, str]]) -> None:
        by_name: dict[str, list[str]] = {}
        for name, value in pairs:
            by_name.setdefault(name.lower(), []).append(" ".join(value.split()))
        self._by_name: Mapping[str, list[str]] = by_name

    def __iter__(self) -> Iterator[str]:
        """The names, in lower case."""
        return iter(self._by_name)

    def all(self, name: str) -> Sequence[str]:
        """Every value of `name`, in order."""
        return self._by_name.get(name.lower(), ())

    def first(self, name: str) -> str:
        """The first value of `name`, or empty."""
        return next(iter(self.all(name)), "")


@dataclass(frozen=True, slots=True)
class Attachment:
    """A file that came with a mail.

    Attributes:
        name: its base name without control characters, or empty.
        type: its media type as claimed, in lower case, e.g. `image/png`.
        content: its bytes.
        inline: it stands within the text, as pasted pictures and logos do.
    """

    name: str
    type: str
    content: bytes = field(repr=False)
    inline: bool = False


@dataclass(frozen=True, slots=True)
class Mail:
    """A raw mail (RFC 5322), read.

    Attributes:
        headers: its own ones, not those of its parts.
        plain: the text of its first `text/plain` part, or empty.
        html: the source of its first `text/html` part, or empty.
        attachments: everything else, in order.
    """

    headers: Headers
    plain: str
    html: str
    attachments: tuple[Attachment, ...]


def read_mail(raw: bytes) -> Mail:
    """The mail in `raw`; what is nested deeper than 10 levels, or beyond 200 parts, is left out."""
    head, body = split_head(raw, _MAX_HEAD)
    top = _headers(head)
    plain, html, attachments = "", "", []
    for part, content in _leaves(head, body):
        kind = part.get_content_type()
        attached = _file_name(part) or part.get_content_disposition() == "attachment"
        if kind == "text/plain" and not attached and not plain:
            plain = _text(part, content)
        elif kind == "text/html" and not attached and not html:
            html = _text(part, content)
        else:
            attachments.append(_attachment(part, kind, content))
    return Mail(_listed(top), plain, html, tuple(attachments))


def read_headers(raw: bytes) -> Headers:
    """The headers that `raw` begins with, at most 128 KiB of them."""
    return _listed(_headers(split_head(raw, _MAX_HEAD)[0]))


def split_head(part: bytes, limit: int = _MAX_PART_HEAD) -> tuple[bytes, bytes]:
    """The headers of a part or a mail, at most `limit` bytes of them, and its body."""
    blank = _BLANK_LINE.search(part)
    if blank is None:
        return part[:limit].lstrip(b"\r\n"), b""
    return part[: min(blank.start(), limit)].lstrip(b"\r\n"), part[blank.end() :]


def split_parts(body: bytes, boundary: str) -> list[bytes]:
    """The closed parts of a multipart body, at most 5 001 of them; none without a boundary."""
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        return []
    delimiter = b"\n--" + boundary.encode("utf-8", "replace")
    start = len(delimiter) - 1 if body.startswith(delimiter[1:]) else _end(body, delimiter, 0)
    parts: list[bytes] = []
    while start >= 0 and not body.startswith(b"--", start) and len(parts) <= MAX_PARTS:
        end = body.find(delimiter, start)
        if end >= 0:
            parts.append(body[start : end - 1 if body[end - 1 : end] == b"\r" else end])
        start = _end(body, delimiter, start)
    return parts


def parameter(value: str, name: str) -> str:
    """A parameter of a `Content-Type` or the like, in plain or in RFC 2231 spelling; empty when it is not there."""
    return _parameter_of(" ".join(value[:_MAX_VALUE].split()), name)


def decode_words(value: str) -> str:
    """A header's value with its encoded words (RFC 2047) in plain; as it is where they are broken.

    >>> decode_words("=?utf-8?q?Jos=C3=A9?=")
    'José'
    """
    try:
        found = decode_header(value[:_MAX_ENCODED_WORDS])
        return str(make_header([(each, charset and _known(charset)) for each, charset in found]))
    except (MessageError, LookupError, ValueError):
        return value[:_MAX_ENCODED_WORDS]


def decode_text(content: bytes, charset: str) -> str:
    """The text in `content`; as UTF-8 where `charset` is empty or no character set that mails are written in.

    Bytes that are none of the character set are U+FFFD.
    """
    try:
        return content.decode(_known(charset or "utf-8"), "replace")
    except (LookupError, ValueError):
        return content.decode("utf-8", "replace")


def file_name(name: str) -> str:
    r"""A file's base name, of visible characters, at most 255; empty when nothing is left.

    >>> file_name("a\x00/..\\pedido.pdf")
    'pedido.pdf'
    """
    base = re.split(r"[/\\]", decode_words(name))[-1]
    visible = "".join(character for character in base if character.isprintable()).strip(" .")
    return visible[:_MAX_FILE_NAME]


def _known(charset: str) -> str:
    """Python's own name of a character set; raises LookupError where it is none that mails are written in.

    Python keeps every name it was ever asked for, so it is asked for none that a stranger made up.
    """
    name = encodings.normalize_encoding(charset[:_MAX_CHARSET]).lower().replace(".", "_")
    found = aliases.get(name, name)
    if not charset.isascii() or found not in _CHARSETS:
        raise LookupError(found)
    return found


def _end(body: bytes, delimiter: bytes, start: int) -> int:
    """Where the next delimiter ends; -1 when there is none."""
    found = body.find(delimiter, start)
    return found + len(delimiter) if found >= 0 else -1


def _leaves(head: bytes, body: bytes) -> Iterator[tuple[Message, bytes]]:
    """The parts of a mail that hold no parts themselves, with their bodies."""
    waiting = [(head, body, 0)]
    for _ in range(_MAX_MAIL_PARTS):
        head, body, depth = waiting.pop()
        part = _headers(head)
        if part.get_content_maintype() != "multipart":
            yield part, body
        elif depth < _MAX_DEPTH:
            parts = split_parts(body, _parameter(part, "boundary", "content-type"))[:_MAX_MAIL_PARTS]
            waiting += [(*split_head(each), depth + 1) for each in reversed(parts)]
        if not waiting:
            return


def _headers(head: bytes) -> Message:
    return _HEADERS.parsestr(head.decode("utf-8", "replace"))


def _listed(message: Message) -> Headers:
    return Headers([(name, str(value)) for name, value in message.items()])


def _file_name(part: Message) -> str:
    return _parameter(part, "filename", "content-disposition") or _parameter(part, "name", "content-type")


def _parameter(part: Message, name: str, header: str) -> str:
    return _parameter_of(str(part.get(header, ""))[:_MAX_VALUE], name)


def _parameter_of(value: str, name: str) -> str:
    # For each semicolon the library counts every quotation mark before it anew.
    if value.count(";") > _MAX_PARAMETERS:
        return ""
    message = Message()
    message["Content-Type"] = value
    try:
        found = message.get_param(name, "")
    except (LookupError, ValueError, TypeError):
        # The last one where a value comes both whole and in numbered pieces, which the library tries to sort.
        return ""
    if not isinstance(found, tuple):
        return unquote(found)
    charset, _language, text = found
    try:
        return text.encode("raw-unicode-escape").decode(_known(charset or "us-ascii"), "replace")
    except (LookupError, ValueError):
        return text


def _text(part: Message, content: bytes) -> str:
    charset = _parameter(part, "charset", "content-type")
    return decode_text(_decoded(part, content[:_MAX_TEXT_BYTES]), charset).replace("\r\n", "\n")


def _attachment(part: Message, kind: str, content: bytes) -> Attachment:
    inline = "content-id" in part and part.get_content_disposition() != "attachment"
    return Attachment(file_name(_file_name(part)), kind[:_MAX_FILE_NAME], _decoded(part, content), inline)


def _decoded(part: Message, content: bytes) -> bytes:
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding == "base64":
        sextets = content.translate(None, b" \t\r\n")
        try:
            # Only whole groups of four: a text that is cut somewhere keeps what stands before the cut.
            return base64.b64decode(sextets[: len(sextets) // 4 * 4])
        except binascii.Error:
            return b""
    if encoding == "quoted-printable":
        return quopri.decodestring(content)
    return content
