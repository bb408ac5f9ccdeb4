"""Details of untrusted JSON that may be missing or broken without costing the whole: they count as not there."""

from typing import Any

from bot.core.errors import UnparsableError
from bot.providers.narrow import Part


def text_at(part: Part, *path: str) -> str:
    """The text at `path`, or a number's digits; empty where there is none.

    >>> text_at(Part({"message": {"id": 7}}), "message", "id")
    '7'
    """
    for key in path[:-1]:
        part = part_at(part, key)
    try:
        return part.text(path[-1], "")
    except UnparsableError:
        return ""


def part_at(part: Part, key: str) -> Part:
    """The object at `key`; an empty one where there is none."""
    value: Any = part.value.get(key)
    return Part(value if isinstance(value, dict) else {})


def parts_at(part: Part, key: str) -> list[Part]:
    """The objects in the list at `key`; none where there is no list."""
    listed: Any = part.value.get(key)
    return [Part(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
