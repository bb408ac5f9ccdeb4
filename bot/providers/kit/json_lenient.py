"""Details of untrusted JSON that may be missing or broken without costing the whole: they count as not there."""

from collections.abc import Iterator
from typing import Any

from bot.core.errors import UnparsableError
from bot.providers.kit.json_reader import Part


def text_at(part: Part, *path: str) -> str:
    """The text at `path`, or a number's digits; empty where there is none.

    >>> text_at(Part({"message": {"id": 7}}), "message", "id")
    '7'
    """
    for key in path[:-1]:
        part = part_at(part, key)
    found = part.value.get(path[-1])
    if isinstance(found, str):
        return found
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


def each_at(part: Part, key: str) -> Iterator[Part | UnparsableError]:
    """The objects in the list at `key`, and after them one error for all that is there instead of objects.

    The same for what is there instead of the list.
    """
    listed: Any = part.value.get(key)
    if listed is None:
        return iter(())
    if not isinstance(listed, list):
        return iter((UnparsableError(f"{Part({}, part, key).path} is not a list"),))
    return _objects(part, key, listed)


def _objects(part: Part, key: str, listed: list[Any]) -> Iterator[Part | UnparsableError]:
    odd = None
    for index, item in enumerate(listed):
        if isinstance(item, dict):
            yield Part(item, part, key, index)
        elif odd is None:
            odd = index
    if odd is not None:
        yield UnparsableError(f"{Part({}, part, key, odd).path} is not an object")


def there(item: Part | UnparsableError) -> Part:
    """The object; raises the error where it is one."""
    if isinstance(item, UnparsableError):
        raise item
    return item


def text_of(item: Part | UnparsableError, *path: str) -> str:
    """The text at `path`, to name what was not understood; empty where there is none."""
    return "" if isinstance(item, UnparsableError) else text_at(item, *path)
