"""`replicas`: one, two and four processes on one PostgreSQL: what a turn costs each side, and who waits for whom."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from statistics import median

from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import connected, postgres, recado, warm
from bench.progress import say
from bench.runs import Run, closed, posts_for
from bench.scenario import PEOPLE
from bench.targets import DEADLOCKS, Finding

_PROCESSES = (1, 2, 4)
_ROUNDS = 3
_SECONDS = 10.0
_PRACTICE_SECONDS = 3.0
_LOOK = 0.05
_UNTIL_COUNTED = 2.0
"""Seconds after which PostgreSQL's counters have certainly been brought up to date."""
_WAITS = """
SELECT coalesce(wait_event_type, 'CPU') FROM pg_stat_activity
WHERE datname = current_database() AND state = 'active' AND pid <> pg_backend_pid()
"""
_DEADLOCKS = "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"


@dataclass(frozen=True, slots=True)
class Shared:
    """A run of several processes.

    Attributes:
        processes: how many.
        waits: what PostgreSQL's busy connections were at, on average over the run: a number of connections by
            `Lock` (rows and transactions), `LWLock`, `IO`, `Client`, …, and `CPU` where they waited for nothing.
    """

    processes: int
    run: Run
    waits: dict[str, float]

    @property
    def line(self) -> str:
        """As a person reads it; CPU microseconds a turn are milliseconds, and so thousandths of seconds, a thousand."""
        run = self.run
        waits = ", ".join(f"{kind} {count:.2f}" for kind, count in sorted(self.waits.items()))
        costs = f"Python {run.server_us / 1000:.2f}  PostgreSQL {run.postgres_us / 1000:.2f}"
        return (
            f"{self.processes} processes  {run.rate:6.0f} a second   p99 {run.p99 * 1000:4.0f} ms"
            f"   CPU s for 1,000 turns: {costs}   connections at: {waits}"
        )


async def measure() -> Outcome:
    """1 2 4 1 2 4 …, all on one database."""
    outcome = Outcome("replicas")
    made: list[Shared] = []
    async with postgres() as databases:
        database = await databases.create()
        outcome.figures["postgresql"] = await postgresql(database)
        async with recado(database) as server:
            say(f"{PEOPLE} people write once")
            await warm(server, PEOPLE)
        for number in range(_ROUNDS):
            for processes in _PROCESSES:
                made.append(await _run(database, processes, f"ROUND{number}P{processes}N"))
                say(made[-1].line)
        await asyncio.sleep(_UNTIL_COUNTED)
        async with connected(database) as connection:
            deadlocks = await connection.fetchval(_DEADLOCKS)
    outcome.figures |= {"runs": [asdict(each) for each in made], "deadlocks": deadlocks}
    outcome.lines = [_typical([each for each in made if each.processes == processes]).line for processes in _PROCESSES]
    outcome.lines.append(f"{deadlocks} deadlocks")
    outcome.findings.append(Finding.median_of(DEADLOCKS, [deadlocks]))
    return outcome


async def _run(database: str, processes: int, name: str) -> Shared:
    async with recado(database, None, "--workers", str(processes)) as server:
        await closed(server, posts_for(_PRACTICE_SECONDS, f"{name}PRACTICE", PEOPLE), _PRACTICE_SECONDS)
        posts = posts_for(_SECONDS, name, PEOPLE)
        async with _watching(database) as waits:
            run = await closed(server, posts, _SECONDS)
    return Shared(processes, run, waits)


@asynccontextmanager
async def _watching(database: str) -> AsyncIterator[dict[str, float]]:
    """Looks at PostgreSQL's connections now and then; the mean of what they were at is there on leaving."""
    seen: Counter[str] = Counter()
    looks = 0
    means: dict[str, float] = {}

    async def look() -> None:
        nonlocal looks
        async with connected(database) as connection:
            while True:
                seen.update(row[0] for row in await connection.fetch(_WAITS))
                looks += 1
                await asyncio.sleep(_LOOK)

    looking = asyncio.get_running_loop().create_task(look())
    try:
        yield means
    finally:
        looking.cancel()
        await asyncio.gather(looking, return_exceptions=True)
    means |= {kind: count / looks for kind, count in seen.items()}


def _typical(runs: list[Shared]) -> Shared:
    """The one in the middle."""
    rate = median(each.run.rate for each in runs)
    return min(runs, key=lambda each: abs(each.run.rate - rate))
