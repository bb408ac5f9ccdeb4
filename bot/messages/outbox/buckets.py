"""The accounts' token buckets: one rate for all processes, kept in the database."""

import math
from datetime import datetime

from bot.core.purposes import Lane

_LEAST = 2.0
"""With room for one alone, bulk could leave nothing to the reply that comes next."""
_KEPT = 0.25
"""The part of a bucket that bulk leaves, and at least one token."""


def refilled(rate: float, tokens: float, tokens_at: datetime | None, now: datetime) -> float:
    """What a bucket that held `tokens` at `tokens_at` holds by `now`; never more than a second's worth, or two."""
    burst = max(_LEAST, rate)
    if tokens_at is None:
        return burst
    # Whoever took the last token may have read the clock after us.
    elapsed = max(0.0, (now - tokens_at).total_seconds())
    return min(burst, tokens + elapsed * rate)


def room(rate: float, tokens: float, lane: Lane) -> int:
    """How many messages of `lane` may leave with `tokens`; bulk leaves some to those that will come."""
    kept = max(1.0, _KEPT * max(_LEAST, rate)) if lane is Lane.BULK else 0.0
    return max(0, math.floor(tokens - kept))
