"""Which of two words about consent holds: the one that was said later, by the time when it was said."""

from datetime import datetime
from typing import NamedTuple


class Word(NamedTuple):
    """That somebody agreed to messages, or wants none.

    Attributes:
        opted_in: what they said.
        heard_at: when we came to know it.
        said_at: when they said it; None where nobody told.
    """

    opted_in: bool
    heard_at: datetime
    said_at: datetime | None = None


def holds(word: Word, last: Word | None) -> bool:
    """Whether `word` holds although `last`, the one that holds now, had been said.

    In doubt nobody gets messages: an opt-out gives way only to what was certainly said after it, and what was said
    at the same time was not. Where nobody tells the time of either, they were said in the order in which they came.
    """
    if last is None:
        return True
    if not word.opted_in:
        return word.said_at is None or last.said_at is None or not last.opted_in or word.said_at >= last.said_at
    if word.said_at is None and last.said_at is None:
        return True
    return (word.said_at or word.heard_at) > (last.said_at or last.heard_at)


def last_said_at(word: Word, last: Word) -> datetime | None:
    """When the same was last said, of `word` and `last`; None where nobody told."""
    if word.said_at is None and last.said_at is None:
        return None
    return max(word.said_at or word.heard_at, last.said_at or last.heard_at)
