"""Looking for many parts of texts at once."""

from collections.abc import Iterable

from ahocorasick_rs import BytesAhoCorasick


class Parts:
    """Tells which of many parts a text has, in a time that does not depend on their number."""

    def __init__(self, parts: Iterable[tuple[str, int]]) -> None:
        """Take parts, each with a number that tells of it; several may have the same number, or be the same part."""
        numbers: dict[bytes, list[int]] = {}
        for part, number in parts:
            numbers.setdefault(part.encode(), []).append(number)
        self._numbers = list(numbers.values())
        self._automaton = BytesAhoCorasick(numbers)

    def within(self, text: bytes) -> list[int]:
        """The numbers of the parts that the text has; not in order, and those of several such parts more than once."""
        found = self._automaton.find_matches_as_indexes(text, overlapping=True)
        # A part may be in a hostile text thousands of times.
        return [number for part in {part for part, _, _ in found} for number in self._numbers[part]] if found else []
