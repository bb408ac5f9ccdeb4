"""The filters a template may use; none of them can give more than a few times what it takes."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

MAX_CUT = 1_000


@dataclass(frozen=True, slots=True)
class Filter:
    """One filter.

    Attributes:
        usage: how it is written, for the fault's mend.
        apply: (text, *arguments) gives the new text.
        takes: whether these constant arguments are right.
    """

    usage: str
    apply: Callable[..., str]
    takes: Callable[[Sequence[Any]], bool] = lambda arguments: not arguments


def _truncate(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1].rstrip() + "…"


FILTERS: Mapping[str, Filter] = {
    "capitalize": Filter("{{ name | capitalize }}", str.capitalize),
    "default": Filter(
        "{{ name | default('text') }}",
        # Only a missing variable takes the other text, and rendering alone knows which one is missing.
        lambda text, _other: text,
        lambda arguments: len(arguments) == 1,
    ),
    "lower": Filter("{{ name | lower }}", str.lower),
    "title": Filter("{{ name | title }}", str.title),
    "trim": Filter("{{ name | trim }}", str.strip),
    "truncate": Filter(
        f"{{{{ name | truncate(30) }}}} (1 … {MAX_CUT})",
        _truncate,
        lambda arguments: len(arguments) == 1 and isinstance(arguments[0], int) and 1 <= arguments[0] <= MAX_CUT,
    ),
    "upper": Filter("{{ name | upper }}", str.upper),
}
"""By name."""
