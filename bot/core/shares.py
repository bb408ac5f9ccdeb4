"""Sharing a bounded number of places, so that whoever holds theirs for long never keeps the others waiting."""

import math
from collections.abc import Iterator

_OF_FOUR = 3
"""Parts of what others leave free that one may have."""


class Shares:
    """Who holds how many places.

    Each has some of their own, and of those that all share at most three quarters of what the others leave: one who
    takes all they get leaves places to the next, and so on, and their own to all.
    """

    def __init__(self, shared: int, own: int) -> None:
        """Places that nobody holds yet.

        Args:
            shared: for all together.
            own: for each, beside them.
        """
        self._free = shared
        self._own = own
        self._held: dict[str, int] = {}

    @property
    def held(self) -> int:
        """How many are held, by all together."""
        return sum(self._held.values())

    def __iter__(self) -> Iterator[str]:
        """Who holds any."""
        return iter(self._held)

    def room(self, name: str) -> int:
        """How many more `name` may take now."""
        held = self._held.get(name, 0)
        of_shared = max(0, held - self._own)
        more = math.ceil((_OF_FOUR * self._free - of_shared) / (_OF_FOUR + 1))
        return max(0, self._own - held) + max(0, more)

    def take(self, name: str, count: int = 1) -> None:
        """Let `name` hold so many more; whoever asks has asked for room."""
        self._set(name, self._held.get(name, 0) + count)

    def give(self, name: str, count: int = 1) -> None:
        """Take back so many that `name` holds."""
        self._set(name, self._held[name] - count)

    def copy(self) -> "Shares":
        """The same, to reckon with."""
        other = Shares(self._free, self._own)
        other._held = self._held.copy()
        return other

    def _set(self, name: str, held: int) -> None:
        before = self._held.get(name, 0)
        self._free += max(0, before - self._own) - max(0, held - self._own)
        if held:
            self._held[name] = held
        else:
            del self._held[name]
