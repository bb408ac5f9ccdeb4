"""`readers`: how long turns take while ten people page through a million messages, against alone.

The turns come at half the highest rate. Alone, clicking, and clicking with pages that follow what happens take turns
on one server, so that what else the machine does falls on all three. Then, with nobody writing, how long each page
takes to be made. SQLite gets a copy of the same rows, and is told beside.
"""

import asyncio
import contextlib
import json
import sys
import tempfile
from collections import defaultdict
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median

from sqlalchemy import select

from bench.committed import committed, require_true
from bench.copied import copy_to_sqlite
from bench.fill import fill, people
from bench.load import Measured
from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, connected, postgres, recado
from bench.progress import say
from bench.runs import WEBHOOK, closed, posts_for
from bench.scenario import Posts, word
from bench.stats import percentile
from bench.targets import READERS_PAGE, READERS_TURNS, Finding
from bench.words import gather_words
from bot.contacts.models import Contact
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.users.held.sessions import start_session
from bot.users.rules import Role
from bot.users.service import Visitor, add_user
from tests.support.processes import ROOT

_HOW = ("alone", "clicking", "following")
_SHARE = 0.5
_OF_ONE_STATE = "/messages, of one state"
_LOOKS = 15
"""How often each page is asked for; the first does not count."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        writers: people who write during it.
        contacts: people there are, who wrote once upon a time.
        messages: there are.
        rounds: of each kind.
        seconds: each lasts.
        maximum_seconds: of each look for the highest rate.
        on_sqlite: whether SQLite is told beside.
    """

    writers: int
    contacts: int
    messages: int
    rounds: int
    seconds: float
    maximum_seconds: float
    on_sqlite: bool


_FULL = Extent(50_000, 100_000, 1_000_000, 3, 12.0, 4.0, on_sqlite=True)
_QUICK = Extent(2_000, 4_000, 40_000, 2, 5.0, 2.0, on_sqlite=False)


class Readers:
    """The process of those who read."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: str) -> list[tuple[str, float, int]]:
        """Give it a command; what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("those who read have failed; what they say stands above")
        return [tuple(each) for each in json.loads(line)]


async def measure(*, quick: bool = False) -> Outcome:
    """PostgreSQL, whose turns decide, and SQLite beside."""
    extent, outcome = _QUICK if quick else _FULL, Outcome("readers")
    async with postgres() as databases:
        url = await databases.create()
        await people(url, extent.writers)
        say(await fill(url, extent.messages, extent.contacts))
        await gather_words(url)
        outcome.figures["postgresql"] = await postgresql(url)
        with tempfile.TemporaryDirectory(prefix="recado-bench-") as scratch:
            found = await _measured("PostgreSQL", url, extent, outcome)
            # Pages that follow ask too seldom within a few seconds for a figure that turns a change away.
            outcome.findings = [each for each in found if not quick or each.target is not READERS_TURNS["following"]]
            if extent.on_sqlite:
                copied = f"sqlite+aiosqlite:///{Path(scratch) / 'bot.db'}"
                say("copying all rows to SQLite")
                await copy_to_sqlite(url, copied)
                await _measured("SQLite", copied, extent, outcome)
    return outcome


async def _measured(name: str, url: str, extent: Extent, outcome: Outcome) -> list[Finding]:
    """All of one database."""
    async with recado(url) as server, _readers(server) as readers:
        rate = _SHARE * await _maximum(server, extent, name)
        say(f"{name}: {rate:.0f} turns a second, half the highest rate")
        runs: dict[str, list[Measured]] = defaultdict(list)
        waits: dict[str, list[tuple[str, float, int]]] = defaultdict(list)
        for number in range(extent.rounds + 1):
            for how in _HOW:
                measured, seen = await _round(server, readers, how, rate, extent, f"{name}{how}{number}N")
                say(f"{name}: {_line(how, measured)}")
                # A first round warms up.
                if number:
                    runs[how].append(measured)
                    waits[how] += seen
        pages = await _pages(server, readers)
    outcome.lines += ["", f"{name}, {rate:.0f} turns a second:", *_lines(runs, waits, pages)]
    outcome.figures[name] = {
        "rate": rate,
        "p95": {how: [each.percentile(0.95) for each in made] for how, made in runs.items()},
        "pages": pages,
        "waits": {how: [wait for _kind, wait, _bytes in seen] for how, seen in waits.items()},
    }
    return [*_findings(runs), *_page_findings(pages)]


async def _round(
    server: Server, readers: Readers, how: str, rate: float, extent: Extent, name: str
) -> tuple[Measured, list[tuple[str, float, int]]]:
    """Turns at `rate`, beside those who read."""
    posts = Posts(WEBHOOK, name, extent.writers).take(int(rate * extent.seconds))
    if not server.on_sqlite:
        async with connected(server.database) as connection:
            await connection.execute("CHECKPOINT")
    if how != "alone":
        await readers.tell("begin" if how == "clicking" else "follow")
    since = utc_now()
    measured = await server.take_at(rate, posts)
    seen = await readers.tell("end") if how != "alone" else []
    require_true(server, measured, await committed(server, since))
    return measured, seen


async def _maximum(server: Server, extent: Extent, name: str) -> float:
    """Turns a second in a closed loop; a first, short run does not count."""
    rates = []
    for number in range(4):
        posts = posts_for(extent.maximum_seconds, f"{name}MOST{number}N", extent.writers)
        rates.append((await closed(server, posts, extent.maximum_seconds)).rate)
    return median(rates[1:])


async def _pages(server: Server, readers: Readers) -> dict[str, list[float]]:
    """Seconds until each page is there, with nobody writing; those of the first view, and of one far behind it."""
    paths = {
        "/messages": "/messages",
        "/messages, search": f"/messages?q={word(7)}",
        "/messages, a common word": "/messages?q=rui",
        _OF_ONE_STATE: "/messages?state=failed",
        "/contacts": "/contacts",
        "/contacts, search": "/contacts?q=rui",
        "a conversation": await _a_conversation(server),
    }
    found: dict[str, list[float]] = {}
    for label, path in paths.items():
        found[label] = [(await readers.tell(f"look {path}"))[0][1] for _ in range(_LOOKS)][1:]
    return found


async def _a_conversation(server: Server) -> str:
    """The path of the contact with the most messages."""
    engine = create_engine(server.database)
    try:
        async with engine.connect() as connection:
            statement = select(Contact.id).order_by(Contact.seq.desc()).limit(1)
            return f"/contacts/{(await connection.execute(statement)).scalar_one()}"
    finally:
        await engine.dispose()


@asynccontextmanager
async def _readers(server: Server) -> AsyncIterator[Readers]:
    """Those who read `server`, signed in."""
    engine, email = create_engine(server.database), f"reader.{server.process.port}@example.com"
    try:
        async with engine.begin() as connection:
            user = await add_user(connection, email, Role.EDITOR, Actor("bench"), utc_now())
            begun = await start_session(connection, user.id, Visitor("127.0.0.1", "bench"), utc_now())
    finally:
        await engine.dispose()
    port = server.process.port
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.reading", "--port", str(port)),
        *("--cookie", f"recado_session_{port}={begun.token}"),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**24,
    )
    try:
        yield Readers(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()


def _findings(runs: dict[str, list[Measured]]) -> list[Finding]:
    alone = [each.percentile(0.95) for each in runs["alone"]]
    return [
        Finding.median_of(
            READERS_TURNS[how],
            [each.percentile(0.95) / before for each, before in zip(runs[how], alone, strict=True)],
        )
        for how in _HOW[1:]
    ]


def _page_findings(pages: dict[str, list[float]]) -> list[Finding]:
    """The slowest page decides, but for the list of one state, which is not indexed and looks at so many messages."""
    slowest = max((took for label, took in pages.items() if label != _OF_ONE_STATE), key=median)
    return [Finding.median_of(READERS_PAGE, [each * 1000 for each in slowest])]


def _lines(
    runs: dict[str, list[Measured]], waits: dict[str, list[tuple[str, float, int]]], pages: dict[str, list[float]]
) -> list[str]:
    lines = []
    for how, made in runs.items():
        pooled = [latency for each in made for latency in each.latencies]
        ratios = [
            each.percentile(0.95) / other.percentile(0.95) for each, other in zip(made, runs["alone"], strict=True)
        ]
        late = percentile([late for each in made for late in each.lateness], 0.99)
        lines.append(
            f"  turns {how:10} {_times(pooled)}   {median(ratios):.2f} of alone"
            f"   generator late by {late * 1000:.1f} ms at p99"
        )
    for how, seen in waits.items():
        for kind in sorted({each for each, _wait, _bytes in seen}):
            took = [wait for each, wait, _bytes in seen if each == kind]
            lines.append(f"  pages {how:10} {kind:14} {len(took):5}   {_times(took)}")
    for label, took in pages.items():
        lines.append(f"  {label:30} {_times(took)}")
    return lines


def _times(seconds: Sequence[float]) -> str:
    p50, p95, longest = (f"{percentile(seconds, share) * 1000:6.1f}" for share in (0.5, 0.95, 1.0))
    return f"p50 {p50} ms   p95 {p95} ms   at most {longest} ms"


def _line(how: str, measured: Measured) -> str:
    return f"{how:10} {_times(measured.latencies)}" + (
        f"   {measured.unanswered} unanswered" if measured.unanswered else ""
    )
