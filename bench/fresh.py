"""`fresh`: the first minute on an empty database at full rate, second by second.

Nobody has written before and no table was ever analysed, so what PostgreSQL plans in the first moments it plans
blindly, and everyone who writes is new.
"""

from statistics import median

from bench.committed import committed, require_true
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK
from bench.scenario import PEOPLE, Posts
from bench.stats import each_second
from bench.targets import FRESH, Finding
from bot.core.clock import utc_now
from tests.support.postgres import Databases

_MINUTES = 3
_SECONDS = 61.0
_STEADY_FROM = 30
_POSTS = 500_000


async def measure() -> Outcome:
    """Three first minutes, each on a database of its own; the median of their slowest seconds decides."""
    outcome = Outcome("fresh")
    minutes = []
    async with postgres() as databases:
        for number in range(_MINUTES):
            say(f"first minute {number + 1} of {_MINUTES}")
            rates = await _first_minute(databases)
            minutes.append(rates)
            steady = median(rates[_STEADY_FROM:])
            slowest = min(rates)
            outcome.lines.append(
                f"steady {steady:.0f} a second; the slowest second is number {rates.index(slowest) + 1}: {slowest}"
                f" = {slowest / steady:.2f}; the first five: {rates[:5]}"
            )
            say(outcome.lines[-1])
        outcome.figures["postgresql"] = await postgresql(await databases.create())
    outcome.figures["minutes"] = minutes
    outcome.findings.append(Finding.median_of(FRESH, [min(rates) / median(rates[_STEADY_FROM:]) for rates in minutes]))
    return outcome


async def _first_minute(databases: Databases) -> list[int]:
    """Turns in each second."""
    database = await databases.create()
    posts = Posts(WEBHOOK, "FRESH", PEOPLE)
    made = posts.begin_flows()
    made += posts.take(_POSTS - len(made))
    async with recado(database) as server:
        began = utc_now()
        measured = await server.take(made, seconds=_SECONDS)
        require_true(server, measured, await committed(server, began))
    await databases.drop(database)
    return each_second(measured.finished)[: int(_SECONDS) - 1]
