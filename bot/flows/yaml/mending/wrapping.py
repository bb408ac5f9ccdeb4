"""What surrounds or runs through a bundle that was copied: fences of a chat, marks of a merge, odd blanks."""

import re
from collections.abc import Callable, Sequence

from bot.core.expressions import compiled_later
from bot.core.i18n import N_, Phrase
from bot.flows.faults import Fault
from bot.flows.yaml.mending.change import KEYS
from bot.flows.yaml.source import name_of, short

_FENCE = compiled_later(r"\s*(?:```|~~~)")
_OURS = compiled_later(rf"[\"']?(?:{'|'.join(sorted(KEYS))})[\"']?\s*:", re.IGNORECASE)
_MERGE = compiled_later(r"(<{7}|={7}|\|{7}|>{7})(?:\s|$)")
_RULE = compiled_later(r"(?:[-=_*~+]{4,}|---|[.;,:]+)\s*$")
_ODD = "\u00a0\u1680\u2000-\u200b\u202f\u205f\u2060\u3000\ufeff"
_ODD_BLANKS = compiled_later(
    rf"^[ \t]*[{_ODD}][ \t{_ODD}]*"  # before the line
    rf"|(?<=[-:])[ ]*[{_ODD}][ {_ODD}]*(?=\S)"  # after a dash or a colon
)
_TAB_AFTER = compiled_later(r"^(\s*(?:-[ \t]+)*[^\s\"'#:]+:)[ ]*\t[ \t]*|(?<=^)(\s*-)[ ]*\t[ \t]*")
_SHOWN = 20


def unwrapped(file: str, text: str) -> tuple[str, tuple[Fault, ...]]:
    """The text without what does not belong to it, each line at its number; and a fault for each thing left out."""
    lines = text.split("\n")
    faults: list[Fault] = []
    for leave_out in _LEAVE_OUT:
        faults += leave_out(file, lines)
    return "\n".join(lines), tuple(faults)


def is_ours(line: str) -> bool:
    """Whether a line begins as a bundle's do."""
    return _OURS.match(line) is not None


def _fences(file: str, lines: list[str]) -> Sequence[Fault]:
    """Fences of Markdown, with what a chat said before and after them."""
    fences = [number for number, line in enumerate(lines) if _FENCE.match(line)]
    if not fences:
        return ()
    first, last = fences[0], fences[-1]
    alone = first == last
    begins = not any(_OURS.match(line) for line in lines[:first])
    before = range(first + 1) if begins else ()
    after = range(last, len(lines)) if not alone or not begins else ()
    away = [number for number in (*before, *after) if lines[number].strip() and not lines[number].startswith("#")]
    told = lines[away[0]].strip()
    for number in away:
        lines[number] = ""
    return (_away(file, away, told),)


def _away(file: str, away: Sequence[int], told: str) -> Fault:
    advice = None
    if len(away) > 1:
        numbers = ", ".join(str(number + 1) for number in away[:_SHOWN])
        advice = Phrase(N_("Delete lines {lines}."), {"lines": numbers})
    return Fault(file, away[0] + 1, 1, "Y25", {"text": short(told)}, advice)


def _merges(file: str, lines: list[str]) -> Sequence[Fault]:
    """Two versions of the same lines, as Git leaves them; the first is read."""
    faults = []
    begun: int | None = None
    middle = first_end = 0
    for number, line in enumerate(lines):
        found = _MERGE.match(line)
        sign = found[1][0] if found else ""
        if sign == "<":
            begun, middle, first_end = number, 0, 0
        elif begun is not None and sign == "|":
            first_end = number
        elif begun is not None and sign == "=":
            middle, first_end = number, first_end or number
        elif begun is not None and sign == ">" and middle:
            values = {
                "first": _lines(begun + 1, first_end),
                "second": _lines(middle + 1, number),
                "all": _lines(begun, number + 1),
            }
            faults.append(Fault(file, begun + 1, 1, "Y26", values))
            for each in (begun, *range(first_end, number + 1)):
                lines[each] = ""
            begun = None
    return faults


def _lines(begin: int, end: int) -> str:
    """Numbers of lines as people count them, from `begin` to before `end`, both from 0."""
    return str(begin + 1) if end - begin <= 1 else f"{begin + 1}-{end}"


def _rules(file: str, lines: list[str]) -> Sequence[Fault]:
    """Lines drawn to part a file, and the end of a document where more follows."""
    faults = []
    for number, line in enumerate(lines):
        # Within a text of several lines it is indented; and a bundle may well begin with three dashes.
        below = any(map(str.strip, lines[number + 1 :]))
        if _RULE.match(line) and below and not (line.startswith("---") and _begins(lines, number)):
            faults.append(Fault(file, number + 1, 1, "Y25", {"text": line.strip()[:20]}))
            lines[number] = ""
    return faults


def _begins(lines: Sequence[str], number: int) -> bool:
    """Whether a document begins after that line: nothing stands above it, or a bundle of its own below."""
    above = any(each.strip() and each[0] not in "#%" for each in lines[:number])
    return not above or any(each.startswith("bundle:") for each in lines[number + 1 :])


def _blanks(file: str, lines: list[str]) -> Sequence[Fault]:
    """Blanks of another kind, which pages and word processors leave where YAML wants plain ones."""
    found: list[tuple[int, int, str]] = []
    for number, line in enumerate(lines):
        odd = _ODD_BLANKS.search(line)
        if odd is not None:
            column = next(at for at in range(odd.start(), odd.end()) if line[at] not in " \t")
            found.append((number, column, line[column]))
            lines[number] = _ODD_BLANKS.sub(_plain, line)
    if not found:
        return ()
    number, column, character = found[0]
    values: dict[str, str | Phrase] = {"character": name_of(character)}
    advice = None
    if len(found) > 1:
        others = ", ".join(str(each + 1) for each, _, _ in found[1 : _SHOWN + 1])
        words = N_("Delete the blanks before it and type them anew; likewise in lines {lines}.")
        advice = Phrase(words, {"lines": others})
    return (Fault(file, number + 1, column + 1, "Y31", values, advice),)


def _plain(found: re.Match[str]) -> str:
    blanks = re.sub("[\u200b\u2060\ufeff]", "", found[0])
    return " " * len(blanks) if found.start() == 0 else " "


def _tabs(_file: str, lines: list[str]) -> Sequence[Fault]:
    """Tabs that YAML takes for blanks, between a key and its value and behind a line, though PyYAML does not."""
    for number, line in enumerate(lines):
        if "\t" in line:
            lines[number] = _TAB_AFTER.sub(lambda found: f"{found[1] or found[2]} ", line.rstrip("\t"))
    return ()


_LEAVE_OUT: Sequence[Callable[[str, list[str]], Sequence[Fault]]] = (_fences, _merges, _rules, _blanks, _tabs)
