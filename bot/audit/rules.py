"""What an audit line may tell of a change."""

from collections.abc import Mapping
from datetime import date
from typing import Any

from bot.core.text import clean

MAX_TEXT = 500
"""Characters of a value."""


def difference(before: Mapping[str, object], after: Mapping[str, object]) -> dict[str, Any]:
    """What changed, as `detail` of a line takes it: its values before and after, by name; empty where nothing did.

    >>> difference({"role": "VIEWER", "name": "Ana"}, {"role": "ADMIN", "name": "Ana"})
    {'before': {'role': 'VIEWER'}, 'after': {'role': 'ADMIN'}}
    """
    names = [name for name in {**before, **after} if before.get(name) != after.get(name)]
    sides = {"before": before, "after": after}
    told = {side: {name: values[name] for name in names if name in values} for side, values in sides.items()}
    return {side: values for side, values in told.items() if values}


def kept(detail: Mapping[str, object]) -> dict[str, Any] | None:
    """The detail as its column holds it, texts cut and moments spelled; None for an empty one.

    Raises TypeError for what JSON has no word for, a secret above all.
    """
    return {clean(name, MAX_TEXT)[0]: _kept(value) for name, value in detail.items()} or None


def _kept(value: object) -> Any:
    match value:
        case None | bool() | int() | float():
            return value
        case str():
            return clean(str(value), MAX_TEXT)[0]
        case date():
            return value.isoformat()
        case Mapping():
            return {clean(str(name), MAX_TEXT)[0]: _kept(each) for name, each in value.items()}
        case list() | tuple() | set() | frozenset():
            return [_kept(each) for each in (value if isinstance(value, list | tuple) else sorted(value))]
    raise TypeError(f"an audit line cannot tell a {type(value).__name__}")
