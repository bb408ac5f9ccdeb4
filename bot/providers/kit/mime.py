"""Reading MIME, an e-mail's and a form's, without trust: bounded, never slower than linear, never an exception.

The standard library reads the headers; the splitting is ours, because its parser goes through a body line by line
and nested parts each cost every line again, so that one hostile mail would hold the server up for minutes.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from email.message import Message
from email.parser import HeaderParser
from email.policy import compat32
from email.utils import unquote
from itertools import islice

from bot.providers.kit.charsets import decode_text
from bot.providers.kit.encoded_words import decode_words
from bot.providers.kit.flowed import unflowed
from bot.providers.kit.html_text import MAX_SOURCE, html_to_text
from bot.providers.kit.mime_split import body_start, part_spans
from bot.providers.kit.transfer_encoding import decode_transfer, has_strays

MAX_PARTS = 5_000
_MAX_MAIL_PARTS = 200
_MAX_DEPTH = 10
_MAX_HEAD = 128 * 1024
_MAX_PART_HEAD = 16 * 1024
_MAX_BOUNDARY = 200
_MAX_TEXT_BYTES = 1024 * 1024
_MAX_VALUE = 2_000
_MAX_PARAMETERS = 50
_MAX_FILE_NAME = 255
_MAX_NAME = 1_000
_MAX_CHARSET = 100

_BLANK_LINE = re.compile(rb"\r?\n\r?\n")
_BOUNDARY_LINE = re.compile(rb"^--([^\s-][^\r\n]{0,198})\r?$", re.MULTILINE)
_MAX_PREAMBLE = 4_000
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
        plain: its words, in order: of alternatives the plain one, and what HTML says that has none beside it; empty
            where all of it is HTML.
        html: the source of its HTML, in order, or empty.
        attachments: everything else, in order.
        whole: whether that is all; what is damaged, or exceeds a bound, is left out.
    """

    headers: Headers
    plain: str
    html: str
    attachments: tuple[Attachment, ...]
    whole: bool = True


def read_mail(raw: bytes) -> Mail:
    """The mail in `raw`; what is nested deeper than 10 levels, or beyond 200 parts, is left out."""
    body = body_start(raw, 0, len(raw))
    reader = _Reader(raw)
    top = reader.head(0, body, _MAX_HEAD)
    words = reader.words(top, body, len(raw))
    if not any(text.strip() for _, text in words):
        words = reader.named_words()
    whole = reader.whole and sum(len(text) for kind, text in words if kind == _HTML) <= MAX_SOURCE
    return Mail(_listed(top), _plain(words), "\n".join(reader.html), reader.files(), whole)


def read_headers(raw: bytes) -> Headers:
    """The headers that `raw` begins with, at most 128 KiB of them."""
    return _listed(_headers(split_head(raw, _MAX_HEAD)[0]))


def readable(text: str, content_type: str) -> str:
    """A plain text whose lines are joined again where `content_type`, its header, says that they may be."""
    text = text.replace("\r\n", "\n")
    if parameter(content_type, "format").lower() != "flowed":
        return text
    return unflowed(text, delsp=parameter(content_type, "delsp").lower() == "yes")


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


def file_name(name: str) -> str:
    r"""A file's base name, of visible characters, at most 255; empty when nothing is left.

    >>> file_name("a\x00/..\\pedido.pdf")
    'pedido.pdf'
    """
    base = re.split(r"[/\\]", decode_words(name[:_MAX_NAME]))[-1]
    visible = "".join(character for character in base if character.isprintable()).strip(" .")
    return visible[:_MAX_FILE_NAME]


_Words = list[tuple[str, str]]
"""Texts with their media type, in the order of the mail."""
_PLAIN, _HTML = "text/plain", "text/html"
_WORDS = frozenset({_PLAIN, _HTML})
_NO_HEADERS = Message()
_SHOWN_ELSEWHERE = frozenset({"text/x-amp-html", "text/watch-html"})
"""Further alternatives of a mail's words."""


def _plain(words: _Words) -> str:
    """The words of plain parts, and between them what the HTML of others says; empty where all are HTML."""
    if not any(kind == _PLAIN and text.strip() for kind, text in words):
        return ""
    if len(words) == 1:
        return words[0][1]
    read, left = [], MAX_SOURCE
    for kind, text in words:
        read.append(text if kind == _PLAIN else html_to_text(text, max(left, 0)))
        left -= len(text) if kind == _HTML else 0
    return "\n".join(each.strip("\n") for each in read if each.strip())


class _Reader:
    """Goes through the parts of a mail once: what is words and what is files."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self.html: list[str] = []
        self.whole = True
        self._parts = 1
        self._files: list[tuple[Message, str, bytes]] = []

    def words(self, part: Message, start: int, end: int, depth: int = 0) -> _Words:
        """The words in the part from `start` to `end`, whose headers are `part`; its files are remembered."""
        if part.get_content_maintype() != "multipart":
            return self._leaf(part, self._raw[start:end])
        if depth >= _MAX_DEPTH:
            self.whole = False
            return []
        children = self._children(start, end, _parameter(part, "boundary", "content-type"), depth + 1)
        if not children:
            line = _BOUNDARY_LINE.search(self._raw, start, min(end, start + _MAX_PREAMBLE))
            if line is None:
                # Nothing parts it, whatever it says.
                words = self._raw[start:end]
                return self._leaf(_NO_HEADERS, words) if words.strip(b"-\r\n ") else []
            self._miss(self._raw[start : line.start()].strip())
            children = self._children(start, end, line[1].decode("utf-8", "replace"), depth + 1)
        if part.get_content_subtype() == "alternative":
            said = [each for each in children if any(text.strip() for _, text in each)]
            return next((each for each in said if any(kind == _PLAIN for kind, _ in each)), next(iter(said), []))
        return [words for each in children for words in each]

    def _children(self, start: int, end: int, boundary: str, depth: int) -> list[_Words]:
        children = []
        spans = part_spans(self._raw, start, end, boundary)
        for inner, inner_end in islice(spans, _MAX_MAIL_PARTS - self._parts):
            self._parts += 1
            body = min(body_start(self._raw, inner, inner_end), inner_end)
            children.append(self.words(self.head(inner, body, _MAX_PART_HEAD), body, inner_end, depth))
        self._miss(next(spans, ()))
        return children

    def head(self, start: int, end: int, most: int) -> Message:
        """The headers from `start` to `end`, at most so many bytes of them."""
        head = _headers(self._raw[start : min(end, start + most)])
        self._miss(end > start + most or str(head.get_payload()).strip())
        return head

    def _miss(self, what: object) -> None:
        """Tell that a part of the mail is left out, if there is one."""
        self.whole = self.whole and not what

    def named_words(self) -> _Words:
        """The words of the first text that has a file's name and was not attached; it is a file no more."""
        for position, (part, kind, content) in enumerate(self._files):
            if kind in _WORDS and part.get_content_disposition() != "attachment":
                del self._files[position]
                return self._said(kind, part, content)
        return []

    def files(self) -> tuple[Attachment, ...]:
        """The files of the parts that were read, in order."""
        return tuple(_attachment(*each) for each in self._files)

    def _leaf(self, part: Message, content: bytes) -> _Words:
        kind = part.get_content_type()
        if kind in _WORDS and not _file_name(part) and part.get_content_disposition() != "attachment":
            return self._said(kind, part, content)
        if kind not in _SHOWN_ELSEWHERE:
            self._files.append((part, kind, content))
        return []

    def _said(self, kind: str, part: Message, content: bytes) -> _Words:
        encoding = str(part.get("content-transfer-encoding", ""))
        self._miss(len(content) > _MAX_TEXT_BYTES or has_strays(content, encoding))
        text = _text(part, content)
        if kind == _HTML:
            self.html.append(text)
        return [(kind, text)]


def _text(part: Message, content: bytes) -> str:
    decoded = decode_transfer(content[:_MAX_TEXT_BYTES], str(part.get("content-transfer-encoding", "")))
    kind = str(part.get("content-type", ""))
    text = decode_text(decoded, parameter(kind, "charset"))
    return readable(text, kind)


def _end(body: bytes, delimiter: bytes, start: int) -> int:
    """Where the next delimiter ends; -1 when there is none."""
    found = body.find(delimiter, start)
    return found + len(delimiter) if found >= 0 else -1


def _headers(head: bytes) -> Message:
    # Headers are ASCII; what is not was written by programs that asked nobody.
    return _HEADERS.parsestr(decode_text(head.lstrip(b"\r\n"), ""))


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
    return decode_text(text.encode("raw-unicode-escape"), charset or "")


def _attachment(part: Message, kind: str, content: bytes) -> Attachment:
    inline = "content-id" in part and part.get_content_disposition() != "attachment"
    decoded = decode_transfer(content, str(part.get("content-transfer-encoding", "")))
    return Attachment(file_name(_file_name(part)), kind[:_MAX_FILE_NAME], decoded, inline)
