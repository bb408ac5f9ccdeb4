"""How fast an account sends after its provider complained of the speed."""

import math
from datetime import datetime

SLOWEST = 1 / 64
"""The smallest part of its rate that an account is slowed down to."""
DOUBLES_EVERY = 60.0
"""Seconds in which the part that is used grows back to twice as much."""


def recovered(slowed: float, slowed_at: datetime | None, now: datetime) -> float:
    """The part of the rate, above 0 and at most 1, that may be used by `now`.

    It doubles every minute, so that the slowest account is at its full rate again after six.

    Args:
        slowed: the part that was used when it last changed.
        slowed_at: when that was; None when it never did.
        now: the moment.
    """
    if slowed_at is None or slowed >= 1:
        return 1.0
    # Whoever slowed it down may have read the clock after us. Six doublings bring back even the slowest.
    minutes = min(max(0.0, (now - slowed_at).total_seconds()) / DOUBLES_EVERY, 16.0)
    return min(1.0, slowed * math.pow(2, minutes))
