"""What a file is, by its own bytes: the few types that are kept, each with the marks by which it is known.

What a provider or a file's name says of it is hostile: it only chooses between types that share their marks. All that
a browser or a computer would run (programs, scripts, HTML, SVG, archives) is in no line of the tables: it is refused.
"""

import re
from collections.abc import Mapping
from typing import NamedTuple

from bot.core.expressions import compiled_later

_OOXML = "application/vnd.openxmlformats-officedocument"
_ODF = "application/vnd.oasis.opendocument"


class _Mark(NamedTuple):
    """How a type's files begin; where several types begin alike, the one that was told, else the first, is meant."""

    start: bytes
    types: tuple[str, ...]
    offset: int = 0
    then: bytes = b""
    then_at: int = 0


_MARKS = (
    _Mark(b"\xff\xd8\xff", ("image/jpeg",)),
    _Mark(b"\x89PNG\r\n\x1a\n", ("image/png",)),
    _Mark(b"GIF87a", ("image/gif",)),
    _Mark(b"GIF89a", ("image/gif",)),
    _Mark(b"RIFF", ("image/webp",), then=b"WEBP", then_at=8),
    _Mark(b"RIFF", ("audio/wav",), then=b"WAVE", then_at=8),
    _Mark(b"OggS", ("audio/ogg", "video/ogg")),
    _Mark(b"ID3", ("audio/mpeg",)),
    _Mark(b"\xff\xfb", ("audio/mpeg",)),
    _Mark(b"\xff\xf3", ("audio/mpeg",)),
    _Mark(b"\xff\xf2", ("audio/mpeg",)),
    _Mark(b"\xff\xf1", ("audio/aac",)),
    _Mark(b"\xff\xf9", ("audio/aac",)),
    _Mark(b"#!AMR", ("audio/amr",)),
    _Mark(b"fLaC", ("audio/flac",)),
    _Mark(b"ftypheic", ("image/heic",), offset=4),
    _Mark(b"ftypavif", ("image/avif",), offset=4),
    _Mark(b"ftypM4A", ("audio/mp4",), offset=4),
    _Mark(b"ftypqt", ("video/quicktime",), offset=4),
    _Mark(b"ftyp3gp", ("video/3gpp", "audio/3gpp"), offset=4),
    _Mark(b"ftyp", ("video/mp4", "audio/mp4"), offset=4),
    _Mark(b"\x1a\x45\xdf\xa3", ("video/webm", "audio/webm")),
    _Mark(b"%PDF-", ("application/pdf",)),
)
_ZIP = b"PK\x03\x04"
_PACKED: Mapping[bytes, str] = {
    b"word/document.xml": f"{_OOXML}.wordprocessingml.document",
    b"xl/workbook.xml": f"{_OOXML}.spreadsheetml.sheet",
    b"ppt/presentation.xml": f"{_OOXML}.presentationml.presentation",
}
"""The part that makes an archive an office document; names of parts stand in an archive in the clear."""
_MACROS = b"vbaProject.bin"
_OPEN_DOCUMENTS = tuple(f"{_ODF}.{kind}" for kind in ("text", "spreadsheet", "presentation"))
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_STREAMS: Mapping[bytes, str] = {
    "WordDocument".encode("utf-16-le"): "application/msword",
    "Workbook".encode("utf-16-le"): "application/vnd.ms-excel",
    "PowerPoint Document".encode("utf-16-le"): "application/vnd.ms-powerpoint",
}
"""The stream that makes a compound file an office document: installers are compound files, too."""
_TEXTS: Mapping[bytes, str] = {b"BEGIN:VCARD": "text/vcard", b"BEGIN:VCALENDAR": "text/calendar"}
_TOLD_TEXTS = frozenset({"", "text/plain", "text/csv", "text/vcard", "text/x-vcard", "text/calendar"})
_UNTOLD = frozenset({"application/octet-stream", "binary/octet-stream"})
_MARKUP = compiled_later(rb"\s*(?:<|#!|\{\\rtf|@echo)", re.IGNORECASE)
_CONTROLS = compiled_later(rb"[\x00-\x08\x0e-\x1f]")
_BOM = b"\xef\xbb\xbf"
_LOOKED_AT = 4096
"""Bytes of a text that are looked at."""

_ENDINGS: Mapping[str, tuple[str, ...]] = {
    "image/jpeg": ("jpg", "jpeg", "jfif"),
    "image/png": ("png",),
    "image/gif": ("gif",),
    "image/webp": ("webp",),
    "image/heic": ("heic", "heif"),
    "image/avif": ("avif",),
    "audio/wav": ("wav",),
    "audio/ogg": ("ogg", "oga", "opus"),
    "audio/mpeg": ("mp3",),
    "audio/aac": ("aac",),
    "audio/amr": ("amr",),
    "audio/flac": ("flac",),
    "audio/mp4": ("m4a", "mp4"),
    "audio/3gpp": ("3gp",),
    "audio/webm": ("webm", "weba"),
    "video/ogg": ("ogv", "ogg"),
    "video/quicktime": ("mov", "qt"),
    "video/3gpp": ("3gp", "3gpp"),
    "video/mp4": ("mp4", "m4v"),
    "video/webm": ("webm",),
    "application/pdf": ("pdf",),
    f"{_OOXML}.wordprocessingml.document": ("docx",),
    f"{_OOXML}.spreadsheetml.sheet": ("xlsx",),
    f"{_OOXML}.presentationml.presentation": ("pptx",),
    f"{_ODF}.text": ("odt",),
    f"{_ODF}.spreadsheet": ("ods",),
    f"{_ODF}.presentation": ("odp",),
    "application/msword": ("doc", "dot"),
    "application/vnd.ms-excel": ("xls",),
    "application/vnd.ms-powerpoint": ("ppt", "pps"),
    "text/plain": ("txt", "text", "log", "md"),
    "text/csv": ("csv",),
    "text/vcard": ("vcf",),
    "text/calendar": ("ics",),
}
"""What the names of each type's files end in; the first is given to a file that has none of them."""

KINDS = frozenset(_ENDINGS)
"""The types that are kept."""

_MAX_NAME = 120
_UNFIT = compiled_later(
    r'[\x00-\x1f\x7f-\x9f<>:"/\\|?*\xad\u034f\u061c\u115f\u1160\u180b-\u180f\u200b-\u200f\u2028-\u202e\u2060-\u206f\u3164'
    r"\ud800-\uf8ff\ufeff\uffa0\ufff0-\uffff\U000e0000-\U0010ffff]"
)
"""What a file's name cannot have on one system or another, and marks that turn its letters round (`gpj.exe`)."""


def sniff(content: bytes | bytearray, told: str = "") -> str:
    """The type of `content`, or an empty text where it is none of those that are kept.

    Args:
        content: all of the file.
        told: the type that the provider gave, e.g. `audio/ogg; codecs=opus`; may be empty.
    """
    told = told.partition(";")[0].strip().lower()
    told = "" if told in _UNTOLD else told
    for mark in _MARKS:
        if content.startswith(mark.start, mark.offset) and content.startswith(mark.then, mark.then_at):
            return told if told in mark.types else mark.types[0]
    if content.startswith(_ZIP):
        return _packed(content)
    if content.startswith(_OLE):
        return next((name for stream, name in _STREAMS.items() if stream in content), "")
    return _text(content, told)


def bare_name(told: str, content_type: str) -> str:
    """A file's name as it may be offered for saving: no folders, nothing invisible, and the ending of its type.

    Empty where nothing is left of it.

    >>> bare_name("../../menu.exe", "application/pdf")
    'menu.exe.pdf'
    """
    name = _UNFIT.sub("", told.replace("\\", "/").rpartition("/")[2]).strip(". ")
    if not name:
        return ""
    endings = _ENDINGS.get(content_type, ())
    stem, dot, ending = name.rpartition(".")
    if not dot:
        stem, ending = name, ""
    if endings and ending.lower() not in endings:
        stem, ending = name, endings[0]
    stem = stem[:_MAX_NAME].rstrip(". ")
    return f"{stem}.{ending[:16]}" if ending else stem


def _packed(content: bytes | bytearray) -> str:
    """An office document, which is an archive; any other archive may hold anything."""
    if _MACROS in content:
        return ""
    for name in _OPEN_DOCUMENTS:
        # It begins with a part that holds nothing but its type, not compressed.
        if content.startswith(b"mimetype" + name.encode() + b"PK", 30):
            return name
    if b"[Content_Types].xml" not in content:
        return ""
    return next((name for part, name in _PACKED.items() if part in content), "")


def _text(content: bytes | bytearray, told: str) -> str:
    start = bytes(content[:_LOOKED_AT]).removeprefix(_BOM)
    if not start or told not in _TOLD_TEXTS or _MARKUP.match(start) or _CONTROLS.search(start) or b"\x00" in content:
        return ""
    if not told and not _is_utf8(content):
        # Old encodings say nothing by their bytes.
        return ""
    known = next((name for mark, name in _TEXTS.items() if start.upper().startswith(mark)), "")
    return known or ("text/csv" if told == "text/csv" else "text/plain")


def _is_utf8(content: bytes | bytearray) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True
