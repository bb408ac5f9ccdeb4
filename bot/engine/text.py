"""How texts are compared: one form for "is it the same word", one for regular expressions."""

import re
import unicodedata
from collections.abc import Callable

from bot.engine.folding import fold

_KEYCAP = re.compile("([0-9#*])\u20e3")
_ASCII_EDGES = " ~" + "".join(filter(lambda each: unicodedata.category(each).startswith("P"), map(chr, range(128))))
_FIRST_EMOJI = "\u2000"
"""Of the symbols before it none is an emoji: degrees, the signs for rights."""
_OF_EMOJI = frozenset({"So", "Sk", "Cf"})
"""Symbols, colours of skin, and the invisible letters of some flags."""


def compare(text: str) -> str:
    """The form in which `contains` looks for a text: idempotent.

    Folded (`bot.engine.folding`), in the case that Unicode folds all cases to, trimmed, each run of blanks one space.

    >>> compare("  OLÁ,   Mundo ")
    'ola, mundo'
    """
    return _compared(without_accents(text))


def compare_equal(text: str) -> str:
    """The form in which `equals`, options, transitions and key words compare: idempotent.

    As `compare`, then without surrounding punctuation and emoji, and with keycap digits as digits. A minus before a
    digit is no punctuation. What consists of punctuation and emoji alone keeps its emoji, and what consists of
    punctuation alone stays as it is, so that `👍` and `👎`, `?` and `!` do not equal each other.

    >>> compare_equal("¡Olá!"), compare_equal("1️⃣"), compare_equal("-1."), compare_equal("?!"), compare_equal("stop 🙏")
    ('ola', '1', '-1', '?!', 'stop')
    """
    return _without_edges(compare(text))


def without_accents(text: str) -> str:
    """The form in which a regular expression searches: as `compare`, but in the case it was written in.

    >>> without_accents("Olá  Mundo")
    'Ola Mundo'
    """
    return " ".join(fold(text).split())


def digits_as_ascii(text: str) -> str:
    """Folded, and so with the decimal digits of any script as `0` to `9`, keycap digits too; blanks as in `compare`.

    >>> digits_as_ascii("1️⃣2"), digits_as_ascii("٣")
    ('12', '3')
    """
    return _KEYCAP.sub(r"\1", without_accents(text))


def forms(text: str) -> tuple[str, str, str]:
    """What `without_accents`, `compare` and `compare_equal` give, for most texts at the price of one of them."""
    bare = without_accents(text)
    compared = _compared(bare)
    return bare, compared, _without_edges(compared)


def _compared(bare: str) -> str:
    if bare.isascii():
        return bare.lower()
    # A letter in one case may be folded where in the other one it is not.
    return fold(bare.casefold())


def _without_edges(compared: str) -> str:
    if compared.isascii():
        bare = compared.strip(_ASCII_EDGES)
        if not bare:
            return compared
        start = compared.find(bare)
        return f"-{bare}" if start and compared[start - 1] == "-" and bare[0].isdecimal() else bare
    whole = _KEYCAP.sub(r"\1", compared)
    if whole.isascii():
        return _without_edges(whole)
    return _inner(whole, _is_edge) or _inner(whole, _is_punctuation) or whole


def _inner(whole: str, is_edge: Callable[[str], bool]) -> str:
    start, end = 0, len(whole)
    while start < end and is_edge(whole[start]):
        start += 1
    while end > start and is_edge(whole[end - 1]):
        end -= 1
    bare = whole[start:end]
    return f"-{bare}" if start and bare and whole[start - 1] == "-" and bare[0].isdecimal() else bare


def _is_edge(character: str) -> bool:
    return _is_punctuation(character) or (character >= _FIRST_EMOJI and unicodedata.category(character) in _OF_EMOJI)


def _is_punctuation(character: str) -> bool:
    return character in _ASCII_EDGES or unicodedata.category(character).startswith("P")
