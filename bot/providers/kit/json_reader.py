"""Untrusted JSON, narrowed at the door: every fault names the path that is wrong, never a KeyError.

part = read_object(body)
for entry in part.parts("entry"):
    entry.text("id")          # UnparsableError: "entry[0].id is not there"
"""

import json
import math
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any, NoReturn

import orjson

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject
from bot.core.text import MAX_ID, MAX_TEXT, clean
from bot.providers.base import WebhookRequest

_MAX_DEPTH = 20
_MAX_INTEGER = 2**53
_MARKS = bytes.maketrans(b"123456789{", b"000000000[")
_LONG_NUMBER = b"0" * 19
_FEW_BRACKETS = 500


def read_object(body: bytes | str) -> "Part":
    """The JSON object in `body`; raises UnparsableError."""
    try:
        value = _loads(body)
    except (ValueError, RecursionError):
        raise UnparsableError("the body is not JSON") from None
    if not isinstance(value, dict):
        raise _no_object(value, "the body")
    return Part(value)


def read_json(request: WebhookRequest) -> "Part":
    """The JSON object in a post, read once; raises UnparsableError."""
    return request.once(_read_body)


def _read_body(request: WebhookRequest) -> "Part":
    return read_object(request.body)


class Part:
    """A JSON object and where it stands.

    Attributes:
        value: the object.
    """

    __slots__ = ("_above", "_index", "_key", "value")

    def __init__(self, value: JsonObject, above: "Part | None" = None, key: str = "", index: int | None = None) -> None:
        """An object at `key` of the one above, at `index` of the list that is there; nothing is above the top."""
        self.value = value
        self._above = above
        self._key = key
        self._index = index

    @property
    def path(self) -> str:
        """From the top, e.g. `entry[0].changes[1].value`; empty for the top.

        Only faults ask for it: with a path made for each part, parsing takes a tenth longer.
        """
        above = self._above.path if self._above else ""
        path = f"{above}.{self._key}" if above else self._key
        return path if self._index is None else f"{path}[{self._index}]"

    def part(self, key: str) -> "Part":
        """The object at `key`; raises UnparsableError when there is none."""
        value = self.value.get(key)
        if not isinstance(value, dict):
            raise _no_object(value, self._path(key))
        return Part(value, self, key)

    def maybe(self, key: str) -> "Part":
        """The object at `key`, an empty one when there is nothing; raises UnparsableError when it is not an object."""
        return Part({}, self, key) if self.value.get(key) is None else self.part(key)

    def parts(self, key: str) -> Iterator["Part"]:
        """The objects of the list at `key`, none when it is not there; raises UnparsableError on the way."""
        items = self.value.get(key)
        if items is None:
            return
        if not isinstance(items, list):
            raise UnparsableError(f"{self._path(key)} is not a list")
        for index, item in enumerate(items):
            if not isinstance(item, dict):
                raise _no_object(item, f"{self._path(key)}[{index}]")
            yield Part(item, self, key, index)

    def text(self, key: str, default: str | None = None) -> str:
        """The string at `key`, or a number's digits; `default` when it is not there.

        Raises UnparsableError when it is something else, or not there and without a default.
        """
        value = self.value.get(key)
        if isinstance(value, str):
            return value
        if value is None and default is not None:
            return default
        if isinstance(value, int | float) and not isinstance(value, bool):
            return str(value)
        raise UnparsableError(f"{self._path(key)} is {'not there' if value is None else 'not text'}")

    def identifier(self, key: str) -> str:
        """The provider's id at `key`: text of 1 to 512 keepable characters; raises UnparsableError.

        An id is never mended: two cut ones could be equal, and the second message would be lost as a repeat.
        """
        value = self.text(key)
        if not value or clean(value, MAX_ID)[1]:
            raise UnparsableError(f"{self._path(key)} is not an id")
        return value

    def number(self, key: str) -> float:
        """The finite number at `key`; raises UnparsableError when there is none."""
        value = self.value.get(key)
        if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < math.inf:
            raise UnparsableError(f"{self._path(key)} is not a number")
        return float(value)

    def instant(self, key: str) -> datetime | None:
        """The moment at `key`, given in Unix seconds as a number or a string; None when it is not there or not one."""
        value = self.value.get(key)
        return instant(value) if isinstance(value, str | int | float) else None

    def _path(self, key: str) -> str:
        return Part({}, self, key).path


def instant(seconds: str | float) -> datetime | None:
    """Unix seconds as a moment in UTC; None when they are not a number or out of range."""
    try:
        return datetime.fromtimestamp(float(seconds), UTC)
    except (ValueError, OverflowError, OSError):
        return None


def keepable(value: Any, _depth: int = 0) -> Any:
    """A copy of a JSON value that every database keeps.

    Strings are cleaned and cut at 20 000 characters; numbers that JSON writers refuse become text; what is nested
    deeper than 20 levels is left out.
    """
    if isinstance(value, str):
        return clean(value, MAX_TEXT)[0]
    if isinstance(value, dict | list) and _depth == _MAX_DEPTH:
        return None
    if isinstance(value, dict):
        return {clean(key, MAX_TEXT)[0]: keepable(item, _depth + 1) for key, item in value.items()}
    if isinstance(value, list):
        return [keepable(item, _depth + 1) for item in value]
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)
    if isinstance(value, int) and abs(value) > _MAX_INTEGER:
        return str(value)
    return value


def _no_object(value: object, path: str) -> UnparsableError:
    return UnparsableError(f"{path} is {'not there' if value is None else 'not an object'}")


def _loads(body: bytes | str) -> Any:
    """The value in `body`, as the standard library reads it; raises ValueError or RecursionError.

    orjson takes a fifth of its time. What orjson refuses may still be good: it takes no lone surrogates, which a
    person can type, and no encoding but UTF-8.
    """
    if isinstance(body, bytes) and _is_ordinary(body):
        try:
            return orjson.loads(body)
        except orjson.JSONDecodeError:
            pass
    return json.loads(body, parse_constant=_no_constant)


def _is_ordinary(body: bytes) -> bool:
    """Whether orjson gives the same as the standard library where it gives anything.

    It makes floats of integers that exceed 64 bits, and goes deeper than other functions can follow.
    """
    marks = body.translate(_MARKS)
    return _LONG_NUMBER not in marks and marks.count(b"[") < _FEW_BRACKETS


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
