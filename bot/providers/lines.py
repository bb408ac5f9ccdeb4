"""Choices as numbered lines, for a provider or a length that has no buttons."""

from collections.abc import Sequence

from bot.core.messages import Choice
from bot.core.text import cut


def numbered(text: str, choices: Sequence[Choice], limit: int | None = None) -> str:
    r"""The text, and below it one line a choice; the text gives way where both exceed `limit` characters.

    >>> numbered("Which one?", [Choice("m", "Margherita"), Choice("c", "Calabresa")])
    'Which one?\n\n1. Margherita\n2. Calabresa'
    """
    lines = "\n".join(f"{number}. {choice.label}" for number, choice in enumerate(choices, start=1))
    tail = f"\n\n{lines}" if text and lines else lines
    if limit is None:
        return text + tail
    room = limit - len(tail)
    return cut(text, room) + tail if room > 0 else cut(text + tail, limit)
