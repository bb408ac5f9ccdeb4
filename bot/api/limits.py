"""How often programs may ask: a bucket for each token, and one for all tokens of a user, which fill over a minute.

Each process has buckets of its own: a limit is there to keep one program from taking all of a server, and costs no
statement.
"""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import NamedTuple

WINDOW = 60
"""Seconds in which an empty bucket fills."""
_MOST_KNOWN = 10_000


class Bucket(NamedTuple):
    """Whose requests are counted together.

    Attributes:
        name: of what it is, as answers tell it: `token`.
        key: of which one, unlike any other's.
        most: requests a minute.
    """

    name: str
    key: str
    most: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What is left to whoever asks.

    Attributes:
        bucket: that of theirs with the least left.
        left: requests at once, from now on.
        wait: seconds until the next one is let through; 0 where this one was.
        reset: seconds until the bucket is full again.
    """

    bucket: Bucket
    left: int
    wait: int
    reset: int

    @property
    def headers(self) -> dict[str, str]:
        """As draft-ietf-httpapi-ratelimit-headers has them."""
        name = self.bucket.name
        return {
            "RateLimit-Policy": f'"{name}";q={self.bucket.most};w={WINDOW}',
            "RateLimit": f'"{name}";r={self.left};t={self.reset}',
        }


class Limits:
    """The buckets of this process.

    Args:
        clock: seconds, which only go forward.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._full_at: dict[str, float] = {}

    def take(self, *buckets: Bucket) -> Allowance:
        """Let a request through that each of the buckets lets through, or say how long it has to wait."""
        now = self._clock()
        # When each bucket would be full again: it is as empty as this is far away.
        full_at = [max(self._full_at.get(each.key, now), now) + WINDOW / each.most for each in buckets]
        found = [_allowance(bucket, at, now) for bucket, at in zip(buckets, full_at, strict=True)]
        if any(each.wait for each in found):
            return max(found, key=lambda each: each.wait)
        if len(self._full_at) >= _MOST_KNOWN:
            self._full_at = {key: at for key, at in self._full_at.items() if at > now}
        self._full_at.update((bucket.key, at) for bucket, at in zip(buckets, full_at, strict=True))
        return min(found, key=lambda each: each.left)


def _allowance(bucket: Bucket, full_at: float, now: float) -> Allowance:
    """What is left once it has been asked, where `full_at` is when the bucket is full again then."""
    one = WINDOW / bucket.most
    if full_at - now > WINDOW + one / 2:
        return Allowance(bucket, 0, ceil(full_at - now - WINDOW), ceil(full_at - one - now))
    return Allowance(bucket, int((now + WINDOW - full_at) / one + 0.5), 0, ceil(full_at - now))
