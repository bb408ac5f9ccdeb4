"""What of two people's details holds once they are one: theirs who is kept, and the other's where nothing was known."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

DETAILS = ("name", "phone", "email", "locale", "timezone")
"""The columns of a contact that somebody who is merged can fill."""


def filled(kept: Mapping[str, Any], merged: Mapping[str, Any]) -> dict[str, Any]:
    """What the one who is merged knows of themselves and the other does not, by column.

    >>> filled({"name": "Ana", "phone": None}, {"name": "A.", "phone": "+15550001"})
    {'phone': '+15550001'}
    """
    return {name: merged[name] for name in DETAILS if merged.get(name) and not kept.get(name)}


def added(kept: Mapping[str, Any] | None, merged: Mapping[str, Any] | None) -> dict[str, Any]:
    """The attributes that only the one who is merged has.

    >>> added({"plan": "gold"}, {"plan": "free", "size": 3})
    {'size': 3}
    """
    return {name: value for name, value in (merged or {}).items() if name not in (kept or {})}


def without(attributes: Mapping[str, Any] | None, added: Mapping[str, Any]) -> dict[str, Any] | None:
    """The attributes as they would be had nobody been merged; one that has another value by now stays.

    >>> without({"plan": "gold", "size": 3}, {"size": 3}), without({"size": 4}, {"size": 3})
    ({'plan': 'gold'}, {'size': 4})
    """
    return {name: value for name, value in (attributes or {}).items() if added.get(name) != value} or None


def latest(*moments: datetime | None) -> datetime | None:
    """The last one of those that are known."""
    return max((each for each in moments if each is not None), default=None)
