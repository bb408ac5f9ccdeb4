"""What telephones write in different ways, and people mean alike: one spelling for each."""

import re
import unicodedata
from collections.abc import Iterable, Mapping
from itertools import chain

_ACCENTS = re.compile("[\u0300-\u036f]+")
_ACUTE = "\u00b4"
"""NFKD makes a blank of it, though keyboards with dead keys write it for an apostrophe."""
_IOTA_BELOW = "\u0345"
"""An accent that is a letter in capitals."""

_ALIKE: Mapping[str, str] = {
    # Single quotes, apostrophes: curly, low, reversed, primes, guillemets, modifier letters, Hebrew's, ornaments.
    "'": "\u2018\u2019\u201a\u201b\u2032\u2035\u2039\u203a\u02b9\u02bb\u02bc\u02bd\u02be\u02bf\u02c8\u02ca\u02cb"
    "\u05f3\u055a\u07f4\u07f5\u275b\u275c\u275f\ua78b\ua78c",
    # Double ones, and corner brackets.
    '"': "\u00ab\u00bb\u201c\u201d\u201e\u201f\u02ba\u02ee\u05f4\u275d\u275e\u2760\u276e\u276f\u2e42"
    "\u300c\u300d\u300e\u300f\u301d\u301e\u301f\U0001f676\U0001f677\U0001f678",
    # What Unicode calls a dash, and the minus.
    "-": "\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2043\u02d7\u2796\u058a\u05be\u1400\u1806\u2e17\u2e1a\u2e3a\u2e3b"
    "\u2e40\u2e5d\u30a0\U00010ead",
    "~": "\u301c\u3030",
    # An empty cell of braille: a blank to the eye, and a sign to Unicode.
    " ": "\u2800",
    "10": "\U0001f51f",
    "d": "\u00f0",
    "D": "\u00d0",
    "i": "\u0131",
    "j": "\u0237",
    "o": "\u0275",
    "ss": "\u00df",
    "SS": "\u1e9e",
    "ae": "\u00e6",
    "AE": "\u00c6",
    "oe": "\u0153",
    "OE": "\u0152",
    "th": "\u00fe",
    "TH": "\u00de",
    # Alef wasla; yaa as Arabic, Persian and without dots; kaf as Arabic and Persian; heh, taa marbuta, Urdu's.
    "\u0627": "\u0671",
    "\u06cc": "\u0649\u064a",
    "\u06a9": "\u0643",
    "\u0647": "\u0629\u06c1\u06c3\u06d5",
    # Zero-width blanks, joiners, marks of writing direction, soft hyphen, fillers, variation selectors; vowel marks and
    # signs of the Koran, tatweel; Hebrew's points and accents.
    "": "".join(
        map(
            chr,
            (
                *(0xAD, 0x61C, 0x115F, 0x1160, 0x17B4, 0x17B5, 0x180E, 0xFEFF),
                *chain(range(0x200B, 0x2010), range(0x202A, 0x202F), range(0x2060, 0x2070)),
                *chain((0x180B, 0x180C, 0x180D, 0x180F), range(0xFE00, 0xFE10), range(0xE0100, 0xE01F0)),
                *chain(range(0x610, 0x61B), range(0x64B, 0x660), (0x640, 0x670)),
                *chain(range(0x6D6, 0x6DD), range(0x6DF, 0x6E5), (0x6E7, 0x6E8), range(0x6EA, 0x6EE)),
                *chain(range(0x8D3, 0x8E2), range(0x8E3, 0x900)),
                *chain(range(0x591, 0x5BE), (0x5BF, 0x5C1, 0x5C2, 0x5C4, 0x5C5, 0x5C7)),
            ),
        )
    ),
}
_MARKED_LETTER = re.compile("LATIN (SMALL|CAPITAL) LETTER ([A-Z]) WITH .*")
_LATIN = chain(
    range(0xC0, 0x2B0), range(0x1D6C, 0x1D9B), range(0x1E00, 0x1F00), range(0x2C60, 0x2C80), range(0xA720, 0xA800)
)
_CIRCLED = chain(range(0x24F5, 0x2500), range(0x2776, 0x2793))
"""Digits in circles that have no plain form in Unicode, unlike \u2460."""
_SKIN = "\U0001f3fb-\U0001f3ff"
_JOINER, _GENDERS = "\u200d", "\u2640\u2642"


def fold(text: str) -> str:
    r"""One spelling for all that is meant alike, in the case it was written in, blanks as they are: idempotent.

    NFKD without accents, then: quotes, apostrophes and dashes as ASCII has them; decimal digits of any script as 0 to
    9; Latin letters with a stroke or a hook, and the dotless i, without, ligatures as two; one form each of Arabic's
    alef, yaa, kaf and heh; no vowel marks of Arabic and Hebrew; nothing invisible; emoji without colour of skin, gender
    and style. NFKC at the end, so that the marks of other scripts stay where they belong.

    >>> fold("non-breaking\u2011hyphen, đặt ٢"), fold("أَهْلًا"), fold("👍🏽")
    ('non-breaking-hyphen, dat 2', 'اهلا', '👍')
    """
    if text.isascii():
        return text.replace("`", "'")
    plain = unicodedata.normalize("NFKD", text.replace(_ACUTE, "'"))
    plain = _ACCENTS.sub("", plain.replace(_IOTA_BELOW, "\u03b9"))
    if not plain.isascii():
        plain = unicodedata.normalize("NFKC", _FOLDABLE.sub(_folded, plain))
    return plain.replace("`", "'")


def _folded(found: re.Match[str]) -> str:
    written, at = found[0], found.start()
    plain = _FOLDS.get(written)
    if plain is not None:
        return plain
    if written.isdecimal():
        return str(unicodedata.decimal(written))
    # What is left is a detail of the emoji before it, and by itself a sign of its own.
    return written.lstrip(_JOINER) if at == 0 or found.string[at - 1].isspace() else ""


def _folds() -> Mapping[str, str]:
    folds = {each: plain for plain, alike in _ALIKE.items() for each in alike}
    for each in map(chr, _LATIN):
        marked = _MARKED_LETTER.fullmatch(unicodedata.name(each, ""))
        if marked is not None and not unicodedata.decomposition(each):
            folds[each] = marked[2] if marked[1] == "CAPITAL" else marked[2].lower()
    digits = ((each, unicodedata.digit(each, None)) for each in map(chr, _CIRCLED))
    folds |= {each: str(digit) for each, digit in digits if digit is not None}
    # NFKD has parted the double primes by now.
    return folds | {"\u2032\u2032": '"', "\u2035\u2035": '"'}


def _characters(codes: Iterable[int]) -> str:
    """As a set in a regular expression has them: in ranges, which are searched for faster than one by one."""
    runs: list[list[int]] = []
    for code in sorted(codes):
        if runs and runs[-1][1] == code - 1:
            runs[-1][1] = code
        else:
            runs.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in runs)


_FOLDS = _folds()
_FOLDABLE = re.compile(
    rf"[\d{_SKIN}{_characters(ord(each) for each in _FOLDS if len(each) == 1)}]"
    rf"(?:(?<={_JOINER})[{_GENDERS}]|(?<=\u2032)\u2032|(?<=\u2035)\u2035)?"
)
