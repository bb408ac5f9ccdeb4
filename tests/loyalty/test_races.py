"""Whoever posts, merges and ends at one moment, from several processes: every account stays what it must be."""

import asyncio
import random

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import undo_merge
from bot.db.engine import reading
from bot.db.faults import is_contention
from bot.loyalty import service as loyalty
from bot.loyalty.service import Earn, Outcome, Posted, Redeem, Refund, Return, Together
from tests.support.points import BIA, Club, club_on


async def _busy(club: Club, ledger: Together, people: list[str], seed: int, count: int) -> list[Outcome]:
    """A process in which people do this and that, several things at a time."""
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    known: list[Posted] = []
    about = club.programme.id

    async def one() -> Outcome:
        who, n = chance.choice(people), chance.randint(1, 9)
        kind = chance.choice(("earn", "earn", "redeem", "redeem", "refund", "return"))
        if kind == "earn" or not known:
            outcome = await ledger.post(Earn(programme_id=about, contact_id=who, points=n))
        elif kind == "redeem":
            outcome = await ledger.post(Redeem(programme_id=about, contact_id=who, points=n))
        else:
            asked = Refund if kind == "refund" else Return
            outcome = await ledger.post(asked(programme_id=about, entry_id=chance.choice(known).id))
        if isinstance(outcome, Posted):
            known.append(outcome)
        return outcome

    outcomes = []
    for _round in range(count):
        outcomes += await asyncio.gather(*(one() for _ in range(6)))
    return outcomes


async def _beside(club: Club, people: list[str], busy: "asyncio.Task[object]") -> None:
    """People turn out to be one and two again, and points end, as long as others are busy."""
    while not busy.done():
        for act in (_merge_or_undo, _end):
            try:
                await act(club, people)
            except Exception as error:
                if not is_contention(error):
                    raise
        club.later(days=3)


async def _merge_or_undo(club: Club, people: list[str]) -> None:
    if not club.merges:
        await club.merge(*people[:2])
        return
    async with club.engine.begin() as connection:
        await undo_merge(connection, club.merges[0], BIA, club.now)
    club.merges.clear()


async def _end(club: Club, _people: list[str]) -> None:
    async with club.engine.begin() as connection:
        await loyalty.end_due(connection, club.programme, club.now, 10)


async def _races(engine: AsyncEngine, count: int) -> None:
    club = await club_on(engine)
    people = [await club.contact() for _ in range(4)]
    processes = [Together(engine, lambda: club.now) for _ in range(2)]
    busy = asyncio.gather(*(_busy(club, each, people, seed, count) for seed, each in enumerate(processes)))
    await _beside(club, people, busy)  # type: ignore[arg-type]  # a future of its own, which is done likewise
    outcomes = [each for one in await busy for each in one]
    found = [each async for each in loyalty.check_all(lambda: reading(engine))]

    assert sum(isinstance(each, Posted) for each in outcomes) > count
    assert [fault for faults, _count in found for fault in faults] == []


async def test_nothing_that_races_breaks_an_account(engine: AsyncEngine) -> None:
    await _races(engine, 3)


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_so_it_is_however_long(engine: AsyncEngine) -> None:
    await _races(engine, 60)
