"""Untrusted JSON, narrowed at the door: every fault names the path that is wrong, never a KeyError.

part = read_object(body)
for entry in part.parts("entry"):
    entry.text("id")          # UnparsableError: "entry[0].id is not there"
"""

import json
import math
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any, NoReturn

from bot.core.errors import UnparsableError
from bot.core.messages import JsonObject
from bot.core.text import MAX_ID, MAX_TEXT, clean

_MAX_DEPTH = 20
_MAX_INTEGER = 2**53


def read_object(body: bytes | str) -> "Part":
    """The JSON object in `body`; raises UnparsableError.

    The standard library reads it because, unlike orjson, it takes the lone surrogates that a person can type into
    an otherwise good post.
    """
    try:
        value = json.loads(body, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        raise UnparsableError("the body is not JSON") from None
    return Part("", _as_object(value, "the body"))


@dataclass(frozen=True, slots=True)
class Part:
    """A JSON object and where it stands.

    Attributes:
        path: from the top, e.g. `entry[0].changes[1].value`; empty for the top.
        value: the object.
    """

    path: str
    value: JsonObject

    def part(self, key: str) -> "Part":
        """The object at `key`; raises UnparsableError when there is none."""
        path = self._path(key)
        return Part(path, _as_object(self.value.get(key), path))

    def maybe(self, key: str) -> "Part":
        """The object at `key`, an empty one when there is nothing; raises UnparsableError when it is not an object."""
        return Part(self._path(key), {}) if self.value.get(key) is None else self.part(key)

    def parts(self, key: str) -> Iterator["Part"]:
        """The objects of the list at `key`, none when it is not there; raises UnparsableError on the way."""
        path = self._path(key)
        items = self.value.get(key)
        if items is None:
            return
        if not isinstance(items, list):
            raise UnparsableError(f"{path} is not a list")
        for index, item in enumerate(items):
            yield Part(f"{path}[{index}]", _as_object(item, f"{path}[{index}]"))

    def text(self, key: str, default: str | None = None) -> str:
        """The string at `key`, or a number's digits; `default` when it is not there.

        Raises UnparsableError when it is something else, or not there and without a default.
        """
        value = self.value.get(key)
        if value is None and default is not None:
            return default
        if isinstance(value, str):
            return value
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

    def instant(self, key: str) -> datetime | None:
        """The moment at `key`, given in Unix seconds as a number or a string; None when it is not there or not one."""
        value = self.value.get(key)
        return instant(value) if isinstance(value, str | int | float) else None

    def _path(self, key: str) -> str:
        return f"{self.path}.{key}" if self.path else key


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


def _as_object(value: object, path: str) -> JsonObject:
    if value is None:
        raise UnparsableError(f"{path} is not there")
    if not isinstance(value, dict):
        raise UnparsableError(f"{path} is not an object")
    return value


def _no_constant(name: str) -> NoReturn:
    raise ValueError(name)
