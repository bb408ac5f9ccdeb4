"""Reading on after a fault of the syntax: a line whose text lacked quotes is taken as if it had them."""

import re

import yaml

from bot.flows.faults import Fault
from bot.flows.source import quoted

_LINE = re.compile(
    r"(?P<lead>\s*(?:-\s+)*(?:(?:\"[^\"]*\"|'[^']*'|[^\s\"'#:\[\]{}](?:[^:#]|:(?=\S))*?)\s*:\s+)?)(?P<text>\S.*?)\s*$"
)
_LONGEST_LINE = 5_000  # the expression above takes the square of it
_SPECIAL = "*>|&!%@`[]{},"
_CANNOT_START = re.compile(r"[*>|&!%@`]")


def repair(file: str, source: str, error: yaml.MarkedYAMLError) -> tuple[str | None, Fault]:
    """The faulty line as it was probably meant, or None, and the fault that tells the admin to write it so."""
    mark = error.problem_mark or error.context_mark
    lines = source.split("\n")
    if mark is None or mark.line >= len(lines):
        number = min(len(lines), (mark.line if mark else 0) + 1)
        return None, _unclosed(file, error) or Fault(file, number, 1, "Y01", {"problem": _plain(error)})
    line = lines[mark.line]
    if len(line) > _LONGEST_LINE:
        return None, Fault(file, mark.line + 1, mark.column + 1, "Y01", {"problem": _plain(error)})
    if line[mark.column : mark.column + 1] == "\t" and not line[: mark.column].strip():
        return line.replace("\t", "  "), Fault(file, mark.line + 1, mark.column + 1, "Y13")
    swallowed = _swallowed(file, lines, error)
    if swallowed is not None:
        return None, swallowed
    in_brackets = _in_brackets(file, line, mark)
    if in_brackets is not None:
        return in_brackets
    found = _LINE.match(line)
    unclosed = _unclosed(file, error)
    if found is None or mark.column < found.start("text") or found["text"][0] in "\"'#" or unclosed is not None:
        return None, unclosed or Fault(file, mark.line + 1, mark.column + 1, "Y01", {"problem": _plain(error)})
    text, column = found["text"], found.start("text") + 1
    values = {"quoted": quoted(text)}
    mended = found["lead"] + "'" + text.replace("'", "''") + "'"
    start = next((each for each in ("{{", *_SPECIAL, "- ", "? ") if text.startswith(each)), None)
    if start is not None:
        return mended, Fault(file, mark.line + 1, column, "Y03", values | {"start": start.strip()})
    if ": " in text or text.endswith(":"):
        return mended, Fault(file, mark.line + 1, column, "Y04", values)
    return None, Fault(file, mark.line + 1, mark.column + 1, "Y01", {"problem": _plain(error)})


def _in_brackets(file: str, line: str, mark: yaml.Mark) -> tuple[str | None, Fault] | None:
    """A text inside `[…]` or `{…}` that lacks quotes."""
    before = line[: mark.column]
    if sum(map(before.count, "[{")) <= sum(map(before.count, "]}")):
        return None
    begin = max(before.rfind(each) for each in "[{,:") + 1
    begin += len(line[begin:]) - len(line[begin:].lstrip())
    if not _CANNOT_START.match(line, begin):
        return None, Fault(file, mark.line + 1, begin + 1, "Y14")
    end = re.compile(r"[,\]}]|$").search(line, begin)
    assert end is not None  # noqa: S101 - the end of the line always matches
    text = line[begin : end.start()].rstrip()
    values = {"start": text[0], "quoted": quoted(text)}
    mended = line[:begin] + "'" + text.replace("'", "''") + "'" + line[end.start() :]
    return mended, Fault(file, mark.line + 1, begin + 1, "Y03", values)


def _swallowed(file: str, lines: list[str], error: yaml.MarkedYAMLError) -> Fault | None:
    """A bracket that is never closed because a `#` made the rest of its line a comment."""
    opened = error.context_mark
    if opened is None or "flow" not in (error.context or ""):
        return None
    found = re.compile(r"\s#\S").search(lines[opened.line], opened.column)
    return None if found is None else Fault(file, opened.line + 1, found.start() + 2, "Y05")


def _unclosed(file: str, error: yaml.MarkedYAMLError) -> Fault | None:
    if error.context_mark is None or "end of stream" not in (error.problem or ""):
        return None
    at = error.context_mark
    return Fault(file, at.line + 1, at.column + 1, "Y01", {"problem": "what begins here is never closed"})


def _plain(error: yaml.MarkedYAMLError) -> str:
    """The parser's own words, without its names for tokens."""
    problem = error.problem or "it cannot be read"
    if problem == "mapping values are not allowed here":
        return "a colon stands where none can be"
    if "<block end>" in problem:
        return "this does not belong to what stands above it"
    return problem.replace("'", "")
