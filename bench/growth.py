"""`growth`: turns a second with ten thousand, a million and ten million stored messages, side by side."""

from contextlib import AsyncExitStack
from dataclasses import asdict
from statistics import median

from bench.fill import fill, people, require_space, small_again
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, postgres, recado
from bench.progress import say
from bench.runs import Run, closed, posts_for
from bench.scenario import PEOPLE
from bench.targets import GROWTH, Finding
from tests.support.postgres import Databases

_SIZES = (10_000, 1_000_000, 10_000_000)
_ROUNDS = 5
_SECONDS = 10.0
_PRACTICE_SECONDS = 3.0


async def measure() -> Outcome:
    """Three databases with the same people and ever more messages; A B C A B C …."""
    require_space(max(_SIZES))
    outcome = Outcome("growth")
    async with postgres() as databases, AsyncExitStack() as stack:
        urls = await _databases(databases)
        outcome.figures["postgresql"] = await postgresql(urls[0])
        servers = [await stack.enter_async_context(recado(url)) for url in urls]
        rounds = [await _round(servers, f"GROWTH{number}N") for number in range(_ROUNDS)]
    outcome.figures["sizes"] = list(_SIZES)
    outcome.figures["rounds"] = [[asdict(run) for run in runs] for runs in rounds]
    for at, size in enumerate(_SIZES):
        rates = [runs[at].rate for runs in rounds]
        ratios = [runs[at].rate / runs[0].rate for runs in rounds]
        outcome.lines.append(
            f"{size:10,} messages  {median(rates):6.0f} a second   {median(ratios):.2f} of the rate at {_SIZES[0]:,}"
        )
    outcome.findings.append(Finding.median_of(GROWTH, [runs[-1].rate / runs[0].rate for runs in rounds]))
    return outcome


async def _databases(databases: Databases) -> list[str]:
    """A database of each size."""
    first = await databases.create()
    await people(first)
    made = [first, *[await databases.copy(first) for _ in _SIZES[1:]]]
    for url, size in zip(made, _SIZES, strict=True):
        say(f"filling a database with {size:,} messages")
        say(await fill(url, size))
    return made


async def _round(servers: list[Server], name: str) -> list[Run]:
    """A run of each size; the smallest database is emptied of what earlier runs have added, the others are not."""
    made = []
    await small_again(servers[0].database)
    practice, posts = (
        posts_for(_PRACTICE_SECONDS, f"{name}PRACTICE", PEOPLE),
        posts_for(_SECONDS, name, PEOPLE),
    )
    for server, size in zip(servers, _SIZES, strict=True):
        await closed(server, practice, _PRACTICE_SECONDS)
        if server is servers[0]:
            await small_again(server.database)
        made.append(await closed(server, posts, _SECONDS))
        say(f"{size:10,} messages  {made[-1].line}")
    return made
