"""`turns`: whole turns a second, to committed outbound messages, against the naive server's rows a second."""

import itertools
from collections.abc import Collection
from dataclasses import asdict
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from bench.load import CONNECTIONS
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, naive, postgres, recado, warm
from bench.progress import say
from bench.runs import Run, closed, posts_for
from bench.scenario import PEOPLE
from bench.sending import measure_sending
from bench.targets import TURNS, Finding

_PAIRS = 5
_SECONDS = 5.0
_PRACTICE_SECONDS = 2.0
_QUICK_PEOPLE = 5_000
_QUICK_SECONDS = 1.2
_SQLITE_RUNS = 3


async def measure(*, quick: bool = False) -> Outcome:
    """Pairs of naive and recado on PostgreSQL; then with the outbox sending; then SQLite. `quick`: pairs alone."""
    people, seconds = (_QUICK_PEOPLE, _QUICK_SECONDS) if quick else (PEOPLE, _SECONDS)
    # The quick form guards against changes that cost time, and many connections show the cost of a turn alone.
    targets = {CONNECTIONS: TURNS[CONNECTIONS]} if quick else TURNS
    outcome = Outcome("turns")
    async with postgres() as databases, naive(await databases.create(empty=True)) as theirs:
        database = await databases.create()
        async with recado(database) as ours:
            outcome.figures["postgresql"] = await postgresql(database)
            await warm_both(theirs, ours, people)
            runs = await pairs(theirs, ours, people, seconds, targets)
        for connections, target in targets.items():
            made = [(their, our) for their, our in runs if our.connections == connections]
            outcome.findings.append(Finding.median_of(target, [our.rate / their.rate for their, our in made]))
            outcome.lines += [_typical([their for their, _our in made]), _typical([our for _their, our in made])]
        outcome.figures["pairs"] = [[asdict(their), asdict(our)] for their, our in runs]
        if quick:
            return outcome
        await measure_sending(theirs, database, outcome)
    lines = await _sqlite(people)
    outcome.figures["sqlite"] = [asdict(run) for run in lines]
    outcome.lines.append(_typical(lines).replace("recado  ", "SQLite  "))
    return outcome


async def warm_both(theirs: Server, ours: Server, people: int) -> None:
    """Let everyone write to both once."""
    for server in (theirs, ours):
        say(f"{people} people write to {server.name} once")
        await warm(server, people)


async def pairs(
    theirs: Server, ours: Server, people: int, seconds: float, loads: Collection[int]
) -> list[tuple[Run, Run]]:
    """A B A B … for each number of connections, the same posts for both in a pair; first a practice run."""
    practice = posts_for(_PRACTICE_SECONDS, "PRACTICE", people)
    for server in (theirs, ours):
        await closed(server, practice, _PRACTICE_SECONDS)
    made = []
    for number, connections in itertools.product(range(_PAIRS), loads):
        posts = posts_for(seconds, f"PAIR{number}C{connections}N", people)
        their = await closed(theirs, posts, seconds, connections)
        say(their.line)
        our = await closed(ours, posts, seconds, connections)
        say(f"{our.line}   ratio {our.rate / their.rate:.2f}")
        made.append((their, our))
    return made


async def _sqlite(people: int) -> list[Run]:
    """Ours on a SQLite file."""
    with TemporaryDirectory(prefix="recado-bench-") as folder:
        async with recado(f"sqlite+aiosqlite:///{Path(folder) / 'bot.db'}") as server:
            say(f"{people} people write to {server.name} on SQLite once")
            await warm(server, people)
            made = []
            for number in range(_SQLITE_RUNS):
                made.append(await closed(server, posts_for(_SECONDS, f"SQLITE{number}N", people), _SECONDS))
                say(made[-1].line)
            return made


def _typical(runs: list[Run]) -> str:
    """The run in the middle."""
    rate = median(run.rate for run in runs)
    return min(runs, key=lambda run: abs(run.rate - rate)).line
