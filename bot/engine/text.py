"""How texts are compared: one form for "is it the same word", one for regular expressions."""

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f]+")
_IOTA_BELOW, _BLANK_WITH_IOTA_BELOW = "\u0345", "\u037a"
_KEYCAP = re.compile("([0-9#*])\u20e3")
_KEYCAP_TEN = "\U0001f51f"

# Marks of writing direction, zero-width blanks and the like, which keyboards and copying leave around a word.
_INVISIBLE = frozenset("\u00ad\u061c\u200b\u200c\u200d\u200e\u200f\u2060\u2061\u2062\u2063\u2064\ufeff") | frozenset(
    map(chr, (*range(0x202A, 0x202F), *range(0x2066, 0x206A)))
)
_ASCII_EDGES = " " + "".join(filter(lambda each: unicodedata.category(each).startswith("P"), map(chr, range(128))))


def compare(text: str) -> str:
    """The form in which `contains` looks for a text: idempotent.

    NFKC, case folded, without combining accents (U+0300 to U+036F only, so that other scripts keep their marks),
    trimmed, each run of blanks one space.

    >>> compare("  OLÁ,   Mundo ")
    'ola, mundo'
    """
    return _compared(text, without_accents(text))


def compare_equal(text: str) -> str:
    """The form in which `equals`, options, transitions and key words compare: idempotent.

    As `compare`, then without surrounding punctuation, and with keycap digits as digits. A minus before a digit is
    no punctuation. What consists of punctuation alone stays as it is, so that `?` and `!` do not equal each other.

    >>> compare_equal("¡Olá!"), compare_equal("1️⃣"), compare_equal("-1."), compare_equal("?!")
    ('ola', '1', '-1', '?!')
    """
    return _without_edges(compare(_plain_emoji(text)))


def without_accents(text: str) -> str:
    """The form in which a regular expression searches: as `compare`, but in the case it was written in.

    >>> without_accents("Olá  Mundo")
    'Ola Mundo'
    """
    if text.isascii():
        return " ".join(text.split())
    return _composed(unicodedata.normalize("NFKD", text))


def forms(text: str) -> tuple[str, str, str]:
    """What `without_accents`, `compare` and `compare_equal` give, for most texts at the price of one of them."""
    bare = without_accents(text)
    compared = _compared(text, bare)
    return bare, compared, _without_edges(compared) if compared.isascii() else compare_equal(compared)


def digits_as_ascii(text: str) -> str:
    """Keycap digits and the decimal digits of any script as `0` to `9`; the rest in NFKC and trimmed.

    >>> digits_as_ascii("1️⃣2"), digits_as_ascii("٣")
    ('12', '3')
    """
    if text.isascii():
        return " ".join(text.split())
    whole = _KEYCAP.sub(r"\1", " ".join(unicodedata.normalize("NFKC", _plain_emoji(text)).split()))
    return "".join(str(unicodedata.decimal(each)) if each.isdecimal() else each for each in whole)


def _compared(text: str, bare: str) -> str:
    # Most texts are ASCII by now, and of those nothing below changes more than the case; unless there was the one
    # accent that folding makes a letter of.
    if bare.isascii() and (text.isascii() or not (_IOTA_BELOW in text or _BLANK_WITH_IOTA_BELOW in text)):
        return bare.lower()
    # Folding case can undo a decomposition and decomposing can uncover a capital, hence both twice (Unicode D146).
    folded = unicodedata.normalize("NFKD", text).casefold()
    folded = unicodedata.normalize("NFKD", folded).casefold()
    return _composed(folded)


def _without_edges(compared: str) -> str:
    if compared.isascii():
        whole = compared
        bare = whole.strip(_ASCII_EDGES)
        start = whole.find(bare)
    else:
        whole = _KEYCAP.sub(r"\1", compared)
        start, end = 0, len(whole)
        while start < end and _is_edge(whole[start]):
            start += 1
        while end > start and _is_edge(whole[end - 1]):
            end -= 1
        bare = whole[start:end]
    if not bare:
        return whole
    return f"-{bare}" if start and whole[start - 1] == "-" and bare[0].isdecimal() else bare


def _composed(decomposed: str) -> str:
    return " ".join(unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed)).split())


def _plain_emoji(text: str) -> str:
    if text.isascii():
        return text
    return text.replace("\ufe0e", "").replace("\ufe0f", "").replace(_KEYCAP_TEN, "10")


def _is_edge(character: str) -> bool:
    return character == " " or character in _INVISIBLE or unicodedata.category(character).startswith("P")
