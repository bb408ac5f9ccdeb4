"""What stands below a person's words in a mail: the signature, and what programs and lawyers add."""

import re
from collections.abc import Sequence

from bot.core.expressions import compiled_later
from bot.providers.mail.phrases import FAREWELLS, NOTICE, PROGRAM, THANKS, one_of
from bot.providers.mail.quote import compared

_DELIMITER = "-- "
_DASHES = compiled_later(r"-{2,}|_{2,}|\u2014|={3,}")
_FAREWELL = compiled_later(rf"(?:{one_of(FAREWELLS)})[,.!;]*")
_THANKS = compiled_later(rf"(?:{one_of(THANKS)})[,.!;]*")
_NAMED_FAREWELL = compiled_later(rf"(?:{one_of((*FAREWELLS, *THANKS))})\s?[,.!]*\s(?P<name>.{{1,60}})", re.IGNORECASE)
_ADDRESS = compiled_later(r"[(<]?(?:https?://|mailto:)\S+")
_CONTACT = compiled_later(r"@|www\.|https?://|\+?[0-9][0-9 ().-]{6,}[0-9]|(?:tel|fone|tél|fax|mobile|cel)[.: ]")
_PARTICLES = frozenset(
    {"da", "de", "do", "dos", "das", "e", "di", "del", "della", "van", "von", "der", "den", "la", "y"}
)
_MAX_LINES = 10
_MAX_LINE = 100
_MAX_NAME_WORDS = 5
_MAX_PROGRAM = 120


def unsigned(lines: Sequence[str], author: str = "") -> list[str]:
    """The lines of a passage without the signature that ends it, and without the lines that programs add.

    Args:
        lines: of one passage, between two quotes.
        author: who wrote it, as far as it is known.
    """
    kept = [line for line in lines if not _is_programs(line)]
    names = frozenset(author.lower().split())
    above = ""
    for at, line in enumerate(kept):
        if above and _begins_signature(line, kept, at, above, names):
            return kept[:at]
        above = line.strip() or above
    return kept


def _is_programs(line: str) -> bool:
    said = _ADDRESS.sub("", compared(line[: 3 * _MAX_PROGRAM])).strip(" .!*_-)>")
    return 0 < len(said) <= _MAX_PROGRAM and PROGRAM.fullmatch(said) is not None


def _begins_signature(line: str, lines: Sequence[str], at: int, above: str, names: frozenset[str]) -> bool:
    """Whether the line at `at` begins a signature; `above` is the last line before it that is not empty."""
    said = compared(line)
    if not said or len(said) > _MAX_LINE * 2 or above.endswith(":"):
        return False
    if NOTICE.match(said) or (said == "--" and line.startswith(_DELIMITER)):
        return True
    if len(lines) - at > 3 * _MAX_LINES:
        return False
    below = [each.strip() for each in lines[at + 1 :] if each.strip()]
    if _DASHES.fullmatch(said):
        return _may_sign(below) and _is_somebody(below, names)
    if _FAREWELL.fullmatch(said):
        return _may_sign(below) and (not below or len(below[0].split()) == 1 or _is_name(below[0], names))
    if _THANKS.fullmatch(said):
        return _may_sign(below) and (not below or _is_name(below[0], names))
    named = _NAMED_FAREWELL.fullmatch(line.strip())
    if named is not None:
        return not below and names >= set(named["name"].lower().strip(" .!").split())
    # Without a word before it a signature begins with its author's name, below a blank line.
    is_apart, words = not lines[at - 1].strip(), set(said.strip("*_ ").split())
    return is_apart and bool(words) and words <= names and _may_sign(below) and (not below or _has_contact(below))


def _is_somebody(below: Sequence[str], names: frozenset[str]) -> bool:
    """Whether what stands below a row of dashes is a signature, rather than more of the person's words."""
    if not below:
        return True
    is_alone = len(below) == 1 and len(below[0].split()) == 1 and _is_name(below[0], names)
    is_author = bool(names & set(below[0].lower().split()))
    return is_alone or is_author or _has_contact(below)


def _has_contact(below: Sequence[str]) -> bool:
    return any(_CONTACT.search(each.lower()) for each in below)


def _may_sign(below: Sequence[str]) -> bool:
    return len(below) <= _MAX_LINES and all(len(each) <= _MAX_LINE and not each.endswith("?") for each in below)


def _is_name(line: str, names: frozenset[str]) -> bool:
    """Whether a line is a person's name: a few words, each with a capital; or the author's."""
    words = [word.strip(",.*_") for word in line.split()]
    if names & {word.lower() for word in words}:
        return True
    is_short = 0 < len(words) <= _MAX_NAME_WORDS and line[-1] not in "!?;:"
    return is_short and all(word[:1].isupper() or word in _PARTICLES or not word for word in words)
