"""`points`: ten million lots on PostgreSQL, with the planner's own settings.

How long the first thousand accounts take whose points have ended, what one person has, and what a programme is to lose
within a month; how many earnings and redemptions a second one process posts; and what the ledger's indexes cost in
writing.
"""

import asyncio
import random
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import connected, postgres
from bench.points_filled import LOTS_A_PERSON, fill_points
from bench.progress import say
from bench.stats import percentile
from bench.targets import POINTS_DUE, POINTS_MONTH, POINTS_PERSON, POINTS_POSTED, POINTS_WRITING, Finding
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.loyalty.ending.queries import due_accounts
from bot.loyalty.service import (
    AskedProgramme,
    Earn,
    Posted,
    Posting,
    Programme,
    Redeem,
    Together,
    add_programme,
    day_of,
    expiring,
    standing,
)

_SLICE = 1_000
"""Accounts of one slice of the job."""
_AT_ONCE = 256
"""Postings under way."""
_MONTH = timedelta(days=30)
_SEEDS = ("expires_at", "expires_at_credit", "account_id_expires_at")
"""The indexes of the ledger by which it is looked up what ends."""


@dataclass(frozen=True, slots=True)
class Extent:
    """How much is measured.

    Attributes:
        lots: there are.
        looks: at each question.
        seconds: for which is posted.
        written: entries of each trial of what writing costs.
    """

    lots: int
    looks: int
    seconds: float
    written: int


_FULL = Extent(10_000_000, 40, 15.0, 100_000)
_QUICK = Extent(100_000, 10, 3.0, 10_000)
_WRITE = """
INSERT INTO point_ledger (id, programme_id, account_id, posting_id, kind, credit, debit, expires_at, reason, reference,
    created_at)
SELECT 'w' || $2 || lpad(n::text, 10, '0'), $1, 'account' || lpad(n::text, 10, '0'),
    'w' || $2 || lpad(n::text, 10, '0'), 'earn', 10, 0, current_date + n % 365, '', '', now()
FROM generate_series(1, least($3::int, (SELECT count(*)::int FROM point_accounts))) AS n
"""
_Question = Callable[[AsyncConnection, int], Awaitable[object]]


async def measure(*, quick: bool = False) -> Outcome:
    """On PostgreSQL."""
    extent, outcome = _QUICK if quick else _FULL, Outcome("points")
    async with postgres() as databases:
        url = await databases.create()
        posting, reading = create_engine(url), _as_planned(url)
        try:
            async with posting.begin() as connection:
                asked = AskedProgramme("Club", "America/Sao_Paulo")
                programme = await add_programme(connection, asked, Actor("bench"), utc_now())
            await fill_points(url, programme.id, extent.lots)
            outcome.figures["postgresql"] = await postgresql(url)
            outcome.findings += await _questions(reading, programme, extent, outcome)
            outcome.findings.append(await _posted(posting, programme, extent, outcome))
            outcome.findings.append(await _written(url, programme, extent, outcome))
        finally:
            await posting.dispose()
            await reading.dispose()
    return outcome


def _as_planned(url: str) -> AsyncEngine:
    """An engine without what turns tell the planner: it takes whatever it thinks is quickest."""
    return create_async_engine(url, isolation_level="AUTOCOMMIT")


async def _questions(engine: AsyncEngine, programme: Programme, extent: Extent, outcome: Outcome) -> list[Finding]:
    people, today = extent.lots // LOTS_A_PERSON, day_of(utc_now(), programme.zone)
    chance = random.Random(0)

    async def due(connection: AsyncConnection, _look: int) -> object:
        return await due_accounts(connection, programme.id, today, _SLICE)

    async def person(connection: AsyncConnection, _look: int) -> object:
        return await standing(connection, programme, f"person{chance.randint(1, people):010}", utc_now())

    async def month(connection: AsyncConnection, _look: int) -> object:
        return await expiring(connection, programme, utc_now(), today + _MONTH)

    found = []
    for label, target, question, looks in (
        ("a thousand whose points have ended", POINTS_DUE, due, extent.looks),
        ("what one person has", POINTS_PERSON, person, extent.looks * 5),
        ("what all are to lose in a month", POINTS_MONTH, month, max(3, extent.looks // 10)),
    ):
        took, pages = await _asked(engine, question, looks)
        outcome.lines.append(f"  {label:36} p95 {percentile(took, 0.95) * 1000:8.1f} ms   {pages:,} pages read")
        say(outcome.lines[-1])
        outcome.figures.setdefault("lists", {})[label] = took
        outcome.figures.setdefault("pages", {})[label] = pages
        worst = percentile(took, 0.95)
        found.append(Finding.median_of(target, [worst if target.unit == "s" else worst * 1000]))
    return found


async def _asked(engine: AsyncEngine, question: _Question, looks: int) -> tuple[list[float], int]:
    """Seconds of each look but the first, and how many pages PostgreSQL reads for one."""
    took = []
    async with engine.connect() as connection:
        for look in range(looks + 1):
            since = time.perf_counter()
            await question(connection, look)
            took.append(time.perf_counter() - since)
        return took[1:], await _pages(connection, question)


async def _pages(connection: AsyncConnection, question: _Question) -> int:
    """Pages that the statements of one look read, wherever they lay."""
    statements: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: Any, *_more: object) -> None:
        statements.append((statement, parameters))

    engine = connection.sync_connection.engine  # type: ignore[union-attr]  # it is open
    event.listen(engine, "before_cursor_execute", note)
    try:
        await question(connection, 0)
    finally:
        event.remove(engine, "before_cursor_execute", note)
    pages = 0
    for statement, parameters in statements:
        explained = f"EXPLAIN (ANALYZE, BUFFERS, FORMAT JSON) {statement}"
        rows = (await connection.exec_driver_sql(explained, parameters)).scalar_one()
        plan = rows[0]["Plan"]
        pages += plan["Shared Hit Blocks"] + plan["Shared Read Blocks"]
    return pages


async def _posted(engine: AsyncEngine, programme: Programme, extent: Extent, outcome: Outcome) -> Finding:
    """Earnings and redemptions a second through the group commit, each with its key and its line of the audit."""
    together, people = Together(engine, utc_now), extent.lots // LOTS_A_PERSON
    until, counts = time.perf_counter() + extent.seconds, [0, 0]
    by = Actor("bench")

    async def work(number: int) -> None:
        chance, count = random.Random(number), 0
        while time.perf_counter() < until:
            count += 1
            common: dict[str, Any] = {"programme_id": programme.id, "by": by, "key": f"bench-{number}-{count}"}
            common["contact_id"] = f"person{chance.randint(1, people):010}"
            posting: Posting = Earn(**common, points=20) if count % 2 else Redeem(**common, points=10)
            counts[isinstance(await together.post(posting), Posted)] += 1

    since = time.perf_counter()
    await asyncio.gather(*(work(number) for number in range(_AT_ONCE)))
    rate = sum(counts) / (time.perf_counter() - since)
    outcome.lines.append(f"  {'earnings and redemptions':36} {rate:,.0f} a second, {counts[False]:,} refused")
    say(outcome.lines[-1])
    outcome.figures["posted"] = {"rate": rate, "refused": counts[False]}
    return Finding.median_of(POINTS_POSTED, [rate])


async def _written(url: str, programme: Programme, extent: Extent, outcome: Outcome) -> Finding:
    """What entries cost to write with the indexes of what ends, against without them; nothing of it is kept."""
    async with connected(url) as connection:
        names = [f"ix_point_ledger_{each}" for each in _SEEDS]
        sizes = [await connection.fetchval("SELECT pg_relation_size($1::regclass)", each) for each in names]
        took: dict[bool, list[float]] = {False: [], True: []}
        for number, without in enumerate((False, True) * 3):
            transaction = connection.transaction()
            await transaction.start()
            for each in names if without else ():
                await connection.execute(f"DROP INDEX {each}")
            since = time.perf_counter()
            await connection.execute(_WRITE, programme.id, str(number), extent.written)
            took[without].append(time.perf_counter() - since)
            await transaction.rollback()
    ratio = min(took[False]) / min(took[True])
    megabytes = sum(sizes) / 1e6
    told = f"{ratio:.2f} times as long as without, {megabytes:,.0f} MB"
    outcome.lines.append(f"  {'entries, with their three indexes':36} {told}")
    say(outcome.lines[-1])
    outcome.figures["written"] = {"with": took[False], "without": took[True], "bytes": sizes}
    return Finding.median_of(POINTS_WRITING, [ratio])
