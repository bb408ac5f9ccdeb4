"""How often a token may ask: a bucket for each, which fills evenly over a minute.

Each process has buckets of its own: a limit is there to keep one program from taking all of a server, and costs no
statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil

USUAL = 1200
"""Requests a minute of a token for which nobody said another number."""
WINDOW = 60
"""Seconds in which an empty bucket fills."""
_MOST_KNOWN = 10_000


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to a token.

    Attributes:
        most: requests in a window.
        left: requests at once, from now on.
        wait: seconds until the next one is let through; 0 where this one was.
        reset: seconds until the bucket is full again.
    """

    most: int
    left: int
    wait: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        return {
            "RateLimit-Policy": f'"token";q={self.most};w={WINDOW}',
            "RateLimit": f'"token";r={self.left};t={self.reset}',
        }


class Limits:
    """The buckets of this process.

    Args:
        clock: seconds, which only go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}

    def take(self, token_id: str, most: int) -> Allowance:
        """Let a request through, or say how long it has to wait.

        Args:
            token_id: whose bucket.
            most: requests a minute.
        """
        now, one = self._clock(), WINDOW / most
        # When the bucket would be full again: it is as empty as this is far away.
        full_at = max(self._full_at.get(token_id, now), now) + one
        if full_at - now > WINDOW + one / 2:
            return Allowance(most, 0, ceil(full_at - now - WINDOW), ceil(full_at - one - now))
        if len(self._full_at) >= _MOST_KNOWN:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        self._full_at[token_id] = full_at
        return Allowance(most, int((now + WINDOW - full_at) / one + 0.5), 0, ceil(full_at - now))
