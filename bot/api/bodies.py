"""JSON as strictly as RFC 8259 and I-JSON have it: what two readers could take for two things is refused."""

import json
import math
from collections.abc import Iterator, Sequence
from typing import Any, NoReturn

from bot.api.problems import INVALID_JSON, ProblemError

_MOST_DIGITS = 20


def read_json(body: bytes) -> bytes:
    """The body, of which it is certain that everybody reads the same in it.

    Raises ProblemError for what is no JSON, for members given twice, for NaN and numbers beyond a float, for halves of
    surrogate pairs and U+0000, which no database keeps, and for what is nested too deeply.
    """
    if not body:
        raise ProblemError(INVALID_JSON, "There is no body. Send one JSON object.")
    try:
        value = json.loads(
            body.decode(), object_pairs_hook=_once, parse_constant=_no_constant, parse_float=_finite, parse_int=_short
        )
        if b"\\u" in body:
            for text in _texts(value):
                _require_keepable(text)
    except UnicodeDecodeError:
        raise ProblemError(INVALID_JSON, "The body is not UTF-8.") from None
    except RecursionError:
        raise ProblemError(INVALID_JSON, "The body is nested too deeply.") from None
    except json.JSONDecodeError as error:
        where = f"line {error.lineno}, column {error.colno}"
        raise ProblemError(INVALID_JSON, f"The body is not JSON at {where}: {error.msg}.") from None
    except ValueError as error:
        raise ProblemError(INVALID_JSON, f"{error}.") from None
    return body


def require_keepable(text: str) -> None:
    """Raise ValueError for a text that no database keeps: with U+0000, or with half of a surrogate pair."""
    _require_keepable(text)


def _require_keepable(text: str) -> None:
    if "\x00" in text:
        raise ValueError("A text holds U+0000")
    if not text.isascii() and any("\ud800" <= each <= "\udfff" for each in text):
        raise ValueError("A text holds half of a surrogate pair")


def _once(pairs: Sequence[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) < len(pairs):
        names = [name for name, _value in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"The member {json.dumps(twice[:100])} is there twice")
    return found


def _no_constant(name: str) -> NoReturn:
    raise ValueError(f"{name} is not JSON")


def _finite(text: str) -> float:
    number = float(text)
    if not math.isfinite(number):
        raise ValueError(f"The number {text[:50]} is too large")
    return number


def _short(text: str) -> int:
    if len(text) > _MOST_DIGITS:
        raise ValueError(f"The number {text[:20]}… is too large")
    return int(text)


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, list):
        for each in value:
            yield from _texts(each)
    elif isinstance(value, dict):
        yield from value
        for each in value.values():
            yield from _texts(each)
