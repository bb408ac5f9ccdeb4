"""How long an endpoint is given: when a delivery is tried again, and when nobody tries any more. Pure."""

from datetime import datetime, timedelta

_SECONDS = (5, 60, 300, 1800, 2 * 3600, 4 * 3600, 5 * 3600, 6 * 3600, 7 * 3600)
WAITS = tuple(timedelta(seconds=each) for each in _SECONDS)
"""Behind each attempt that failed; behind the one after them the delivery is given up, a day after the first."""
_SPREAD = 0.2
DISABLED_AFTER = timedelta(days=1)
"""How long everything fails before an endpoint is disabled."""
OLD_SECRET = timedelta(days=1)
"""How long a secret signs beside the one that replaced it."""
KEPT = timedelta(days=30)
"""How long events are kept, with their deliveries and attempts."""


def wait_after(tries: int, fraction: float) -> timedelta | None:
    """How long to wait behind so many attempts that failed; None: it is given up.

    Args:
        tries: from 1.
        fraction: random, in [0, 1), so that many do not return at the same moment.

    >>> wait_after(2, 0.5)
    datetime.timedelta(seconds=66)
    """
    return WAITS[tries - 1] * (1 + _SPREAD * fraction) if tries <= len(WAITS) else None


def has_failed_through(failing_since: datetime, now: datetime) -> bool:
    """Whether everything has failed for too long."""
    return now - failing_since >= DISABLED_AFTER
