"""Reading on after a fault of the syntax: a line whose text lacked quotes is taken as if it had them."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import yaml

from bot.flows.source import quoted

_LINE = re.compile(
    r"(?P<lead>\s*(?:-\s+)*(?:(?:\"[^\"]*\"|'[^']*'|[^\s\"'#:\[\]{}](?:[^:#]|:(?=\S))*?)\s*:\s+)?)(?P<text>\S.*?)\s*$"
)
_LONGEST_LINE = 5_000  # the expression above takes the square of it
_STARTS = ("{{", *"*>|&!%@`[]{},", "- ", "? ")
_CANNOT_START = re.compile(r"[*>|&!%@`]")
_END_OF_TEXT = re.compile(r"[,\]}]|$")
_SWALLOWING = re.compile(r"\s#\S")
_PROBLEMS = {
    "mapping values are not allowed here": "a colon stands where none can be",
    "could not find expected ':'": "this line has no colon",
}


@dataclass(frozen=True, slots=True)
class Reading:
    """What a fault of the syntax probably is.

    Attributes:
        line: from 1.
        column: from 1.
        code: of the fault.
        values: what its words name.
        mended: the line as it was probably meant, or None when that cannot be told.
    """

    line: int
    column: int
    code: str
    values: dict[str, str] = field(default_factory=dict)
    mended: str | None = None


def understand(source: str, error: yaml.MarkedYAMLError) -> Reading:
    """What the admin who wrote this probably meant."""
    spot = _Spot.of(source.split("\n"), error)
    readings = (attempt(spot) for attempt in _ATTEMPTS) if len(spot.text) <= _LONGEST_LINE else iter(())
    found = next((reading for reading in readings if reading is not None), None)
    return found or Reading(spot.line + 1, spot.column + 1, "Y01", {"problem": spot.problem})


@dataclass(frozen=True, slots=True)
class _Spot:
    """Where the parser stopped: lines and columns from 0, its problem, and where what it was in began."""

    lines: Sequence[str]
    line: int
    column: int
    problem: str
    context: str
    opened: tuple[int, int] | None

    @classmethod
    def of(cls, lines: Sequence[str], error: yaml.MarkedYAMLError) -> "_Spot":
        problem, context, opened = error.problem or "", error.context or "", error.context_mark
        # A line without a colon is only noticed on the next one.
        mark = opened if opened and "simple key" in context else error.problem_mark or opened
        line, column = (min(mark.line, len(lines) - 1), mark.column) if mark else (0, 0)
        plain = _PROBLEMS.get(problem, problem.replace("'", ""))
        plain = "this does not belong to what stands above it" if "<block end>" in problem else plain
        return cls(lines, line, column, plain, context, (opened.line, opened.column) if opened else None)

    @property
    def text(self) -> str:
        return self.lines[self.line]


def _tab(spot: _Spot) -> Reading | None:
    if spot.text[spot.column : spot.column + 1] != "\t" or spot.text[: spot.column].strip():
        return None
    return Reading(spot.line + 1, spot.column + 1, "Y13", mended=spot.text.replace("\t", "  "))


def _swallowed(spot: _Spot) -> Reading | None:
    """A bracket that is never closed because a `#` made the rest of its line a comment."""
    if spot.opened is None or "flow" not in spot.context:
        return None
    line, column = spot.opened
    found = _SWALLOWING.search(spot.lines[line], column)
    return None if found is None else Reading(line + 1, found.start() + 2, "Y05")


def _never_closed(spot: _Spot) -> Reading | None:
    if spot.opened is None:
        return None
    line, column = spot.opened
    if not re.search("end of stream|stream end", spot.problem) and not (
        "but got :" in spot.problem and line < spot.line
    ):
        return None
    return Reading(line + 1, column + 1, "Y01", {"problem": "what begins here is never closed"})


def _in_brackets(spot: _Spot) -> Reading | None:
    """A text inside `[…]` or `{…}` that lacks quotes."""
    # A tag of the template language begins with its brace, which opens nothing.
    column = spot.column - spot.text[: spot.column + 1].endswith("{%")
    before = spot.text[:column]
    if sum(map(before.count, "[{")) <= sum(map(before.count, "]}")):
        return None
    begin = max(before.rfind(each) for each in "[{,:") + 1
    begin += len(spot.text[begin:]) - len(spot.text[begin:].lstrip())
    if not _CANNOT_START.match(spot.text, begin):
        return Reading(spot.line + 1, begin + 1, "Y14")
    end = next(each.start() for each in _END_OF_TEXT.finditer(spot.text, begin))
    text = spot.text[begin:end].rstrip()
    mended = spot.text[:begin] + _in_quotes(text) + spot.text[end:]
    return Reading(spot.line + 1, begin + 1, "Y03", {"start": text[0], "quoted": quoted(text)}, mended)


def _unquoted(spot: _Spot) -> Reading | None:
    """A text after `- ` or `key: ` that lacks quotes around all of it."""
    found = _LINE.match(spot.text)
    if found is None or spot.column < found.start("text"):
        return None
    text, mended = found["text"], found["lead"] + _in_quotes(found["text"])
    start = next((each for each in _STARTS if text.startswith(each)), None)
    if text[0] in "\"'" and "does not belong" in spot.problem:
        start = text[0]
    values = {"quoted": quoted(text)}
    if start is not None:
        return Reading(spot.line + 1, found.start("text") + 1, "Y03", values | {"start": start.strip()}, mended)
    if text[0] not in "\"'#" and (": " in text or text.endswith(":")):
        return Reading(spot.line + 1, found.start("text") + 1, "Y04", values, mended)
    return None


_ATTEMPTS: Sequence[Callable[[_Spot], Reading | None]] = (_tab, _swallowed, _never_closed, _in_brackets, _unquoted)


def _in_quotes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
