"""What differs between two texts, by lines, as a reader wants it told. Pure, and bounded whatever the texts are.

Lines that stand once in either text hold the others in place (Bram Cohen's patience diff); between two of them
the standard library looks, as long as that is cheap.
"""

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

CONTEXT = 3
"""Lines that are the same, shown around those that are not."""
_MOST_PAIRS = 10_000
"""Lines of the one text times those of the other, between two lines that hold: more is wholly another text."""
_MOST_EFFORT = 2_000_000
"""Such pairs in all."""


class Kind(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of either text.

    Attributes:
        kind: what became of it.
        before: its number in the text before, from 1; 0 where it is not there.
        after: its number in the text after, likewise.
        text: without its end.
    """

    kind: Kind
    before: int
    after: int
    text: str


@dataclass(frozen=True, slots=True)
class Differences:
    """What differs between two texts.

    Attributes:
        added: how many lines are new.
        removed: how many lines are gone.
        hunks: the places that differ, with a few lines around each.
    """

    added: int
    removed: int
    hunks: Sequence[Sequence[Line]]


def differences(before: str, after: str) -> Differences:
    r"""What differs.

    >>> [(each.kind.value, each.text) for each in differences("a\nb\n", "a\nc\n").hunks[0]]
    [('same', 'a'), ('removed', 'b'), ('added', 'c')]
    """
    old, new = _lines(before), _lines(after)
    told = list(_told(old, new))
    kinds = Counter(each.kind for each in told)
    return Differences(kinds[Kind.ADDED], kinds[Kind.REMOVED], list(_hunks(told)))


def _lines(text: str) -> list[str]:
    lines = text.split("\n")
    return lines if lines[-1] else lines[:-1]


def _told(old: Sequence[str], new: Sequence[str]) -> Iterator[Line]:
    """All lines, in order; what is gone stands above what came in its place."""
    a = b = 0
    for start, other, size in [*_Matching(old, new).blocks(), (len(old), len(new), 0)]:
        yield from (Line(Kind.REMOVED, at + 1, 0, old[at]) for at in range(a, start))
        yield from (Line(Kind.ADDED, 0, at + 1, new[at]) for at in range(b, other))
        yield from (Line(Kind.SAME, start + at + 1, other + at + 1, old[start + at]) for at in range(size))
        a, b = start + size, other + size


def _hunks(told: Sequence[Line]) -> Iterator[Sequence[Line]]:
    """Runs of lines with what differs, those close to each other together."""
    begin = end = 0
    for at, line in enumerate(told):
        if line.kind is Kind.SAME:
            continue
        if at - CONTEXT > end and end:
            yield told[begin:end]
            end = 0
        begin = begin if end else max(0, at - CONTEXT)
        end = min(len(told), at + 1 + CONTEXT)
    if end:
        yield told[begin:end]


@dataclass(slots=True)
class _Matching:
    """Finds the lines that two texts share."""

    old: Sequence[str]
    new: Sequence[str]
    _left: int = _MOST_EFFORT

    def blocks(self) -> Iterator[tuple[int, int, int]]:
        """Where each run of shared lines begins in either text, and how long it is, in order."""
        todo = [(0, len(self.old), 0, len(self.new))]
        while todo:
            a, a_end, b, b_end = todo.pop()
            head = self._alike(a, a_end, b, b_end, 1)
            if head:
                yield (a, b, head)
                a, b = a + head, b + head
            tail = self._alike(a, a_end, b, b_end, -1)
            if tail:
                a_end, b_end = a_end - tail, b_end - tail
                todo.append((a_end, a_end + tail, b_end, b_end + tail))
            held = self._held(a, a_end, b, b_end) if a < a_end and b < b_end else []
            if held:
                ends = [*held, (a_end, b_end)]
                todo += [(*pair[0], *pair[1]) for pair in reversed(_gaps(a, b, ends))]
            elif a < a_end and b < b_end:
                yield from self._compared(a, a_end, b, b_end)

    def _alike(self, a: int, a_end: int, b: int, b_end: int, step: int) -> int:
        """How many lines are the same from the beginning on (1), or from the end back (-1)."""
        first, other = (a, b) if step == 1 else (a_end - 1, b_end - 1)
        most, count = min(a_end - a, b_end - b), 0
        while count < most and self.old[first + step * count] == self.new[other + step * count]:
            count += 1
        return count

    def _held(self, a: int, a_end: int, b: int, b_end: int) -> list[tuple[int, int]]:
        """Of the lines that stand once in either text the most that are in the same order."""
        old, new = Counter(self.old[a:a_end]), Counter(self.new[b:b_end])
        places = {self.new[at]: at for at in range(b, b_end) if new[self.new[at]] == 1}
        pairs = [
            (at, places[self.old[at]]) for at in range(a, a_end) if old[self.old[at]] == 1 and self.old[at] in places
        ]
        return _longest_rising(pairs)

    def _compared(self, a: int, a_end: int, b: int, b_end: int) -> Iterator[tuple[int, int, int]]:
        pairs = (a_end - a) * (b_end - b)
        if pairs > min(self._left, _MOST_PAIRS):
            return
        self._left -= pairs
        matcher = SequenceMatcher(None, self.old[a:a_end], self.new[b:b_end], autojunk=False)
        yield from ((a + each.a, b + each.b, each.size) for each in matcher.get_matching_blocks() if each.size)


def _gaps(a: int, b: int, ends: Sequence[tuple[int, int]]) -> list[tuple[tuple[int, int], tuple[int, int]]]:
    """From each place that holds to the next one, in either text."""
    gaps = []
    for a_next, b_next in ends:
        gaps.append(((a, a_next), (b, b_next)))
        a, b = a_next, b_next
    return gaps


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The most of the pairs whose second numbers rise as their first ones do."""
    tops: list[int] = []
    piles: list[int] = []
    below: list[int] = []
    for at, (_, second) in enumerate(pairs):
        pile = bisect_left(tops, second)
        below.append(piles[pile - 1] if pile else -1)
        tops[pile : pile + 1] = [second]
        piles[pile : pile + 1] = [at]
    found = []
    at = piles[-1] if piles else -1
    while at >= 0:
        found.append(pairs[at])
        at = below[at]
    return found[::-1]
