"""What a trigger looks for, compiled once, and a message prepared once to be looked at by many of them."""

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise
from typing import Any, ClassVar

import re2

from bot.core.i18n import N_, Phrase
from bot.engine.author_faults import AuthorFault
from bot.engine.folding import fold
from bot.engine.numbers import NumberRange, RangeFault, read_number
from bot.engine.text import compare, compare_equal, forms

MAX_PATTERN = 1000
"""Characters a pattern may have."""

_MAX_MEMORY = 1 << 20
_REPEATERS = frozenset("*+?{")
_RE2_WORDS: Mapping[str, str] = {
    "missing ]": N_("a [ is never closed"),
    "missing )": N_("a ( is never closed"),
    "unexpected )": N_("a ) closes nothing"),
    "no argument for repetition operator": N_("nothing stands before the sign that repeats it"),
    "bad repetition operator": N_("two signs that repeat stand behind each other"),
    "invalid repetition size": N_("the numbers between braces are too large or upside down"),
    "invalid character class range": N_("a range between brackets is upside down"),
    "invalid character class": N_("what stands between brackets is not known"),
    "invalid escape sequence": N_("this backslash has no meaning"),
    "trailing \\": N_("a backslash stands at the end"),
    "trailing \\ at end of regexp": N_("a backslash stands at the end"),
    "invalid perl operator": N_("what begins with (? here is not known"),
    "invalid named capture group": N_("the name of a group is not known"),
    "pattern too large - compile failed": N_("it is too large"),
}
"""By RE2's own words, before what it quotes."""
_OPERATORS = frozenset(r"\.+*?()|[]{}^$-&~#")


class PatternType(StrEnum):
    """How a trigger's pattern is meant."""

    EQUALS = "equals"
    CONTAINS = "contains"
    REGEX = "regex"
    NUMBER = "number"


class PatternFault(AuthorFault):
    """A pattern that cannot be used."""


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
        reason = Phrase(N_("a pattern has 1 to {limit} characters"), {"limit": str(MAX_PATTERN)})
        raise PatternFault(reason, N_("Write at least one text, or a shorter one."))
    if kind is PatternType.EQUALS:
        return Equals(source, frozenset(_filled(compare_equal, source)))
    if kind is PatternType.CONTAINS:
        return Contains(source, tuple(dict.fromkeys(_filled(compare, source))))
    if len(source) > 1:
        reason = Phrase(N_("a {kind} pattern is one text"), {"kind": str(kind)})
        raise PatternFault(reason, N_("Make a trigger of its own for each."))
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
        raise PatternFault(
            N_("an empty text matches nothing a person writes"), N_("Write at least one letter or sign.")
        )
    return texts


def _regex(source: tuple[str, ...]) -> Regex:
    # Bytes in, bytes searched: the wrapper then does not count characters to place a match nobody asks for.
    expression = _plain_regex(source[0]).encode()
    try:
        return Regex(source, expression, re2.compile(expression, regex_options()))
    except re2.error as error:
        said = error.args[0].decode() if isinstance(error.args[0], bytes) else str(error)
        raise PatternFault(_reason(said), _advice(source[0])) from None


def _reason(said: str) -> Phrase:
    """What RE2 found, in words that can be translated."""
    known, _, where = said.partition(": ")
    words = _RE2_WORDS.get(known, N_("it cannot be read"))
    return Phrase(N_("{what} ({where})"), {"what": Phrase(words), "where": where}) if where else Phrase(words)


def _advice(source: str) -> Phrase:
    if re.match(r"[*+?]", source):
        return Phrase(N_("Write .{source}, or choose contains and write the word alone."), {"source": source})
    if re.search(r"\(\?(?:[=!]|<[=!])", source):
        return Phrase(N_("Look-around is not known here: write a trigger of its own for what is to be left out."))
    signs = ". * + ? ( ) [ ] { } | ^ $"
    return Phrase(N_("Put a backslash before each of {signs} that stands for itself."), {"signs": signs})


def _number(source: tuple[str, ...]) -> Number:
    try:
        return Number(source, NumberRange.parse(source[0]))
    except RangeFault as error:
        raise PatternFault(
            error.reason, N_("Write 5, 1..10, >=18, <=9.5, >0, <100, or nothing for any number.")
        ) from None


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
