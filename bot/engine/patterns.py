"""What a trigger looks for, compiled once, and a message prepared once to be looked at by many of them."""

import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar

import re2

from bot.engine.folding import fold
from bot.engine.numbers import NumberRange, read_number
from bot.engine.text import compare, compare_equal, forms

MAX_PATTERN = 1000
"""Characters a pattern may have."""

_MAX_MEMORY = 1 << 20
_REPEATERS = frozenset("*+?{")
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
    """What a person answered, in each form a pattern looks at.

    Attributes:
        text: as written.
        locale: decides what an ambiguous number means.
        compared: for `contains`.
        equal: for `equals`, options, transitions and key words.
        searchable: for `regex`, in UTF-8 as RE2 wants it; a lone surrogate is a question mark.
        number: for `number`: the number that the whole text is, or None.
    """

    __slots__ = ("compared", "equal", "locale", "number", "searchable", "text")

    def __init__(self, text: str, locale: str) -> None:
        self.text = text
        self.locale = locale
        bare, self.compared, self.equal = forms(text)
        self.searchable = bare.encode(errors="replace")
        self.number = read_number(text, locale)


@dataclass(frozen=True, slots=True)
class Equals:
    """Takes a message that as a whole is one of some texts.

    Attributes:
        source: the texts as the author wrote them.
        texts: in `compare_equal` form.
    """

    type: ClassVar = PatternType.EQUALS
    source: tuple[str, ...]
    texts: frozenset[str]

    def matches(self, candidate: Candidate) -> bool:
        """Whether a prepared message is what it looks for; never raises."""
        return candidate.equal in self.texts


@dataclass(frozen=True, slots=True)
class Contains:
    """Takes a message that has one of some texts in it.

    Attributes:
        source: the texts as the author wrote them.
        texts: in `compare` form, each once.
    """

    type: ClassVar = PatternType.CONTAINS
    source: tuple[str, ...]
    texts: tuple[str, ...]

    def matches(self, candidate: Candidate) -> bool:
        """Whether a prepared message is what it looks for; never raises."""
        return any(map(candidate.compared.__contains__, self.texts))


@dataclass(frozen=True, slots=True)
class Regex:
    """Takes a message in which a regular expression finds something.

    Attributes:
        source: the expression as the author wrote it.
        expression: what RE2 was given, with `regex_options`.
        compiled: of RE2's own type, which is not typed.
    """

    type: ClassVar = PatternType.REGEX
    source: tuple[str, ...]
    expression: bytes
    compiled: Any

    def matches(self, candidate: Candidate) -> bool:
        """Whether a prepared message is what it looks for; never raises."""
        return self.compiled.search(candidate.searchable) is not None


@dataclass(frozen=True, slots=True)
class Number:
    """Takes a message that is a number in a range.

    Attributes:
        source: the range as the author wrote it.
        wanted: the range.
    """

    type: ClassVar = PatternType.NUMBER
    source: tuple[str, ...]
    wanted: NumberRange

    def matches(self, candidate: Candidate) -> bool:
        """Whether a prepared message is what it looks for; never raises."""
        return candidate.number is not None and self.wanted.contains(candidate.number)


Pattern = Equals | Contains | Regex | Number
"""A compiled pattern."""


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
        return Equals(source, frozenset(_filled(compare_equal, source)))
    if kind is PatternType.CONTAINS:
        return Contains(source, tuple(dict.fromkeys(_filled(compare, source))))
    if len(source) > 1:
        raise PatternFault(f"a {kind} pattern is one text", "Make a trigger of its own for each.")
    return _regex(source) if kind is PatternType.REGEX else _number(source)


def regex_options() -> Any:
    """How RE2 reads and searches: without regard to case, within bounded memory."""
    options = re2.Options()
    options.case_sensitive = False
    options.log_errors = False
    options.max_mem = _MAX_MEMORY
    options.never_capture = True
    return options


def _filled(form: Callable[[str], str], source: Sequence[str]) -> list[str]:
    texts = list(map(form, source))
    if "" in texts:
        raise PatternFault("an empty text matches nothing a person writes", "Write at least one letter or sign.")
    return texts


def _regex(source: tuple[str, ...]) -> Regex:
    # Bytes in, bytes searched: the wrapper then does not count characters to place a match nobody asks for.
    expression = _plain_regex(source[0]).encode()
    try:
        return Regex(source, expression, re2.compile(expression, regex_options()))
    except re2.error as error:
        reason = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise PatternFault(
            reason,
            "Use RE2 syntax: no look-around, no back references; a backslash before . * + ? ( ) [ ] { } | ^ $ as text.",
        ) from None


def _number(source: tuple[str, ...]) -> Number:
    try:
        return Number(source, NumberRange.parse(source[0]))
    except ValueError as error:
        raise PatternFault(str(error), "Write 5, 1..10, >=18, <=9.5, >0, <100, or nothing for any number.") from None


def _plain_regex(source: str) -> str:
    r"""The expression folded, each letter in the form the searched text has it in.

    What folds to an operator is escaped, so that a full-width bracket stays one to look for. After a backslash
    nothing is changed, since `\ã` is a mistake and `\a` a bell.
    """
    pieces: list[str] = []
    escaped = within = False
    for each, following in pairwise([*unicodedata.normalize("NFC", source), ""]):
        if each.isascii() or escaped:
            pieces.append(" " if each.isspace() else "'" if each == "`" else each)
            within = (each == "[" or within) and (each != "]" or pieces[-2:-1] == ["["]) if not escaped else within
        else:
            plain = fold(each)
            letters = "".join(f"\\{letter}" if letter in _OPERATORS else letter for letter in plain)
            # What is repeated is all that one letter has become, or nothing.
            repeated = len(plain) != 1 and following in _REPEATERS and not within
            pieces.append(f"(?:{letters})" if repeated else letters)
        escaped = each == "\\" and not escaped
    return "".join(pieces)
