"""What a trigger looks for, compiled once, and a message prepared once to be looked at by many of them."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cached_property
from typing import Protocol

import re2

from bot.engine.numbers import NumberRange, read_number
from bot.engine.text import compare, compare_equal, without_accents

MAX_PATTERN = 1000
"""Characters a pattern may have."""

_MAX_MEMORY = 1 << 20
_OPERATORS = frozenset(r"\.+*?()|[]{}^$-&~#")


class PatternType(StrEnum):
    """How a trigger's pattern is meant."""

    EQUALS = "equals"
    CONTAINS = "contains"
    REGEX = "regex"
    NUMBER = "number"


class PatternFault(Exception):  # noqa: N818 - a fault of an author, told to them; not an error of ours
    """A pattern that cannot be used.

    Attributes:
        message: what is wrong, one sentence without a full stop.
        mend: what to do about it.
    """

    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.message = message
        self.mend = mend


class Candidate:
    """What a person answered, in each form a pattern looks at; a form is made when it is first asked for.

    Attributes:
        text: as written.
        locale: decides what an ambiguous number means.
    """

    def __init__(self, text: str, locale: str) -> None:
        self.text = text
        self.locale = locale

    @cached_property
    def compared(self) -> str:
        """For `contains`."""
        return compare(self.text)

    @cached_property
    def equal(self) -> str:
        """For `equals`, options, transitions and key words."""
        return compare_equal(self.text)

    @cached_property
    def searchable(self) -> bytes:
        """For `regex`, in UTF-8 as RE2 wants it."""
        return without_accents(self.text).encode()

    @cached_property
    def number(self) -> Decimal | None:
        """For `number`: the number that the whole text is, or None."""
        return read_number(self.text, self.locale)


class Matcher(Protocol):
    """Tells whether a prepared message is what a pattern looks for."""

    def __call__(self, candidate: Candidate, /) -> bool:
        """Whether it is; never raises."""
        ...


@dataclass(frozen=True, slots=True)
class Pattern:
    """A compiled pattern.

    Attributes:
        type: how it is meant.
        source: as the author wrote it; several texts for any of them.
        matches: tells whether a message is what it looks for.
    """

    type: PatternType
    source: tuple[str, ...]
    matches: Matcher


def compile_pattern(type: str, pattern: str | Sequence[str]) -> Pattern:  # noqa: A002 - the YAML key's own name
    """Compile a trigger's pattern; `equals` and `contains` take several texts, any of which will do.

    Raises:
        PatternFault: with what is wrong and how to mend it.
        ValueError: when `type` is none of PatternType.
    """
    kind = PatternType(type)
    source = (pattern,) if isinstance(pattern, str) else tuple(pattern)
    if not source or max(map(len, source)) > MAX_PATTERN:
        raise PatternFault(f"a pattern has 1 to {MAX_PATTERN} characters", "Write at least one text, or a shorter one.")
    if kind is PatternType.EQUALS:
        return Pattern(kind, source, _equals(source))
    if kind is PatternType.CONTAINS:
        return Pattern(kind, source, _contains(source))
    if len(source) > 1:
        raise PatternFault(f"a {kind} pattern is one text", "Make a trigger of its own for each.")
    return Pattern(kind, source, _regex(source[0]) if kind is PatternType.REGEX else _number(source[0]))


def _equals(texts: Sequence[str]) -> Matcher:
    wanted = frozenset(map(compare_equal, texts))
    _refuse_empty(wanted)
    return lambda candidate: candidate.equal in wanted


def _contains(texts: Sequence[str]) -> Matcher:
    wanted = tuple(dict.fromkeys(map(compare, texts)))
    _refuse_empty(wanted)
    return lambda candidate: any(each in candidate.compared for each in wanted)


def _regex(source: str) -> Matcher:
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.never_capture = True
    try:
        # Bytes in, bytes searched: the wrapper then does not count characters to place a match nobody asks for.
        compiled = re2.compile(_plain_regex(source).encode(), options)
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise PatternFault(
            reason,
            "Use RE2 syntax: no look-around, no back references; a backslash before . * + ? ( ) [ ] { } | ^ $ as text.",
        ) from None
    return lambda candidate: compiled.search(candidate.searchable) is not None


def _number(source: str) -> Matcher:
    try:
        wanted = NumberRange.parse(source)
    except ValueError as error:
        raise PatternFault(str(error), "Write 5, 1..10, >=18, <=9.5, >0, <100, or nothing for any number.") from None
    return lambda candidate: candidate.number is not None and wanted.contains(candidate.number)


def _refuse_empty(texts: Sequence[str] | frozenset[str]) -> None:
    if "" in texts:
        raise PatternFault("an empty text matches nothing a person writes", "Write at least one letter or sign.")


def _plain_regex(source: str) -> str:
    r"""The expression without accents, each letter in the form the searched text has it in.

    What normalises to an operator is escaped, so that a full-width bracket stays one to look for. After a backslash
    nothing is changed, since `\ã` is a mistake and `\a` a bell.
    """
    pieces: list[str] = []
    escaped = False
    for each in unicodedata.normalize("NFC", source):
        if each.isascii() or escaped:
            pieces.append(each)
        else:
            plain = without_accents(each) or (" " if each.isspace() else "")
            pieces.extend(f"\\{letter}" if letter in _OPERATORS else letter for letter in plain)
        escaped = each == "\\" and not escaped
    return "".join(pieces)
