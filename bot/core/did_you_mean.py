"""What someone probably meant."""

from collections.abc import Iterable
from difflib import get_close_matches

_TELLING = 3
"""A beginning of so many characters tells what was meant."""
_COMPARED = 100
"""Names that are compared at most; it takes its time."""
_ALIKE = 0.65


def near(word: str, known: Iterable[str], alike: float = _ALIKE) -> dict[str, str]:
    """`known` as a fault lists it and, where one of them is close to `word`, that one as `near`."""
    names = sorted(set(known))
    values = {"known": ", ".join(names[:20]) or "-"}
    longer = [name for name in names if len(word) >= _TELLING and name.startswith(word)]
    if longer:
        return values | {"near": longer[0]}
    folded = {name.casefold(): name for name in names}
    compared = sorted(folded, key=lambda name: abs(len(name) - len(word)))[:_COMPARED]
    found = get_close_matches(word.casefold()[:100], compared, n=1, cutoff=alike)
    if found:
        values["near"] = folded[found[0]]
    return values
