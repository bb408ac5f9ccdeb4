"""Where another's words begin in a mail: the lines that its program writes above a quote."""

from collections.abc import Sequence
from typing import NamedTuple

from bot.core.expressions import compiled_later
from bot.providers.mail.phrases import FORWARDED, LABELS, OPENINGS, ORIGINAL, WROTE, one_of

_MAX_LINE = 400
_MAX_LINES = 4
"""Lines over which programs break `On 9 Oct 2025, Ana wrote:`."""
_MAX_HEADER = 12
_MIN_DIGITS = 3
"""Numbers in it, as a date and a time have; a person's own `Em 2023 ela escreveu:` has fewer."""
_MIN_LABELS = 3
_LABEL_END = 40

_UNSEEN = dict.fromkeys([0xAD, 0x200B, 0x200C, 0x200D, 0x200E, 0x200F, 0x2060, 0xFEFF, *range(0x202A, 0x202F)])
_AROUND = "*_ "

_OPENING = compiled_later(rf"(?:{one_of(OPENINGS)})(?= )")
_WROTE = compiled_later(rf"(?<!\w)(?:{one_of(WROTE)})(?!\w)|写道|寫道")
_DIGITS = compiled_later(r"[0-9]+")
_LABEL = compiled_later("|".join(rf"(?P<{kind}>{one_of(words)})" for kind, words in LABELS.items()))
_ORIGINAL = compiled_later(rf"[-_*= ]{{2,}}(?:{one_of(ORIGINAL)})[-_*= :]{{2,}}|(?:{one_of(FORWARDED)}) ?:")
_RULE = compiled_later(r"[_-]{10,}")


class Quote(NamedTuple):
    """What begins a quote.

    Attributes:
        start: its first line.
        end: the first line below it.
        header: it is a header as of a letter, below which all the rest is another's, or what is forwarded.
    """

    start: int
    end: int
    header: bool


def compared(line: str) -> str:
    """A line as the tables spell it, in lower case, each run of blanks one; empty where it is too long for them."""
    if len(line) > _MAX_LINE:
        return ""
    return " ".join(line.translate(_UNSEEN).split()).lower().replace("\u2019", "'").replace("\uff1a", ":")


def is_marked(line: str) -> bool:
    """Whether a line stands behind the mark of a quote."""
    return line.lstrip().startswith(">")


def quote_at(lines: Sequence[str], at: int) -> Quote | None:
    """The quote whose beginning ends in the line at `at` or, where it is a header, starts there.

    Args:
        lines: as `compared` gives them.
        at: a place in it.
    """
    line = lines[at].strip(_AROUND)
    if line.endswith(":") and (start := _attribution(lines, at)) is not None:
        return Quote(start, at + 1, header=False)
    if _ORIGINAL.fullmatch(lines[at]) or _ORIGINAL.fullmatch(line):
        return Quote(at, _header_end(lines, at + 1, least=1) or at + 1, header=True)
    if _RULE.fullmatch(lines[at]):
        end = _header_end(lines, at + 1, least=2)
        return Quote(at, end, header=True) if end else None
    end = _header_end(lines, at, least=_MIN_LABELS) if ":" in line[:_LABEL_END] else 0
    return Quote(at, end, header=True) if end else None


def _attribution(lines: Sequence[str], last: int) -> int | None:
    """Where the lines begin that say who wrote what follows, of which `last` is the last; None where they do not."""
    said, start = "", None
    follows = next((each for each in lines[last + 1 : last + 3] if each), "")
    for first in range(last, max(last - _MAX_LINES, -1), -1):
        if not lines[first] or is_marked(lines[first]):
            break
        said = f"{lines[first]} {said}"
        if start is None and _says_who(said, marked=is_marked(follows)):
            start = first
            # A name above an address, or above the verb, is part of it.
            if first and lines[first].startswith("<") and lines[first - 1] and not is_marked(lines[first - 1]):
                start = first - 1
        if start is not None and _OPENING.match(lines[first].lstrip(_AROUND)) and _DIGITS.search(lines[first]):
            return first
    return start


def _says_who(said: str, *, marked: bool) -> bool:
    numbers = len(_DIGITS.findall(said))
    if _WROTE.search(said):
        return marked or "@" in said or numbers >= _MIN_DIGITS
    return ("@" in said or marked) and numbers >= _MIN_DIGITS


def _header_end(lines: Sequence[str], start: int, *, least: int) -> int:
    """The line below a header of at least so many lines, from `start` on; 0 where there is none."""
    found: dict[str, str] = {}
    count, end, gap = 0, 0, 0
    for at in range(start, min(start + _MAX_HEADER, len(lines))):
        label, colon, value = lines[at].strip(_AROUND).partition(":")
        kind = _LABEL.fullmatch(label.strip(_AROUND)) if colon else None
        if kind is None:
            # A blank line, or a long value that goes on.
            gap += 1
            if gap > 1 or (not count and lines[at]):
                break
            continue
        gap, count, end = 0, count + 1, at + 1
        found.setdefault(kind.lastgroup or "", value)
    is_header = "from" in found and ("subject" in found or "@" in found["from"])
    return end if count >= least and (is_header or least == 1) else 0
