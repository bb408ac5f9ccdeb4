"""The few statistics a benchmark needs."""

import math
from collections.abc import Sequence


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest of `values` that `share` (above 0, at most 1) of them stay within (the nearest rank).

    >>> percentile([5.0, 1.0, 3.0, 2.0, 4.0], 0.5)
    3.0
    >>> percentile([1.0, 2.0], 0.99)
    2.0
    """
    # Rounded, so that a product such as 1000 * 0.999 = 999.0000000000001 does not go up a rank.
    rank = math.ceil(round(len(values) * share, 6))
    return sorted(values)[max(rank, 1) - 1]


def each_second(moments: Sequence[float]) -> list[int]:
    """How many of `moments` (in seconds) fall into each whole second; the last one, cut short, is left out.

    >>> each_second([0.1, 0.9, 2.5, 3.1])
    [2, 0, 1]
    """
    counts = [0] * (int(max(moments, default=0.0)) + 1)
    for moment in moments:
        counts[int(moment)] += 1
    return counts[:-1]
