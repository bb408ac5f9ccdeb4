"""Quotes that are not closed, stand within a text, are typographic, or are missing."""

import re
from collections.abc import Iterator, Sequence

from bot.core.expressions import compiled_later
from bot.core.i18n import N_, Phrase
from bot.flows.yaml.mending.change import KEYS, Change, parts, written
from bot.flows.yaml.source import quoted, short, typed, without_half

_TYPOGRAPHIC = compiled_later("[\u201c\u201d\u201e\u201f\u2018\u2019\u201a]")
_OPENS_TYPOGRAPHIC = compiled_later("[:,\\[{]\\s*([\u201c\u201e])")
_END_OF_VALUE = compiled_later(rf"\s*(?=,\s*(?:{'|'.join(sorted(KEYS))}):\s|\}}\s*(?:[,\]}}]|$))")
_STARTS = ("{{", *"*>|&!%@`[]{},", "- ", "? ")
_CLOSERS = compiled_later(r"[\s\]},]*$")
_BEFORE_TEXT = compiled_later(r"(?:^|[:,\[{-])\s*$")
_END_OF_TEXT = compiled_later(r"[,\]}]|$")
_QUOTED = compiled_later(r"(?:\"[^\"]*\"|'(?:[^']|'')*')(?=\s*[,\]}])")
_CANNOT_START = compiled_later(r"[*>|&!%@`]")
_HALVED = compiled_later(r"(?<=[\[{,:\s])((['\"])[^'\",]*(?=,\s*\2))")
_TAGS = compiled_later(r"\{\{.*?\}\}|\{%.*?%\}")
_BACKSLASH = compiled_later(r'"((?:[^"\\]|\\.)*\\(?:[^"\\]|\\.)*)"')


def unclosed(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A quote that opens a text and is not closed in its line."""
    line = lines[number]
    column = opened(line)
    if column is None:
        return
    quote, rest = line[column], line[column + 1 :].rstrip()
    other = "'" if quote == '"' else '"'
    ends = []
    if rest.endswith(other):
        ends.append(rest[:-1] + quote)
    closers = _CLOSERS.search(rest)
    if closers is not None and closers[0] and re.search(r"[\[{]", line[:column]):
        ends.append(rest[: closers.start()] + quote + closers[0].strip())
    if re.search(r"[\[{]", line[:column]) and "," in rest:
        first, _, after = rest.partition(",")
        ends.append(f"{first}{quote},{after}")
    ends.append(rest + quote)
    if rest.endswith((",", ";")):
        ends.append(rest[:-1] + quote)
    for end in ends:
        yield written(number, column, "Y17", line[: column + 1] + end)
    if parts(line).column == column + 1 or line[:column].strip() in {"", "-"}:
        # `"hours:` is a key that lost its second quote, and needs none.
        yield written(number, column, "Y17", line[:column] + line[column + 1 :])


def opened(line: str) -> int | None:
    """The column of the first quote that opens a text and is not closed in its line."""
    column = 0
    while column < len(line):
        if line[column] in "\"'" and _BEFORE_TEXT.search(line, 0, column):
            end = _closing(line, column)
            if end is None:
                return column
            column = end
        elif line[column] == "#" and (column == 0 or line[column - 1] in " \t"):
            return None
        column += 1
    return None


def _closing(line: str, column: int) -> int | None:
    quote, at = line[column], column + 1
    while at < len(line):
        if quote == '"' and line[at] == "\\":
            at += 1
        elif line[at] == quote:
            if quote == "'" and line[at + 1 : at + 2] == "'":
                at += 1
            else:
                return at
        at += 1
    return None


def inner(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A quote within a text in the same quotes, or words behind the closing one."""
    found = parts(lines[number])
    text, before = found.text, lines[number][: found.column]
    if text[:1] in {'"', "'"} and len(text) > 1:
        for sign in (",", ";"):
            if text.endswith(text[0] + sign):
                yield written(number, found.column + len(text) - 1, "Y28", before + text[:-1], sign=sign)
        if text.endswith(text[0]) and text[0] in text[1:-1]:
            yield _requoted(number, found.column, before, text[1:-1], "Y30")
    halved = _HALVED.search(text) if text[:1] in {"[", "{"} else None
    if halved is not None:
        mended = f"{before}{text[: halved.end(1)]}{halved[2]}{text[halved.end(1) :]}"
        yield written(number, found.column + halved.start(2), "Y17", mended)
    for opens in re.finditer(r"(?:[\[{,:]\s*)(?=([\"']))", text):
        column, quote = opens.end(), opens[1]
        for end in re.finditer(re.escape(quote) + r"(?=\s*[,\]}])", text[column + 1 :]):
            body = text[column + 1 : column + 1 + end.start()]
            if quote in body:
                rest = text[column + 1 + end.end() :]
                yield _requoted(number, found.column + column, before + text[:column], body, "Y30", rest)


def _requoted(number: int, column: int, before: str, body: str, code: str, rest: str = "") -> Change:
    body = body.replace('\\"', '"').replace("''", "'")
    whole = quoted(body)
    return Change(number, column, code, {"quoted": short(whole)}, {number: before + whole + rest})


def backslash(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A backslash between double quotes, which was meant as one."""
    line = lines[number]
    for found in _BACKSLASH.finditer(line):
        whole = quoted(found[1].replace('\\"', '"'))
        mended = line[: found.start()] + whole + line[found.end() :]
        yield Change(number, found.start(), "Y22", {"quoted": short(whole)}, {number: mended})


def typographic(lines: Sequence[str], number: int) -> Iterator[Change]:
    """Typographic quotes where plain ones hold a text together."""
    line = lines[number]
    for opens in _OPENS_TYPOGRAPHIC.finditer(line):
        begin = opens.start(1)
        for end in _END_OF_VALUE.finditer(line, begin):
            text = line[begin : end.start()]
            whole = without_half(text)
            if whole != text:
                yield written(number, begin, "Y17", line[:begin] + quoted(whole) + line[end.start() :])
    found = _TYPOGRAPHIC.search(line)
    if found is not None and typed(line) != line:
        yield written(number, found.start(), "Y23", typed(line), sign=found[0])


def stray(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A sign at the end of a value that other languages want there, or a quote without its other half."""
    line = lines[number].rstrip()
    found = parts(line)
    text, before = found.text, line[: found.column]
    if text[-1:] in {",", ";"} and text[:-1]:
        yield written(number, len(line) - 1, "Y28", line[:-1].rstrip(), sign=text[-1])
    comment = re.search(r"\s+(//|--|/\*|;)\s.*$", text)
    if comment is not None:
        words = re.sub(r"^\s+(?://|--|/\*|;)\s*|\s*\*/$", "", comment[0])
        mended = f"{before}{text[: comment.start()]}  # {words}"
        yield written(number, found.column + comment.start(1), "Y29", mended)
    for sign in ("`", '"', "'"):
        bare = text.strip(sign)
        halved = sign == "`" or text.startswith(sign) != text.endswith(sign)
        if bare and bare != text and sign not in bare and halved:
            column = found.column if text.startswith(sign) else len(line) - 1
            yield written(number, column, "Y23", before + bare, sign=sign)
    key = re.match(r"(\s*(?:-\s+)*)([\"'\u201c\u2018]?)(\w[\w.-]*)([\"'\u201d\u2019]?)\s*:", line)
    if key is not None and (key[2] or key[4]):
        sign = key[2] or key[4]
        mended = f"{key[1]}{key[3]}:{line[key.end() :]}"
        yield written(number, len(key[1]) if key[2] else key.start(4), "Y23", mended, sign=sign)


def missing(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A text after `- ` or `key: ` that lacks quotes around all of it."""
    line = lines[number]
    found = parts(line)
    text, before = found.text, line[: found.column]
    if not text or text[0] == "#" or _is_collection(text):
        return
    whole = without_half(text)
    if whole != text:
        yield written(number, found.column, "Y17", before + quoted(whole))
    start = next((each for each in _STARTS if text.startswith(each)), text[0] if text[0] in "\"'" else None)
    values = {"quoted": short(quoted(text))}
    mended = {number: before + _in_quotes(text)}
    if start is not None:
        yield Change(number, found.column, "Y03", values | {"start": start.strip()}, mended)
    elif ": " in text or text.endswith(":"):
        yield Change(number, found.column, "Y04", values, mended)


def _is_collection(text: str) -> bool:
    """Whether it is a list or a mapping between brackets, or the beginning of one, rather than words."""
    if text[0] not in "[{" or text.startswith(("{{", "{%")):
        return False
    closed = text.find("]" if text[0] == "[" else "}")
    return closed < 0 or text[-1] in "]}"


def missing_in_brackets(lines: Sequence[str], number: int, column: int) -> Iterator[Change]:
    """A text inside `[…]` or `{…}` that lacks quotes, at `column`."""
    line = lines[number]
    # What the template language has between its own braces is a part of the text.
    masked = _TAGS.sub(lambda found: "x" * len(found[0]), line)
    cut = re.search(r"(?<=\s)#(?=\S)", masked)
    for place, code in ((column, ""), (-1 if cut is None else cut.start(), "Y05")):
        before = masked[: max(0, place)]
        if sum(map(before.count, "[{")) <= sum(map(before.count, "]}")):
            continue
        for begin in dict.fromkeys(
            (_begin(before, "[{,:"), _begin(before.rpartition(":")[0], "[{,:"), _begin(before, "[{,"))
        ):
            if _QUOTED.match(line, begin):
                continue
            if code == "Y05" and cut is not None:
                yield _quoted_piece(line, masked, number, begin, cut.start(), code)
            elif _CANNOT_START.match(line, begin):
                yield _quoted_piece(line, masked, number, begin, begin, "Y03")
            else:
                yield _quoted_piece(line, masked, number, begin, begin, "Y14")


def _begin(before: str, signs: str) -> int:
    begin = max(map(before.rfind, signs)) + 1
    return begin + len(before[begin:]) - len(before[begin:].lstrip())


def _quoted_piece(line: str, masked: str, number: int, begin: int, column: int, code: str) -> Change:
    end = next(each.start() for each in _END_OF_TEXT.finditer(masked, max(begin, column)))
    text = line[begin:end].rstrip()
    whole = without_half(text)
    if whole != text:
        return written(number, begin, "Y17", line[:begin] + quoted(whole) + line[end:])
    values = {"start": text[:1], "quoted": short(quoted(text))}
    advice = None if code == "Y03" else Phrase(N_("Write it as {quoted}."), values)
    mended = line[:begin] + _in_quotes(text) + (line[end:] if code != "Y05" else _closed(masked[:begin], line[end:]))
    return Change(number, column, code, values, {number: mended}, advice)


def _closed(before: str, after: str) -> str:
    """The brackets that were to be closed behind a `#`, if they are not."""
    opened = [each for each in before if each in "[{"]
    return after if after.strip() else "".join("]" if each == "[" else "}" for each in reversed(opened))


def _in_quotes(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
