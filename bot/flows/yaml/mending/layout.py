"""Colons, dashes, tabs and the blanks before a line."""

from collections.abc import Iterator, Sequence

from bot.core.expressions import compiled_later
from bot.core.i18n import N_, Phrase
from bot.flows.faults import WRITE_LINE
from bot.flows.yaml.meanings import meant
from bot.flows.yaml.mending.change import KEYS, Change, indent, is_empty, parts, written
from bot.flows.yaml.source import short

_WORD = r"[^\W\d][\w.-]*"
_GLUED = compiled_later(rf"^(\s*(?:-\s+)*)([\"']?{_WORD}[\"']?):(?=[^\s:/])")
_GLUED_IN_BRACKETS = compiled_later(rf"(?<=[{{,\s])({'|'.join(sorted(KEYS, key=len, reverse=True))}):(?=[^\s/])")
_OTHER_SIGN = compiled_later(rf"^(\s*(?:-\s+)*)({_WORD})\s*(?:=>|->|:=|=|\uff1a|;)\s*(?=\S|$)")
_NO_COLON = compiled_later(rf"^(\s*(?:-\s+)*)({'|'.join(sorted(KEYS, key=len, reverse=True))})\s+(?=[^\s:])")
_NO_COLON_IN_BRACKETS = compiled_later(
    rf"(?<=[{{,])(\s*)({'|'.join(sorted(KEYS, key=len, reverse=True))})\s+(?=[^\s:,}}])"
)
_ALONE = compiled_later(rf"^(\s*(?:-\s+)*)([\"']?{_WORD}[\"']?)\s*$")
_BULLET = compiled_later(r"^(\s*)([\u2013\u2014\u2212\u2022\u00b7*+\u2012\u2010\u2011]|-(?=[^\s-]))\s*(?=\S)")
_COMMENT = compiled_later(r"^(\s*)(//+|;+|/\*+|<!--+|--+(?=\s))\s*(.*?)\s*(?:\*+/|--+>)?$")
_ENTRY = r"(?:\"[^\"]*\"|'[^']*'|\[[^\[\]]*\]|[^\s.,;:#\"'{\[]+(?:\s[^\s.,;:]+){0,2})"
_STOP = compiled_later(
    rf"(?P<first>{_ENTRY})(?P<sign>[.,;])\s+"
    rf"(?P<rest>(?P<key>{'|'.join(sorted(KEYS, key=len, reverse=True))}):(?:\s.*)?)"
)
_WORDS = ("content", "html")
"""The keys that take a text of several lines."""
_PROSE = frozenset({*_WORDS, "variants", "label", "description", "subject"})
"""The keys whose texts may be sentences."""
_ABOVE, _BELOW = 12, 3
_WIDTHS = (2, 4, 8)


def colon(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A key without a colon, without a blank after it, or with another sign in its place."""
    line = lines[number]
    for expression in (_GLUED, _OTHER_SIGN, _NO_COLON):
        found = expression.match(line)
        if found is not None:
            mended = f"{found[1]}{found[2]}: {line[found.end() :]}".rstrip()
            yield written(number, len(found[1]), "Y19", mended, key=found[2].strip("\"'"))
    for expression, put in ((_GLUED_IN_BRACKETS, r"\1: "), (_NO_COLON_IN_BRACKETS, r"\1\2: ")):
        first = expression.search(line)
        if first is not None:
            key = first[first.lastindex or 1]
            yield written(number, first.start(first.lastindex or 1), "Y19", expression.sub(put, line), key=key)
    found = _ALONE.match(line)
    below = next((each for each in lines[number + 1 :] if not is_empty(each)), "")
    if found is not None and indent(below) >= indent(line):
        yield written(number, len(found[1]), "Y19", f"{line.rstrip()}:", key=found[2].strip("\"'"))


def dash(lines: Sequence[str], number: int) -> Iterator[Change]:
    """An entry of a list without its dash, without the blank after it, or with another sign in its place."""
    line = lines[number]
    found = _BULLET.match(line)
    if found is not None:
        column = len(found[1])
        # Whoever writes one so writes its siblings so, and it is one mistake.
        mended = {
            each: _BULLET.sub(r"\1- ", lines[each])
            for each in range(len(lines))
            if (other := _BULLET.match(lines[each])) and other[1] == found[1] and other[2] == found[2]
        }
        first = min(mended)
        yield Change(first, column, "Y18", {"line": mended[first].strip()}, mended)
        yield written(number, column, "Y18", mended[number])
    blanks, text = indent(line), line.lstrip(" ")
    beside = [each for each in _neighbours(lines, number)[: 2 * _BELOW] if _is_item(each) and indent(each) == blanks]
    if text and not _is_item(line) and (parts(line).key or beside):
        if blanks > 1 and not beside:
            values = {"line": short(f"- {text.strip()}"), "count": str(blanks - 2)}
            advice = Phrase(N_("Write this line, after {count} blanks, as: {line}"), values)
            yield Change(number, blanks, "Y18", values, {number: f"{' ' * (blanks - 2)}- {text}"}, advice)
        yield written(number, blanks, "Y18", f"{' ' * blanks}- {text}")


def no_dash(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A key with a dash that makes it an entry of a list, where a mapping is wanted."""
    found = parts(lines[number])
    if "-" in found.lead and found.key:
        blanks = indent(lines[number])
        yield written(number, blanks, "Y32", f"{' ' * blanks}{found.key}{found.text}".rstrip())


def block(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A text of several lines of which one looks like YAML, or that begins beside the sign for such texts."""
    found = parts(lines[number])
    below = next((each for each in lines[number + 1 :] if each.strip()), "")
    says = "near" in meant(found.key.strip(" :\"'"), _WORDS)
    if not says or found.text in {"|", ">"} or indent(below) <= indent(lines[number]) or _is_item(below):
        return
    line = f"{found.lead}{found.key.rstrip()} |"
    advice = None if found.text else Phrase(WRITE_LINE, {"line": line.strip()})
    yield Change(
        number, found.column if found.text else len(line) - 2, "Y33", {"line": line.strip()}, {number: line}, advice
    )


def full_stop(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A full stop or a comma for the end of a line: the key behind it has none of its own.

    The line is read without that key, whose place would be a line more.
    """
    found = parts(lines[number])
    stop = _STOP.fullmatch(found.text) if found.key and found.key.strip(" :") not in _PROSE else None
    if stop is not None:
        line = f"{found.lead}{found.key}{stop['first']}"
        values = {"key": stop["key"], "count": str(len(found.lead)), "sign": stop["sign"], "rest": short(stop["rest"])}
        yield written(number, found.column + stop.start("sign"), "Y35", line, **values)


def comment(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A comment that begins with another sign."""
    found = _COMMENT.match(lines[number])
    if found is not None:
        yield written(number, len(found[1]), "Y29", f"{found[1]}# {found[3]}")


def tab(lines: Sequence[str], number: int) -> Iterator[Change]:
    """Tabs that indent: all of the file, which are one mistake."""
    if "\t" not in _lead(lines[number]):
        return
    tabbed = [each for each, line in enumerate(lines) if "\t" in _lead(line)]
    first = tabbed[0]
    if len(tabbed) == 1:
        text = lines[first].lstrip()
        above = [indent(each) for each in reversed(lines[:first]) if not is_empty(each)][:_ABOVE]
        for count in dict.fromkeys((*above, *(each + 2 for each in above))):
            yield _tabs(lines, first, {first: " " * count + text})
    for width in _WIDTHS:
        yield _tabs(lines, first, {each: lines[each].replace("\t", " " * width) for each in tabbed})


def _tabs(lines: Sequence[str], first: int, mended: dict[int, str]) -> Change:
    column = lines[first].index("\t")
    count = str(indent(mended[first]))
    advice = None
    if len(mended) > 1:
        others = ", ".join(str(each + 1) for each in list(mended)[1:21])
        words = N_("Begin this line with {count} blanks and no tab, and put blanks for tabs in lines {lines} likewise.")
        advice = Phrase(words, {"count": count, "lines": others})
    return Change(first, column, "Y13", {"count": count}, mended, advice)


def _lead(line: str) -> str:
    return line[: len(line) - len(line.lstrip())]


def indentation(lines: Sequence[str], number: int) -> Iterator[Change]:
    """A line that begins too far left or right, at `number` or shortly above it, alone or with what belongs to it."""
    found = [change for each in _around(lines, number) for change in _shifts(lines, each, number)]
    found.sort(key=lambda change: (len(change.lines), abs(indent(change.lines[change.line]) - change.column)))
    yield from found


def _around(lines: Sequence[str], number: int) -> list[int]:
    above = [each for each in range(number, -1, -1) if not is_empty(lines[each])][:_ABOVE]
    return above + [each for each in range(number + 1, len(lines)) if not is_empty(lines[each])][:_BELOW]


def _shifts(lines: Sequence[str], number: int, stopped: int) -> Iterator[Change]:
    line, own = lines[number], indent(lines[number])
    near = {indent(lines[stopped])}
    near.update(indent(each) + extra for each in _neighbours(lines, number) for extra in (0, 2, _dash(each)))
    below = _below(lines, number, own)
    level = _below(lines, number, own - 1)
    for target in sorted(near - {own}):
        # What belongs to it may end before the margin says so: the lines after it were not shifted with it.
        first = (tuple(below[:count]) for count in range(1, _BELOW + 1))
        for moved in dict.fromkeys(((), tuple(below), tuple(level), *first)):
            delta = target - own
            block = {each: _shifted(lines[each], delta) for each in moved}
            mended = {number: " " * target + line[own:], **block}
            yield Change(number, own, "Y20", {"count": str(target)}, mended, _advice(target, moved))


def _advice(target: int, moved: Sequence[int]) -> Phrase | None:
    values = {"count": str(target)}
    if len(moved) == 1 and target:
        values |= {"line": str(moved[0] + 1)}
        return Phrase(N_("Put {count} blanks before it, and move line {line} along with it."), values)
    if moved:
        values |= {"first": str(moved[0] + 1), "last": str(moved[-1] + 1)}
        if target:
            return Phrase(N_("Put {count} blanks before it, and move lines {first} to {last} along with it."), values)
        words = N_("Begin it at the left margin, and move lines {first} to {last} along with it.")
        return Phrase(words, values)
    if target > 1:
        return None
    return Phrase(N_("Put one blank before it.")) if target else Phrase(N_("Begin it at the left margin."))


def _is_item(line: str) -> bool:
    return line.lstrip().startswith("- ")


def _neighbours(lines: Sequence[str], number: int) -> list[str]:
    above = [each for each in reversed(lines[:number]) if not is_empty(each)][:_ABOVE]
    below = [each for each in lines[number + 1 :] if not is_empty(each)][:1]
    return above + below


def _dash(line: str) -> int:
    return len(parts(line).lead) - indent(line)


def _below(lines: Sequence[str], number: int, limit: int) -> list[int]:
    """The lines after `number` that are indented by more than `limit`, up to the first that is not."""
    found = []
    for each in range(number + 1, len(lines)):
        if is_empty(lines[each]):
            continue
        if indent(lines[each]) <= limit:
            break
        found.append(each)
    return found


def _shifted(line: str, delta: int) -> str:
    return " " * delta + line if delta > 0 else line[min(-delta, indent(line)) :]
