"""What is kept raw of a post: its words and structure, without the files that it carries, and within a bound.

A file within a multipart post, a mail or a JSON document is replaced by a note with its size; its name and type stand
beside it and stay. Everything here takes linear time: the post may have 40 MiB.
"""

import base64
import binascii
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

import orjson

MOST_BYTES = 256 * 1024
"""Of one post."""
_MOST_BOUNDARIES = 20
_MOST_PARTS = 1000
_MOST_HEADER = 16 * 1024
_MOST_DEPTH = 40
_LEAST_FILE = 512
"""Characters of base64 from which on a value beside a name or a type is a file; keys and signatures are shorter."""
_BOUNDARY = re.compile(rb'boundary\s*=\s*"?([^"\r\n;]{1,200})', re.IGNORECASE)
_UNNAMED = re.compile(rb"^--([^\s-][^\r\n]{0,198})\r?\ncontent-", re.IGNORECASE | re.MULTILINE)
"""Of a mail that names another one than it has."""
_REST = rb"([^\r\n]*(?:\r?\n[ \t][^\r\n]*)*)"
_DISPOSITION = re.compile(rb"^content-disposition\s*:\s*([a-z-]+)" + _REST, re.IGNORECASE | re.MULTILINE)
_TYPE = re.compile(rb"^content-type\s*:\s*([a-z]+)", re.IGNORECASE | re.MULTILINE)
_HEADER_END = re.compile(rb"\r?\n\r?\n")
_WORDS = frozenset({b"text", b"multipart", b"message"})
_BASE64 = re.compile(r"[A-Za-z0-9+/_=\r\n-]+")
_NAMES = frozenset({"name", "filename", "file_name", "contenttype", "content_type", "type", "mime_type", "mimetype"})


class KeptBody(NamedTuple):
    """What is kept of a body.

    Attributes:
        body: the bytes.
        cut: what is missing: `files`, `length`, `files, length`, or nothing.
    """

    body: bytes
    cut: str = ""


def reduced(content_type: str, body: bytes, most: int = MOST_BYTES) -> KeptBody:
    """The body without files, and with no more than `most` bytes.

    Args:
        content_type: the post's header of that name, or empty.
        body: as received.
        most: bytes that are kept.
    """
    without = _json(body) if body.lstrip()[:1] in {b"{", b"["} else _parts(content_type, body)
    cut = ["files"] if without is not body else []
    if len(without) > most:
        cut.append("length")
    return KeptBody(without[:most], ", ".join(cut))


def _parts(content_type: str, body: bytes) -> bytes:
    """A multipart form, a mail, or a form with a mail in one of its fields; any other body is given back itself."""
    named = _BOUNDARY.findall(content_type.encode(errors="replace"))
    matches = (*islice(_BOUNDARY.finditer(body), _MOST_BOUNDARIES), *islice(_UNNAMED.finditer(body), _MOST_BOUNDARIES))
    found = dict.fromkeys([*named, *(match[1] for match in matches)])
    boundaries = [b"--" + each.strip() for each in list(found)[:_MOST_BOUNDARIES] if each.strip()]
    starts = sorted({0, *(place for each in boundaries for place in islice(_lines_with(each, body), _MOST_PARTS))})
    pieces: list[bytes] = []
    changed = False
    for start, end in zip(starts, [*starts[1:], len(body)], strict=True):
        # A part's own lines begin below its boundary.
        below = body.find(b"\n", start, end) + 1 if start else 0
        inner = _content_of_file(body, below, end)
        if inner is None:
            pieces.append(body[start:end])
        else:
            changed = True
            pieces += [body[start:inner], _note(end - inner), b"\r\n"]
    return b"".join(pieces) if changed else body


def _lines_with(boundary: bytes, body: bytes) -> Iterator[int]:
    """Where lines begin with the boundary."""
    if body.startswith(boundary):
        yield 0
    place = body.find(b"\n" + boundary)
    while place >= 0:
        yield place + 1
        place = body.find(b"\n" + boundary, place + 1)


def _content_of_file(body: bytes, start: int, end: int) -> int | None:
    """Where the content begins of a part that is a file; None for words, and for what has no headers."""
    head_end = _HEADER_END.search(body, start, min(end, start + _MOST_HEADER))
    if head_end is None:
        return None
    head = body[start : head_end.start()]
    disposition, type_ = _DISPOSITION.search(head), _TYPE.search(head)
    attached = disposition is not None and (
        disposition[1].lower() == b"attachment" or b"filename" in disposition[2].lower()
    )
    is_words = type_ is None or type_[1].lower() in _WORDS
    return head_end.end() if attached or not is_words else None


def _json(body: bytes) -> bytes:
    """A JSON document; one that cannot be read, or that has no file, is given back itself."""
    try:
        document = orjson.loads(body)
    except orjson.JSONDecodeError:
        return body
    without = _without_files(document, 0)
    return body if without is document else orjson.dumps(without)


def _without_files(value: Any, depth: int) -> Any:
    """The value with notes in place of files; itself where there is none."""
    if depth > _MOST_DEPTH:
        return value
    if isinstance(value, dict):
        named = any(key.lower() in _NAMES for key in value)
        changed = {key: _member(each, named, depth) for key, each in value.items()}
        return changed if any(changed[key] is not each for key, each in value.items()) else value
    if isinstance(value, list):
        items = [_without_files(each, depth + 1) for each in value]
        return items if any(new is not old for new, old in zip(items, value, strict=True)) else value
    return value


def _member(value: Any, named: bool, depth: int) -> Any:
    if not isinstance(value, str):
        return _without_files(value, depth + 1)
    if len(value) < _LEAST_FILE:
        return value
    if value.startswith("data:") and ";base64," in value[:200]:
        return f"{value.partition(',')[0]},{_note(len(value)).decode()}"
    if _BASE64.fullmatch(value):
        return _note(len(value)).decode() if named else _mail(value)
    if value.lstrip()[:1] == "{":
        # A notification of Amazon SNS has its message as JSON within a string.
        inner = value.encode(errors="replace")
        shorter = _json(inner)
        return value if shorter is inner else shorter.decode()
    inner = value.encode(errors="replace")
    shorter = _parts("", inner)
    return value if shorter is inner else shorter.decode(errors="replace")


def _mail(value: str) -> str:
    """A whole mail in base64, which Amazon SES gives, as it reads without its files; anything else as it is."""
    try:
        mail = base64.b64decode(value)
    except (binascii.Error, ValueError):
        return value
    if not _HEADER_END.search(mail, 0, _MOST_HEADER):
        return value
    without = _parts("", mail)
    return value if without is mail else without.decode(errors="replace")


def _note(size: int) -> bytes:
    return b"[a file, %d bytes as sent: not kept]" % size
