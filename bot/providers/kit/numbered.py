"""Choices as numbered lines, for a provider or a length that has no buttons."""

from collections.abc import Sequence
from dataclasses import replace

from bot.core.messages import Choice
from bot.core.text import cut


def numbered(text: str, choices: Sequence[Choice], limit: int | None = None) -> str:
    r"""The text, and below it one line a choice; the text gives way where both exceed `limit` characters.

    >>> numbered("Which one?", [Choice("m", "Margherita"), Choice("c", "Calabresa", "with onions")])
    'Which one?\n\n1. Margherita\n2. Calabresa - with onions'
    """
    lines = "\n".join(f"{number}. {line(choice)}" for number, choice in enumerate(choices, start=1))
    tail = f"\n\n{lines}" if text and lines else lines
    if limit is None:
        return text + tail
    room = limit - len(tail)
    return cut(text, room) + tail if room > 0 else cut(text + tail, limit)


def line(choice: Choice) -> str:
    """A choice on one line, with its description; the hyphen is one that costs an SMS nothing."""
    return f"{choice.label} - {choice.description}" if choice.description else choice.label


def beside_buttons(text: str, choices: Sequence[Choice]) -> str:
    """The text, and below it what buttons that show labels alone would leave out."""
    described = "\n".join(line(each) for each in choices if each.description)
    return "\n\n".join(filter(None, (text, described)))


def undescribed(choices: Sequence[Choice]) -> tuple[Choice, ...]:
    """The choices without their descriptions, where there is no room for these."""
    return tuple(replace(each, description="") for each in choices)
