"""Brackets that are not closed or close nothing, and the commas between them."""

import re
from collections.abc import Iterator, Sequence

from bot.core.expressions import compiled_later
from bot.flows.yaml.mending.change import KEYS, Change, parts, written
from bot.flows.yaml.source import quoted

_PAIRS = {"[": "]", "{": "}"}
_KEY = "|".join(sorted(map(re.escape, KEYS), key=len, reverse=True))
_QUOTED = r"(?:\"(?:[^\"\\]|\\.)*\"|'(?:[^']|'')*')"
_OTHER_COMMA = r";\uff1b\u061b\uff0c\u3001\u060c"
_NO_COMMA = rf"(?:\s*[{_OTHER_COMMA}]\s*|\s+)"
_COMMA_BEFORE_KEY = compiled_later(rf"(?<=[^\s,{_OTHER_COMMA}\[{{:]){_NO_COMMA}(?=[\"']?(?:{_KEY})[\"']?:\s)")
_WORD = r"[^\s.,:\[\]{}\"']+"
_STOP_BEFORE_KEY = compiled_later(
    rf"((?<!content)(?<!html):\s+{_WORD}(?:\s{_WORD}){{0,2}}|[\]\"'])\.\s+(?=(?:{_KEY}):\s)"
)
"""A full stop behind a few words; that of a sentence stays its own."""
_COMMA_TWICE = compiled_later(r",\s*(?=,)")
_COMMA_FIRST = compiled_later(r"(?<=[\[{])\s*,\s*")
_COMMA_BETWEEN_QUOTES = compiled_later(rf"({_QUOTED}){_NO_COMMA}(?=[\"'])(?!:)")
_COMMA_BETWEEN_BRACKETS = compiled_later(rf"([}}\]]){_NO_COMMA}(?=[{{\[\"'])")
_PIECE = rf"(?:{_QUOTED}|[^\[\](){{}},:<>\"']+)"
_LISTED = compiled_later(rf"(\b(?:{_KEY}):\s+)[\[(<]?({_PIECE}(?:,{_PIECE})+)[\])>]?(?=\s*(?:,\s*(?:{_KEY}):\s|\}}))")
_SPOKEN = r"(?:\{\{[^{}]*\}\}|[^\[\](){},:<>\"'#\u201c-\u201e])+"
_TEXT_WITH_COMMAS = compiled_later(
    rf"((?<=[{{,\s])[\w.-]+:\s+)({_SPOKEN}(?:,{_SPOKEN})+)(?=\s*(?:,\s*[\w.-]+:\s|\}}(?!\}})|\}}\}}\s*(?:,|$|\}})))"
)
_OTHER_BRACKETS = compiled_later(rf"[\[({{]({_PIECE}(?:,{_PIECE})+)[\])}}]")
_COMMENT = compiled_later(r"\s+#(?:\s.*)?$")


def unbalanced(lines: Sequence[str], number: int) -> Iterator[Change]:
    """The brackets of a line, each closed by its own and nothing more."""
    comment = _COMMENT.search(lines[number])
    line = lines[number] if comment is None else lines[number][: comment.start()]
    for change in _unbalanced(line, number):
        behind = "" if comment is None else comment[0]
        yield written(number, change.column, change.code, change.lines[number] + behind)


def _unbalanced(line: str, number: int) -> Iterator[Change]:
    found = parts(line)
    if not re.match(r"[\[{(]", found.text) and not re.search(r"[\]}]$", found.text):
        return
    if found.text[:1] == "(" and found.text.endswith(")"):
        yield written(number, found.column, "Y21", f"{line[: found.column]}[{found.text[1:-1]}]")
        return
    others = _OTHER_BRACKETS.fullmatch(found.text)
    if others is not None and found.text[0] + found.text[-1] != "[]":
        wrong = found.column + (len(found.text) - 1 if found.text[0] == "[" else 0)
        yield written(number, wrong, "Y21", f"{line[: found.column]}[{others[1]}]")
    balanced, column = _balanced(line, found.column)
    if column is not None:
        yield written(number, column, "Y21", balanced)
    if found.text[:1] in _PAIRS and not re.search(r"[\]}]", found.text):
        yield written(number, found.column, "Y21", line[: found.column] + found.text[1:].strip())
    if found.text[-1:] == "]" and "[" not in found.text:
        yield written(number, found.column, "Y21", f"{line[: found.column]}[{found.text}")


def _balanced(line: str, begin: int) -> tuple[str, int | None]:
    """The line with its brackets in order, and the column of the first that was not; None where all are."""
    opened: list[tuple[str, int]] = []
    written_, wrong, at = [line[:begin]], None, begin
    while at < len(line):
        each = line[at]
        if each in "\"'" and re.search(r"[\[{,:]\s*$", line[:at]):
            text = compiled_later(_QUOTED).match(line, at)
            if text is not None:
                written_.append(text[0])
                at = text.end()
                continue
        if each in _PAIRS:
            opened.append((each, at))
        elif each in "]}":
            wrong, each = _close(opened, each, at, wrong)
        written_.append(each)
        at += 1
    if opened and wrong is None:
        wrong = opened[0][1] if len(opened) == 1 else opened[-1][1]
    rest = "".join(_PAIRS[each] for each, _ in reversed(opened))
    return "".join(written_).rstrip() + rest, wrong


def _close(opened: list[tuple[str, int]], each: str, at: int, wrong: int | None) -> tuple[int | None, str]:
    """What is to stand in place of a closing bracket, and the first column that is wrong."""
    if not opened:
        return (at if wrong is None else wrong), ""
    bracket, begun = opened.pop()
    if _PAIRS[bracket] == each:
        return wrong, each
    if opened and _PAIRS[opened[-1][0]] == each:
        # One bracket was left open, and the one around it is closed here.
        opened.pop()
        return (begun if wrong is None else wrong), _PAIRS[bracket] + each
    return (at if wrong is None else wrong), _PAIRS[bracket]


def listed(lines: Sequence[str], number: int) -> Iterator[Change]:
    """Texts between braces, one behind the other after a key, that lack a bracket or have others around them."""
    line = lines[number]
    mended = _LISTED.sub(r"\1[\2]", line)
    if mended != line:
        column = next(at for at, (old, new) in enumerate(zip(line, mended, strict=False)) if old != new)
        yield written(number, column, "Y21", mended)


def texts(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A text between braces that its own comma would end, so that it needs quotes."""
    line = lines[number]
    for found in _TEXT_WITH_COMMAS.finditer(line):
        begin, end = found.span(2)
        yield written(number, begin, "Y36", f"{line[:begin]}{quoted(found[2].rstrip())}{line[end:]}")


def commas(lines: Sequence[str], number: int) -> Iterator[Change]:
    """Commas that are missing between entries, or stand twice."""
    line = lines[number]
    if not re.search(r"[\[{]", line):
        return
    stop = _STOP_BEFORE_KEY.search(line)
    if stop is not None:
        yield written(number, stop.end(1), "Y27", _STOP_BEFORE_KEY.sub(r"\1, ", line))
    for expression, put in (
        (_COMMA_TWICE, ""),
        (_COMMA_FIRST, ""),
        (_COMMA_BEFORE_KEY, ", "),
        (_COMMA_BETWEEN_QUOTES, r"\1, "),
        (_COMMA_BETWEEN_BRACKETS, r"\1, "),
    ):
        found = expression.search(line)
        if found is not None:
            yield written(number, found.start(), "Y27", expression.sub(put, line))


def comma_at_end(lines: Sequence[str], number: int) -> Iterator[Change]:
    """Entries on lines of their own between brackets, of which one lacks its comma."""
    line = lines[number].rstrip()
    if line and line[-1] not in ",[{#:" and number + 1 < len(lines):
        yield written(number, len(line), "Y27", f"{line},")
