"""How long an endpoint is given: when a delivery is tried again, and when nobody tries any more. Pure."""

from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime

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


def asked_wait(header: str, now: datetime) -> timedelta | None:
    """How long a `Retry-After` asks to wait, at most as long as we ever do; None where it says nothing.

    >>> asked_wait("120", datetime(2026, 11, 30, tzinfo=UTC))
    datetime.timedelta(seconds=120)
    """
    header = header.strip()
    if header.isascii() and header.isdigit():
        return timedelta(seconds=min(float(header), WAITS[-1].total_seconds()))
    try:
        until = parsedate_to_datetime(header)
    except ValueError:
        return None
    # A date is in GMT; one that says that its zone is unknown is taken for that, too.
    return min(max(until.replace(tzinfo=until.tzinfo or UTC) - now, timedelta()), WAITS[-1])


def wait_after(tries: int, fraction: float, asked: timedelta | None = None) -> timedelta | None:
    """How long to wait behind so many attempts that failed; None: it is given up.

    Args:
        tries: from 1.
        fraction: random, in [0, 1), so that many do not return at the same moment.
        asked: how long the endpoint asks to be left alone; a shorter one would end its day too soon. None: nothing.

    >>> wait_after(2, 0.5)
    datetime.timedelta(seconds=66)
    """
    if tries > len(WAITS):
        return None
    return max(WAITS[tries - 1], asked or timedelta()) * (1 + _SPREAD * fraction)


def has_failed_through(failing_since: datetime, now: datetime) -> bool:
    """Whether everything has failed for too long."""
    return now - failing_since >= DISABLED_AFTER
