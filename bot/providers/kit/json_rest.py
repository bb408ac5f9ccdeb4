"""What a post says beside what its reader knows: the parts of a JSON value that a shape does not describe.

    rest({"From": "ana@x.org", "Tag": "vip"}, {"From": str}) == {"Tag": "vip"}

A shape is an object of shapes, a list of one, `str` for text, numbers and marks, or `object` for whatever is there.
"""

from typing import Any

Shape = Any
"""See above; typing has no name for a type that holds itself."""


def rest(value: Any, shape: Shape) -> Any:
    """The parts of `value` that `shape` does not describe; None where it describes all, or where nothing is said.

    >>> rest({"a": [{"b": 1, "c": 2}], "d": ""}, {"a": [{"b": str}]})
    {'a': [{'c': 2}]}
    """
    if isinstance(value, dict) and isinstance(shape, dict):
        return {key: left for key, each in value.items() if (left := rest(each, shape.get(key))) is not None} or None
    if isinstance(value, list) and isinstance(shape, list):
        return [left for each in value if (left := rest(each, shape[0])) is not None] or None
    is_described = shape is object or (shape is str and isinstance(value, str | int | float))
    return None if is_described or not value else value
