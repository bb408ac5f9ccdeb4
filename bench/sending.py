"""The outbox beside the turns: whole turns a second, from a webhook to the answer in the provider's hands."""

import asyncio
import time
from dataclasses import asdict, dataclass
from statistics import median

from bench.outcome import Outcome
from bench.places import Server, connected, graph, recado
from bench.progress import say
from bench.runs import WEBHOOK, Run, closed, closed_in_full, posts_for
from bench.scenario import PEOPLE, Posts
from bench.targets import TURNS_SENT, Finding

_PAIRS = 5
_SECONDS = 5.0
_STEADY_SECONDS = 10.0
_DRAIN_SECONDS = 120.0
_QUEUED = "SELECT count(*) FROM messages WHERE direction = 'outbound' AND status = 'queued'"
_COUNT_AS_SENT = """
UPDATE messages SET status = 'sent', provider_message_id = 'wamid.' || id, attempts = 1
WHERE direction = 'outbound' AND status = 'queued'
"""
_LOOK = 0.2
"""Seconds between two looks into the database."""


@dataclass(frozen=True, slots=True)
class Sent:
    """A closed loop, and then the time until the last answer is sent.

    Attributes:
        rate: turns a second, counted until the last answer is recorded as sent.
        behind: answers not sent yet when the posts were over.
        drain: seconds from then until none was left.
    """

    run: Run
    rate: float
    behind: int
    drain: float

    @property
    def line(self) -> str:
        """As a person reads it."""
        late = f"{self.behind} were behind when the posts were over, {self.drain:.1f} s"
        return f"{self.run.line}\n         {self.rate:6.0f} a second until all is sent; {late}"


@dataclass(frozen=True, slots=True)
class Steady:
    """Posts at a fixed rate, while the outbox sends.

    Attributes:
        rate: posts a second.
        lags: seconds by which sending was behind at each look: answers waiting, by the rate.
        p99: seconds until a post was answered.
    """

    rate: float
    lags: list[float]
    p99: float


async def measure_sending(theirs: Server, database: str, outcome: Outcome) -> None:
    """Pairs of the naive server and ours with its outbox on, both on the same two cores as the stand-in provider.

    `database` is one that ours has served with its outbox off; what it queued there counts as sent.
    """
    async with connected(database) as connection:
        await connection.execute(_COUNT_AS_SENT)
        await connection.execute("VACUUM ANALYZE")
    async with graph() as provider, recado(database, provider.settings) as ours:
        await _whole(ours, posts_for(_SECONDS, "SENTPRACTICE", PEOPLE))
        made: list[tuple[Run, Sent]] = []
        for number in range(_PAIRS):
            posts = posts_for(_SECONDS, f"SENT{number}N", PEOPLE)
            their = await closed(theirs, posts, _SECONDS)
            say(their.line)
            made.append((their, await _whole(ours, posts)))
            say(f"{made[-1][1].line}   ratio {made[-1][1].rate / their.rate:.2f}")
        steady = await _steady(ours, median(sent.rate for _their, sent in made))
    outcome.findings.append(Finding.median_of(TURNS_SENT, [sent.rate / their.rate for their, sent in made]))
    outcome.figures["sending"] = {
        "pairs": [[asdict(their), asdict(sent)] for their, sent in made],
        "steady": asdict(steady),
    }
    lag = f"{median(steady.lags):.2f} s behind, at most {max(steady.lags):.2f} s"
    outcome.lines += [
        made[-1][1].line,
        f"at {steady.rate:.0f} posts a second sending is {lag}; webhooks p99 {steady.p99 * 1000:.0f} ms",
    ]


async def _whole(server: Server, posts: list[bytes]) -> Sent:
    """Post for a while, then wait until everything is sent; both times count."""
    run, measured, found = await closed_in_full(server, posts, _SECONDS)
    await drained(server)
    drain = time.perf_counter() - measured.ended
    return Sent(run, found.turns / (measured.seconds + drain), found.queued, drain)


async def drained(server: Server) -> None:
    """Wait until every answer is recorded as sent; raises TimeoutError when that takes too long."""
    async with connected(server.database) as connection, asyncio.timeout(_DRAIN_SECONDS):
        while True:
            if not await connection.fetchval(_QUEUED):
                return
            await asyncio.sleep(_LOOK)


async def _steady(server: Server, rate: float) -> Steady:
    """Show whether sending keeps up at `rate`: how far it is behind while posts keep coming."""
    posts = Posts(WEBHOOK, "STEADY", PEOPLE).take(int(rate * _STEADY_SECONDS))
    lags = []
    async with connected(server.database) as connection:
        taking = asyncio.get_running_loop().create_task(server.take_at(rate, posts))
        while not taking.done():
            await asyncio.sleep(_LOOK)
            lags.append(await connection.fetchval(_QUEUED) / rate)
    return Steady(rate, lags, (await taking).percentile(0.99))
