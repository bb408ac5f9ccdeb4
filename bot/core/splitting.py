"""A text that is longer than a channel takes, as numbered parts in their order.

A part ends where a sentence does, else where a word does, and never within what is seen as one character, or within a
link, unless the link alone is too long.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from itertools import takewhile

import regex

from bot.core.sms import Encoding, segments

_FEW = 3
"""A sentence that ends within the first third of what fits leaves too much room unused."""
_MOST_PARTS = 99
_LINK = re.compile(r"https?://\S+", re.IGNORECASE)
_CLOSING = "\"')\\]\u00bb\u2019\u201d\u300d\u300f\uff09"
# Latin, Arabic, Urdu and Hindi sentences are followed by a blank, Chinese and Japanese ones are not.
_SENTENCE = re.compile(rf"[.!?\u2026\u061f\u06d4\u0964]+[{_CLOSING}]*(?=\s)|[\u3002\uff01\uff1f]+[{_CLOSING}]*|\n")
_BLANK = re.compile(r"\s")
_SEEN_AS_ONE = regex.compile(r"\X")
"""An extended grapheme cluster (UAX 29)."""


class Counted(StrEnum):
    """What a channel counts a text in."""

    CHARACTERS = "characters"
    UTF16 = "utf16"
    """UTF-16 units, two for an emoji."""
    BYTES = "bytes"
    """Of UTF-8."""
    SMS = "sms"
    """Septets of GSM-7, else UTF-16 units."""


@dataclass(frozen=True, slots=True)
class TextLimit:
    """How long a text a channel takes.

    Attributes:
        most: units.
        counted: in what.
        ucs2: for SMS: UTF-16 units, where GSM-7 cannot write it.
    """

    most: int
    counted: Counted = Counted.CHARACTERS
    ucs2: int = 0

    def takes(self, text: str) -> bool:
        """Whether it takes all of the text.

        >>> TextLimit(4, Counted.UTF16).takes("🍕🍕"), TextLimit(4, Counted.BYTES).takes("ação")
        (True, False)
        """
        match self.counted:
            case Counted.CHARACTERS:
                return len(text) <= self.most
            case Counted.UTF16:
                return len(text.encode("utf-16-le")) // 2 <= self.most
            case Counted.BYTES:
                return len(text.encode()) <= self.most
            case _:
                counted = segments(text)
                return counted.units <= (self.most if counted.encoding is Encoding.GSM7 else self.ucs2)


def split(text: str, takes: Callable[[str], bool], last_takes: Callable[[str], bool] | None = None) -> tuple[str, ...]:
    r"""The text in numbered parts that are each taken; the text alone where it is taken as it is, or nothing helps.

    Args:
        text: what is to be said.
        takes: whether a text is short enough; of two, one the beginning of the other, the shorter one is.
        last_takes: likewise for the last part, beside which something else is shown; `takes` where that is None.

    >>> split("One two. Three four. Five.", lambda part: len(part) <= 18)
    ('(1/3) One two.', '(2/3) Three four.', '(3/3) Five.')
    """
    last_takes = last_takes or takes
    if last_takes(text):
        return (text,)
    for most, mark in ((9, "(9/9) "), (_MOST_PARTS, f"({_MOST_PARTS}/{_MOST_PARTS}) ")):
        if parts := _parts(text.strip(), mark, most, takes, last_takes):
            return tuple(f"({number}/{len(parts)}) {part}" for number, part in enumerate(parts, start=1))
    return (text,)


def _parts(
    text: str, mark: str, most: int, takes: Callable[[str], bool], last_takes: Callable[[str], bool]
) -> list[str]:
    """The parts without their numbers; none where it cannot be split, or into more than `most`."""
    parts: list[str] = []
    while text and not last_takes(mark + text):
        fitting = _longest(text, mark, takes)
        # Something has to be left for the last part.
        end = _end(text, min(fitting, len(text) - 1))
        parts.append(text[:end].rstrip())
        if end == 0 or len(parts) == most:
            return []
        text = text[end:].lstrip()
    return [*parts, text] if text else []


def _longest(text: str, mark: str, takes: Callable[[str], bool]) -> int:
    """How many characters of the text's beginning are taken together with a mark."""
    low, high = 0, len(text)
    while low < high:
        middle = (low + high + 1) // 2
        if takes(mark + text[:middle]):
            low = middle
        else:
            high = middle - 1
    return low


def _end(text: str, most: int) -> int:
    """Where the first part ends, of at most so many characters; 0 where no character fits."""
    sentences = [each.end() for each in _SENTENCE.finditer(text, 0, most + 1) if each.end() <= most]
    if sentences and sentences[-1] >= most // _FEW:
        return _whole(text, sentences[-1])
    blanks = [each.start() for each in _BLANK.finditer(text, 0, most + 1)]
    if blanks and blanks[-1] > 0:
        return _whole(text, blanks[-1])
    # There is no blank: a link that begins goes on. What comes behind it is long, and not looked through for each part.
    link = _LINK.search(text, 0, most + len("https://x"))
    return _whole(text, link.start() if link is not None and 0 < link.start() < most else most)


def _whole(text: str, end: int) -> int:
    """The last place up to `end` that is within nothing that is seen as one character; `end` where there is none."""
    ends = takewhile(lambda place: place <= end, (each.end() for each in _SEEN_AS_ONE.finditer(text)))
    return max(ends, default=end)
