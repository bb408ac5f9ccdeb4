"""`latency`: how long a webhook waits for its 2xx, at the same absolute rates for both servers."""

from dataclasses import asdict, dataclass
from statistics import median

from bench.committed import committed, require_true
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, connected, naive, postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK, closed, posts_for
from bench.scenario import PEOPLE, Posts
from bench.stats import percentile
from bench.targets import LATENCY, LATENCY_RATIO, Finding
from bench.turns import warm_both
from bot.core.clock import utc_now

_SHARES = (0.25, 0.5, 0.8)
_DECIDES = 0.5
_ROUNDS = 3
_SECONDS = 6.0
_MAXIMUM_SECONDS = 4.0
_MAXIMUM_RUNS = 3
_PERCENTILES = (0.5, 0.99, 0.999)


@dataclass(slots=True)
class Pooled:
    """All runs of one server at one rate; times in seconds.

    Attributes:
        server: its name.
        share: of the naive server's maximum.
        rate: posts a second.
        latencies: of every post, from the moment it was due.
        p99s: of each run.
        unanswered: posts that were given up, and charged.
        refused: answers other than 2xx.
        lateness: by which the generator itself was late, for each post it sent from its own clock.
    """

    server: str
    share: float
    rate: float
    latencies: list[float]
    p99s: list[float]
    unanswered: int
    refused: int
    lateness: list[float]

    @classmethod
    def nothing(cls, server: Server, share: float, rate: float) -> "Pooled":
        """Before the first run."""
        return cls(server.name, share, rate, [], [], 0, 0, [])

    def at(self, share: float) -> float:
        """The latency that `share` of all posts stay within."""
        return percentile(self.latencies, share)

    @property
    def line(self) -> str:
        """As a person reads it."""
        p50, p99, p999 = (f"{self.at(share) * 1000:6.1f}" for share in _PERCENTILES)
        late = percentile(self.lateness, 0.99) * 1000
        return (
            f"{self.share:4.0%} = {self.rate:5.0f} a second   {self.server:8}"
            f" p50 {p50} ms   p99 {p99} ms   p99.9 {p999} ms"
            f"   generator late by {late:.1f} ms at p99"
            + (f"   {self.unanswered} unanswered" if self.unanswered else "")
            + (f"   {self.refused} refused" if self.refused else "")
        )

    def as_json(self) -> dict[str, object]:
        """Without the single posts; their distribution in a hundred and more steps, for the plot."""
        steps = [*(number / 100 for number in range(1, 100)), *(0.99 + number / 1000 for number in range(1, 10))]
        steps += [0.9990, 0.9995, 0.9999]
        ordered = sorted(self.latencies)
        kept = {key: value for key, value in asdict(self).items() if key not in {"latencies", "lateness"}}
        return {
            **kept,
            "posts": len(ordered),
            "lateness_p99": percentile(self.lateness, 0.99),
            "percentiles": {f"{share:.4f}": percentile(ordered, share) for share in steps},
        }


async def measure() -> Outcome:
    """The naive server's maximum first; then each share of it for both, in turns."""
    outcome = Outcome("latency")
    async with (
        postgres() as databases,
        naive(await databases.create(empty=True)) as theirs,
        recado(await databases.create()) as ours,
    ):
        await warm_both(theirs, ours, PEOPLE)
        outcome.figures["postgresql"] = await postgresql(ours.database)
        maximum = await _maximum(theirs)
        say(f"the naive server's maximum is {maximum:.0f} a second")
        pools = {
            (share, server.name): Pooled.nothing(server, share, share * maximum)
            for share in _SHARES
            for server in (theirs, ours)
        }
        for number in range(_ROUNDS):
            for share in _SHARES:
                for server in (theirs, ours):
                    pool = pools[share, server.name]
                    await _add(server, pool, f"OPEN{number}S{share * 100:.0f}N")
                    say(f"round {number + 1}   {pool.line}")
    outcome.figures |= {"maximum": maximum, "pools": [pool.as_json() for pool in pools.values()]}
    outcome.lines = [f"the naive server's maximum: {maximum:.0f} a second", *(pool.line for pool in pools.values())]
    outcome.findings = _findings(pools[_DECIDES, theirs.name], pools[_DECIDES, ours.name])
    return outcome


async def _maximum(server: Server) -> float:
    """What it takes a second in a closed loop; a first, short run does not count."""
    rates = []
    for number in range(_MAXIMUM_RUNS + 1):
        posts = posts_for(_MAXIMUM_SECONDS, f"MAX{number}N", PEOPLE)
        rates.append((await closed(server, posts, _MAXIMUM_SECONDS)).rate)
    return median(rates[1:])


async def _add(server: Server, pool: Pooled, name: str) -> None:
    """One more run at the pool's rate."""
    posts = Posts(WEBHOOK, name, PEOPLE).take(int(pool.rate * _SECONDS))
    async with connected(server.database) as connection:
        await connection.execute("CHECKPOINT")
    since = utc_now()
    measured = await server.take_at(pool.rate, posts)
    require_true(server, measured, await committed(server, since))
    pool.latencies += measured.latencies
    pool.lateness += measured.lateness
    pool.p99s.append(measured.percentile(0.99))
    pool.unanswered += measured.unanswered
    pool.refused += measured.refused


def _findings(their: Pooled, our: Pooled) -> list[Finding]:
    """The pooled runs decide; the range is that of the single ones."""
    ratios = [one / other for one, other in zip(our.p99s, their.p99s, strict=True)]
    return [
        Finding(LATENCY_RATIO, our.at(0.99) / their.at(0.99), min(ratios), max(ratios), len(ratios)),
        Finding(LATENCY, our.at(0.99) * 1000, min(our.p99s) * 1000, max(our.p99s) * 1000, len(our.p99s)),
    ]
