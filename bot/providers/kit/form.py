"""A webhook's form, urlencoded or multipart: its fields in order, each decoded only when it is asked for.

The signature of some providers is a field of the form itself, so a form is read before anyone is known to be who
they say: nothing here takes longer than one pass over the bytes.
"""

import hashlib
import re
from collections.abc import Collection, Iterator, Mapping
from typing import NamedTuple
from urllib.parse import unquote_to_bytes

from bot.core.errors import SignatureError, UnparsableError
from bot.providers.base import WebhookRequest
from bot.providers.kit.mime import MAX_PARTS, Attachment, file_name, parameter, split_head, split_parts

_MAX_NAME = 300
_MAX_SHORT = 1_000
_NAME = re.compile(rb'[;\s]name="([^"\r\n]{0,300})"', re.IGNORECASE)
_FILE = re.compile(rb"[;\s]filename\*?=", re.IGNORECASE)
_ESCAPES = re.compile(rb"(?:%[0-9A-Fa-f]{2})+")
_FEW_ESCAPES = 20
MULTIPART = "multipart/form-data"
URLENCODED = "application/x-www-form-urlencoded"


class Field(NamedTuple):
    """One field of a form.

    Attributes:
        name: its name.
        raw: its value as sent.
        head: the headers of its part; None when the form is urlencoded.
    """

    name: str
    raw: bytes
    head: bytes | None = None

    @property
    def is_file(self) -> bool:
        """Whether it is a file."""
        return self.head is not None and _FILE.search(self.head) is not None

    def content(self, limit: int) -> bytes:
        """The value's bytes, made of at most `limit` bytes as sent."""
        cut = self.raw[:limit]
        return _unquoted(cut) if self.head is None else cut

    def text(self, limit: int) -> str:
        """The value as text, made of at most `limit` bytes as sent; bytes that are no UTF-8 are U+FFFD."""
        return self.content(limit).decode("utf-8", "replace")


class Form:
    """The fields of a form."""

    __slots__ = ("_fields",)

    def __init__(self, fields: list[Field]) -> None:
        self._fields = fields

    def __iter__(self) -> Iterator[Field]:
        """The fields and files, in order."""
        return iter(self._fields)

    def all(self, name: str) -> list[Field]:
        """Every field called `name` that is no file, in order."""
        return [field for field in self._fields if field.name == name and not field.is_file]

    def has_files(self) -> bool:
        """Whether one of the fields is a file."""
        return any(field.is_file for field in self._fields)

    def last(self, name: str) -> str:
        """The last value of `name`, made of at most 1 000 bytes as sent; empty when there is none."""
        return next((field.text(_MAX_SHORT) for field in reversed(self.all(name))), "")

    def fingerprint(self, leaving_out: Collection[str] = ()) -> str:
        """A digest of names and values, but of the fields in `leaving_out`."""
        digest = hashlib.sha256()
        for field in self._fields:
            if field.name not in leaving_out:
                digest.update(b"%d %d " % (len(field.name), len(field.raw)))
                digest.update(field.name.encode(errors="replace"))
                digest.update(field.raw)
        return digest.hexdigest()

    def attachments(self, inline: Collection[str] = ()) -> tuple[Attachment, ...]:
        """What the form's files are; those of the names in `inline` stand within the text."""
        return tuple(_attachment(field, field.name in inline) for field in self._fields if field.is_file)


def read_form(request: WebhookRequest) -> Form:
    """The form in the request's body, read once; raises UnparsableError when it is none, or has over 5 000 fields."""
    return request.once(_read)


def media_type(headers: Mapping[str, str]) -> str:
    """The body's media type, in lower case and without parameters; empty where the headers name none."""
    return headers.get("content-type", "").partition(";")[0].strip().lower()


def is_form(headers: Mapping[str, str]) -> bool:
    """Whether the headers say that the body is a form."""
    return media_type(headers) in {MULTIPART, URLENCODED}


def require_form(headers: Mapping[str, str]) -> None:
    """Raise SignatureError unless the headers say that the body is a form: the signature would be a field of it."""
    if not is_form(headers):
        raise SignatureError("there is no signature: the body is not a form")


def _read(request: WebhookRequest) -> Form:
    content_type = request.headers.get("content-type", "")
    kind = media_type(request.headers)
    if kind == MULTIPART:
        fields = _multipart(_bounded(split_parts(request.body, parameter(content_type, "boundary"))))
    elif kind == URLENCODED:
        fields = _urlencoded(_bounded(request.body.split(b"&", MAX_PARTS)))
    else:
        raise UnparsableError("the body is not a form")
    if not fields:
        raise UnparsableError("the form is empty")
    return Form(fields)


def _bounded(parts: list[bytes]) -> list[bytes]:
    if len(parts) > MAX_PARTS:
        raise UnparsableError(f"the form has more than {MAX_PARTS} fields")
    return parts


def _urlencoded(parts: list[bytes]) -> list[Field]:
    pairs = (part.partition(b"=") for part in parts if part)
    return [Field(_unquoted(name[:_MAX_NAME]).decode("utf-8", "replace"), value) for name, _, value in pairs]


def _unquoted(raw: bytes) -> bytes:
    # Most names and many values need nothing.
    if raw.isalnum():
        return raw
    spaced = raw.replace(b"+", b" ")
    # The library is faster with a few, but handles an exception for each percent sign that no digits follow.
    return unquote_to_bytes(spaced) if spaced.count(b"%") < _FEW_ESCAPES else _ESCAPES.sub(_unescaped, spaced)


def _unescaped(escapes: re.Match[bytes]) -> bytes:
    return bytes.fromhex(escapes[0].replace(b"%", b"").decode())


def _multipart(parts: list[bytes]) -> list[Field]:
    fields = []
    for part in parts:
        head, content = split_head(part)
        name = _NAME.search(head)
        if name is not None:
            fields.append(Field(name[1].decode("utf-8", "replace"), content, head))
    return fields


def _attachment(field: Field, inline: bool) -> Attachment:
    lines = (field.head or b"").decode("utf-8", "replace").splitlines()
    headers = {name.strip().lower(): value for name, _, value in (line.partition(":") for line in lines)}
    name = parameter(headers.get("content-disposition", ""), "filename")
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    return Attachment(file_name(name), kind[:_MAX_NAME] or "application/octet-stream", field.raw, inline)
