"""What is aimed at, and whether a measurement meets it."""

import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Sense(StrEnum):
    """Which side of the bound is the good one."""

    AT_LEAST = "at least"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Target:
    """A figure and its bound.

    Attributes:
        name: what is measured, as the table prints it.
        sense: whether the figure should reach the bound or stay within it.
        bound: in `unit`.
        unit: `x` for a ratio.
    """

    name: str
    sense: Sense
    bound: float
    unit: str = "x"

    def met_by(self, value: float) -> bool:
        """Whether `value` is on the good side of the bound, or on it."""
        return value >= self.bound if self.sense is Sense.AT_LEAST else value <= self.bound

    def cleared_by(self, value: float) -> bool:
        """Whether `value` is at least half as good as the bound asks: the bar below which a change is turned away."""
        return value >= self.bound / 2 if self.sense is Sense.AT_LEAST else value <= self.bound * 2


@dataclass(frozen=True, slots=True)
class Finding:
    """A target and what was measured.

    Attributes:
        value: what decides.
        low: the lowest of the runs.
        high: the highest of the runs.
        runs: how many there were.
    """

    target: Target
    value: float
    low: float
    high: float
    runs: int = 1

    @classmethod
    def median_of(cls, target: Target, values: Sequence[float]) -> "Finding":
        """The median of `values` decides."""
        return cls(target, statistics.median(values), min(values), max(values), len(values))

    @property
    def verdict(self) -> str:
        """`PASS` or `SHORT`."""
        return "PASS" if self.target.met_by(self.value) else "SHORT"

    @property
    def clears_the_bar(self) -> bool:
        """Whether it is at least half as good as the target."""
        return self.target.cleared_by(self.value)


TURNS = {
    connections: Target(
        f"turns: PostgreSQL, {connections} connections, rate against the naive server's", Sense.AT_LEAST, 1.0
    )
    for connections in (64, 256)
}
"""By how many posts are under way: a server that works in batches has larger ones the more people wait for it."""
AGAINST = Target("turns: CPU of the server a turn, against the commit before", Sense.AT_MOST, 1.05)
TURNS_SENT = Target("turns: with the outbox sending, rate against the naive server's", Sense.AT_LEAST, 0.4)
LATENCY_RATIO = Target("latency: p99 at half the naive server's maximum, against its own", Sense.AT_MOST, 2.0)
LATENCY = Target("latency: p99 at half the naive server's maximum", Sense.AT_MOST, 250, "ms")
MATCHER_1000 = Target("matcher: a message at 1,000 triggers, against 10", Sense.AT_MOST, 3.0)
MATCHER_10000 = Target("matcher: a message at 10,000 triggers, against 10", Sense.AT_MOST, 10.0)
MATCHER_LOOP = Target("matcher: faster than the loop at 2,000 triggers", Sense.AT_LEAST, 50.0)
START_SQLITE = Target("start: to the first served webhook, SQLite", Sense.AT_MOST, 1.5, "s")
START_POSTGRESQL = Target("start: to the first served webhook, PostgreSQL", Sense.AT_MOST, 1.5, "s")
GROWTH = Target("growth: rate at 10 million messages, against 10 thousand", Sense.AT_LEAST, 0.85)
MEMORY_RATIO = Target("memory: resident after 1 million turns, against after 10 thousand", Sense.AT_MOST, 1.1)
MEMORY = Target("memory: resident after 1 million turns", Sense.AT_MOST, 200, "MB")
DEADLOCKS = Target("replicas: deadlocks with 1, 2 and 4 processes", Sense.AT_MOST, 0, "")
FRESH = Target("fresh: the slowest second of the first minute, against the steady rate", Sense.AT_LEAST, 0.5)

READERS_TURNS = {
    how: Target(f"readers: turns' p95 while ten people read, {how}, against alone", Sense.AT_MOST, 1.5)
    for how in ("clicking", "following")
}
READERS_PAGE = Target("readers: the slowest first page, of a million messages", Sense.AT_MOST, 100, "ms")

API_LIST = Target("api: a page of contacts, or of a contact's messages, p95", Sense.AT_MOST, 30, "ms")
API_SENDING = Target("api: messages queued in a minute by one program", Sense.AT_LEAST, 10_000, "")

INBOX_LIST = Target("inbox: a page with the slowest list of a million messages, p95", Sense.AT_MOST, 50, "ms")
INBOX_SEARCH = Target("inbox: the slowest search of a million messages, p95", Sense.AT_MOST, 200, "ms")
INBOX_WORDS = Target("inbox: from a webhook's 2xx to the words on another one's open page, p99", Sense.AT_MOST, 1, "s")
INBOX_TURNS = Target("inbox: turns' p95 beside 50 agents at work, against alone", Sense.AT_MOST, 1.5)
INBOX_MEMORY = Target("inbox: resident after pages were opened and closed, against after a tenth", Sense.AT_MOST, 1.1)

POINTS_DUE = Target("points: the first thousand accounts whose points have ended, p95", Sense.AT_MOST, 50, "ms")
POINTS_PERSON = Target("points: what one person has and when it ends, p95", Sense.AT_MOST, 50, "ms")
POINTS_MONTH = Target("points: what all people are to lose within a month, p95", Sense.AT_MOST, 2, "s")
POINTS_POSTED = Target("points: earnings and redemptions a second on one process", Sense.AT_LEAST, 1_000, "")
POINTS_WRITING = Target("points: writing entries with the indexes of what ends, against without", Sense.AT_MOST, 2.0)

DOORS_MEMORY = Target("doors: memory over idle, under any attack", Sense.AT_MOST, 60, "MB")
DOORS_MEMORY_LARGE = Target("doors: memory over idle, while a body of 40 MiB is verified", Sense.AT_MOST, 150, "MB")
DOORS_WAIT = Target("doors: the longest that /health/live waits under any attack", Sense.AT_MOST, 250, "ms")
DOORS_DELAY = Target("doors: an account's delay beside a provider that hangs, against alone", Sense.AT_MOST, 2.0)

LANES = {
    (provider, share): Target(
        f"lanes: an answer's delay beside bulk, {provider} provider, p{share * 100:.0f}, as a part of twice that alone"
        " or 20 ms more",
        Sense.AT_MOST,
        1.0,
    )
    for provider in ("quick", "slow")
    for share in (0.5, 0.95)
}
LANES_SLOWLY = Target("lanes: an answer's delay beside bulk at one a second, p95", Sense.AT_MOST, 2, "s")


def peer(name: str) -> Target:
    """Messages a second against that peer's."""
    return Target(f"peers: messages a second against {name}'s", Sense.AT_LEAST, 3.0)
