"""Finding the patterns that may match a message without asking each of them."""

from bisect import bisect_left
from collections.abc import Iterator, Sequence
from decimal import Decimal

from bot.engine.numbers import NumberRange
from bot.engine.patterns import Candidate, Contains, Equals, Pattern, Regex
from bot.engine.regex_literals import needed_parts
from bot.engine.regex_set import Sieve
from bot.engine.substring_index import Parts


class Index:
    """Patterns by what a message must have for them to match it: a whole text, a part, a number in a range."""

    def __init__(self, patterns: Sequence[Pattern]) -> None:
        """Index patterns; takes about 20 microseconds for each."""
        self._equal: dict[str, list[int]] = {}
        parts: list[tuple[str, int]] = []
        expressions: list[tuple[bytes, int]] = []
        ranges: list[tuple[NumberRange, int]] = []
        for position, pattern in enumerate(patterns):
            match pattern:
                case Equals(texts=texts):
                    for text in texts:
                        self._equal.setdefault(text, []).append(position)
                case Contains(texts=texts):
                    parts.extend((text, position) for text in texts)
                case Regex(expression=expression):
                    needed = needed_parts(expression.decode())
                    parts.extend((text, position) for text in needed)
                    if not needed:
                        expressions.append((expression, position))
                case _:
                    ranges.append((pattern.wanted, position))
        self._parts = Parts(parts)
        self._sieve = Sieve(expressions)
        self._ranges = _Ranges(ranges)

    def possible(self, candidate: Candidate) -> list[int]:
        """The positions of all patterns that match a message, and perhaps of a few that do not, in order."""
        compared, lower = candidate.compared.encode(errors="replace"), candidate.searchable.lower()
        found = self._parts.within(compared)
        if lower != compared:
            found += self._parts.within(lower)
        found += self._sieve.possible(candidate.searchable)
        found += self._equal.get(candidate.equal, ())
        if candidate.number is not None:
            found += self._ranges.around(candidate.number)
        return sorted(set(found)) if len(found) > 1 else found


class _Ranges:
    """Ranges of numbers as a segment tree: each number finds those around it by walking from a leaf to the root.

    The bounds in order cut the line into leaves: what is below the first bound, the bound itself, what is between it
    and the second, and so on. A range lies at the few nodes that make it up.
    """

    def __init__(self, ranges: Sequence[tuple[NumberRange, int]]) -> None:
        bounds = {bound for wanted, _ in ranges for bound in (wanted.low, wanted.high) if bound is not None}
        self._bounds = sorted(bounds)
        self._leaves = 2 * len(bounds) + 1
        self._nodes: list[list[int]] = [[] for _ in range(2 * self._leaves)]
        for wanted, position in ranges:
            first = 0 if wanted.low is None else self._leaf(wanted.low) + (not wanted.includes_low)
            last = self._leaves - 1 if wanted.high is None else self._leaf(wanted.high) - (not wanted.includes_high)
            self._put(first, last, position)

    def around(self, number: Decimal) -> Iterator[int]:
        """The positions of the ranges that a number is in."""
        node = self._leaf(number) + self._leaves
        while node:
            yield from self._nodes[node]
            node //= 2

    def _leaf(self, number: Decimal) -> int:
        at = bisect_left(self._bounds, number)
        return 2 * at + (at < len(self._bounds) and self._bounds[at] == number)

    def _put(self, first: int, last: int, position: int) -> None:
        left, right = first + self._leaves, last + self._leaves + 1
        while left < right:
            if left % 2:
                self._nodes[left].append(position)
                left += 1
            if right % 2:
                right -= 1
                self._nodes[right].append(position)
            left //= 2
            right //= 2
