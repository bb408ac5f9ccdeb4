"""How many SMS a text is: GSM-7 or UCS-2, counted in the parts that carriers charge for.

Source: 3GPP TS 23.038. Providers and carriers may choose another encoding, so a count is an estimate.
"""

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

_BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
_EXTENDED = frozenset("\f^{}\\[~]|€")
"""Written as two septets, an escape before them."""
_BEYOND_PLANE = 0x10000


class Encoding(StrEnum):
    """How a carrier writes a text."""

    GSM7 = "GSM-7"
    """Seven bits a character, two times seven for ten of them; its alphabet has 127 characters more."""
    UCS2 = "UCS-2"
    """Sixteen bits a UTF-16 unit, for any character; one of them puts the whole text into it."""


_ONE: Mapping[Encoding, int] = {Encoding.GSM7: 160, Encoding.UCS2: 70}
_EACH_OF_SEVERAL: Mapping[Encoding, int] = {Encoding.GSM7: 153, Encoding.UCS2: 67}

_SPELLED: Mapping[str, str] = {
    **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u00b4`", "'"),
    **dict.fromkeys("“”„‟″«»", '"'),
    **dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"),
    **dict.fromkeys("\u00a0\u2002\u2003\u2009\u200a\u202f\t", " "),
    **dict.fromkeys("\u200b\u200c\u200d\u2060\ufe0f\ufeff", ""),
    "…": "...",
    "•": "-",
    "·": ".",
}


@dataclass(frozen=True, slots=True)
class Segments:
    """What a text costs as SMS.

    Attributes:
        encoding: of all of it.
        units: septets, or UTF-16 units.
        parts: the SMS it takes.
        odd: the characters for which it is not GSM-7, each once, in their order.
    """

    encoding: Encoding
    units: int
    parts: int
    odd: tuple[str, ...]


def segments(text: str) -> Segments:
    """What `text` costs as SMS.

    >>> segments("Olá!")
    Segments(encoding=<Encoding.UCS2: 'UCS-2'>, units=4, parts=1, odd=('á',))
    """
    odd = tuple(dict.fromkeys(each for each in text if not _is_gsm(each)))
    encoding = Encoding.UCS2 if odd else Encoding.GSM7
    costs = [_cost(each, encoding) for each in text]
    units = sum(costs)
    return Segments(encoding, units, 1 if units <= _ONE[encoding] else _parts(costs, _EACH_OF_SEVERAL[encoding]), odd)


def spelled_plainly(character: str) -> str | None:
    """What stands for `character` in GSM-7: a straight quote for a curly one, a letter without its accent.

    Empty where it may be left out; None where nothing stands for it, as for an emoji.

    >>> spelled_plainly("…"), spelled_plainly("ã"), spelled_plainly("🍕")
    ('...', 'a', None)
    """
    if character in _SPELLED:
        return _SPELLED[character]
    parts = unicodedata.normalize("NFKD", character)
    kept = "".join(each for each in parts if not unicodedata.combining(each))
    return kept if all(map(_is_gsm, kept)) else None


def _is_gsm(character: str) -> bool:
    return character in _BASIC or character in _EXTENDED


def _cost(character: str, encoding: Encoding) -> int:
    is_double = character in _EXTENDED if encoding is Encoding.GSM7 else ord(character) >= _BEYOND_PLANE
    return 2 if is_double else 1


def _parts(costs: Iterable[int], room: int) -> int:
    """The parts that are filled, where no character may lie in two."""
    parts, used = 1, 0
    for cost in costs:
        if used + cost > room:
            parts, used = parts + 1, 0
        used += cost
    return parts
