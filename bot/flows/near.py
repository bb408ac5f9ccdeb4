"""What someone probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_TELLING = 3
"""A beginning of so many characters tells what was meant."""


def near(word: str, known: Iterable[str]) -> dict[str, str]:
    """`known` as a fault lists it and, where one of them is close to `word`, that one as `near`."""
    names = sorted(set(known))
    values = {"known": ", ".join(names[:20]) or "-"}
    longer = [name for name in names if len(word) >= _TELLING and name.startswith(word)]
    if longer:
        return values | {"near": longer[0]}
    found = get_close_matches(word.casefold()[:100], [name.casefold() for name in names], n=1, cutoff=0.6)
    if found:
        values["near"] = next(name for name in names if name.casefold() == found[0])
    return values
