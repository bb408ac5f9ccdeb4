"""How long the event loop stands still while bundles are loaded and messages are matched."""

import asyncio
import itertools
import json
import time
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from sqlalchemy.ext.asyncio import AsyncEngine

from bench.progress import say
from bench.wanted import Wanted, messages, wanted
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.db.migrate import upgrade
from bot.engine.definitions import Definitions
from bot.engine.matcher import match
from bot.engine.patterns import Candidate
from bot.flows.checking import Source, check
from bot.flows.service import Catalogue, publish

_A_BUNDLE = 500
"""Triggers that one bundle may have."""

_LOADS = 5
_TICK = 0.001
_MESSAGES = 1_000
_LOCALE = "pt-BR"


@dataclass(slots=True)
class Watched:
    """What happened on the event loop for some time.

    Attributes:
        seconds: how long it was watched.
        stall: milliseconds by which the latest wake-up was late.
        matched: messages matched in that time.
    """

    seconds: float = 0.0
    stall: float = 0.0
    matched: int = 0


@dataclass(slots=True)
class Stalls:
    """Several loads of the same triggers.

    Attributes:
        triggers: how many.
        idle: the event loop before each load, for as long.
        loading: the event loop during each load.
    """

    triggers: int
    idle: list[Watched] = field(default_factory=list)
    loading: list[Watched] = field(default_factory=list)

    @property
    def line(self) -> str:
        """As a person reads it."""
        stalls = [each.stall for each in self.loading]
        return (
            f"loading {self.triggers:,} triggers takes {median(each.seconds for each in self.loading):.2f} s"
            f" and holds up the event loop for {median(stalls):.0f} ms at most"
            f" ({min(stalls):.0f} to {max(stalls):.0f} in {len(stalls)};"
            f" {median(each.stall for each in self.idle):.0f} ms while nothing is loaded);"
            f" {sum(each.matched for each in self.loading):,} messages were matched meanwhile"
        )


async def measure_stalls(count: int) -> Stalls:
    """Publish bundles with `count` triggers on SQLite and load them anew a few times, as a server does."""
    say(f"loading {count:,} triggers while messages are matched")
    stalls = Stalls(count)
    made = wanted(count)
    texts = messages(made, _MESSAGES, seed=count)
    with TemporaryDirectory(prefix="recado-bench-") as folder:
        engine = create_engine(f"sqlite+aiosqlite:///{Path(folder) / 'bot.db'}")
        await upgrade(engine)
        for first in range(0, count, _A_BUNDLE):
            await _publish(engine, first, made[first : first + _A_BUNDLE], "Oi!")
        catalogue = Catalogue(engine, {})
        await catalogue.refresh()
        for load in range(_LOADS):
            await _publish(engine, 0, made[:_A_BUNDLE], f"Oi {load}!")
            async with _watching(catalogue, texts) as loading:
                await catalogue.refresh()
            async with _watching(catalogue, texts) as idle:
                await asyncio.sleep(loading.seconds)
            stalls.loading.append(loading)
            stalls.idle.append(idle)
        await engine.dispose()
    return stalls


async def _publish(engine: AsyncEngine, first: int, part: Sequence[Wanted], words: str) -> None:
    bundle = {
        "bundle": f"prices{first}",
        "locale": _LOCALE,
        "templates": {"words": {"content": words}},
        "triggers": [
            {"key": f"t{at}", "type": each.kind, "pattern": each.pattern, "template": "words"}
            for at, each in enumerate(part)
        ],
    }
    # JSON is YAML.
    checked = check([Source("bundle.yaml", json.dumps(bundle).encode())])
    async with engine.begin() as connection:
        await publish(connection, checked.bundles, by=Actor("bench"), now=utc_now())


@asynccontextmanager
async def _watching(catalogue: Catalogue, texts: Sequence[str]) -> AsyncIterator[Watched]:
    watched = Watched()
    tasks = [asyncio.create_task(_tick(watched)), asyncio.create_task(_match(catalogue, texts, watched))]
    await asyncio.sleep(10 * _TICK)
    watched.stall, watched.matched = 0.0, 0
    began = time.perf_counter()
    yield watched
    watched.seconds = time.perf_counter() - began
    # One more turn of the loop, or a stall at the very end would not be seen.
    await asyncio.sleep(10 * _TICK)
    for each in tasks:
        each.cancel()
        with suppress(asyncio.CancelledError):
            await each


async def _tick(watched: Watched) -> None:
    while True:
        due = time.perf_counter() + _TICK
        await asyncio.sleep(_TICK)
        watched.stall = max(watched.stall, (time.perf_counter() - due) * 1000)


async def _match(catalogue: Catalogue, texts: Sequence[str], watched: Watched) -> None:
    for text in itertools.cycle(texts):
        _look_up(catalogue.definitions, text)
        watched.matched += 1
        await asyncio.sleep(_TICK)


def _look_up(definitions: Definitions, text: str) -> None:
    candidate = Candidate(text, _LOCALE)
    possible = ((candidate, definitions.triggers.possible(candidate)),)
    match(possible, len(definitions.triggers), {}, utc_now(), interrupt=False)
