"""Postings that come at one moment: they share a transaction, and each has the outcome that it would have by itself."""

import asyncio
from unittest.mock import patch

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import service as contacts
from bot.loyalty.ledger import together
from bot.loyalty.service import Earn, Posted, Redeem, Refusal, Together
from tests.support.points import Club, club_on


@pytest.fixture
async def club(engine: AsyncEngine) -> Club:
    return await club_on(engine)


async def test_what_comes_at_one_moment_shares_few_transactions(club: Club) -> None:
    people = [await club.contact() for _ in range(10)]
    commits = list[int]()
    event.listen(club.engine.sync_engine, "commit", lambda _connection: commits.append(1))
    ledger = Together(club.engine, lambda: club.now)
    programme = club.programme.id
    earned = await asyncio.gather(
        *(ledger.post(Earn(programme_id=programme, contact_id=each, points=10)) for each in people for _ in range(5))
    )
    assert all(isinstance(each, Posted) for each in earned)
    assert len(commits) <= 3
    assert [row.balance for row in await club.accounts()] == [50] * 10


async def test_the_last_points_are_redeemed_once_by_two_processes(club: Club) -> None:
    ana = await club.contact()
    await club.earn(ana, 10)
    asked = Redeem(programme_id=club.programme.id, contact_id=ana, points=10)
    processes = [Together(club.engine, lambda: club.now) for _ in range(3)]
    outcomes = await asyncio.gather(*(each.post(asked) for each in processes for _ in range(4)))
    assert sum(isinstance(each, Posted) for each in outcomes) == 1
    assert {each.code.value for each in outcomes if isinstance(each, Refusal)} == {"too_few"}


async def test_one_key_for_two_people_at_one_instant_posts_once(club: Club) -> None:
    people = [await club.contact() for _ in range(2)]
    processes = [Together(club.engine, lambda: club.now) for _ in range(2)]
    asked = [Earn(programme_id=club.programme.id, contact_id=each, points=1, key="k") for each in people]
    outcomes = await asyncio.gather(*(one.post(each) for one, each in zip(processes, asked, strict=True)))
    assert sorted(type(each).__name__ for each in outcomes) == ["Posted", "Refusal"]
    assert sum(row.balance for row in await club.accounts()) == 1


async def test_somebody_whose_contact_is_held_keeps_nobody_waiting(club: Club) -> None:
    if club.engine.dialect.name == "sqlite":
        pytest.skip("whoever writes is alone")
    ana, rui = await club.contact(), await club.contact()
    ledger = Together(club.engine, lambda: club.now)
    asked = [Earn(programme_id=club.programme.id, contact_id=each, points=1) for each in (ana, rui)]
    async with club.engine.begin() as held:
        await contacts.lock(held, [ana])
        waiting, free = (asyncio.create_task(ledger.post(each)) for each in asked)
        assert isinstance(await asyncio.wait_for(free, 5), Posted)
        assert not waiting.done()
    assert isinstance(await waiting, Posted)


async def test_a_fault_is_told_to_whose_it_is_and_what_is_uncertain_is_asked_for_again_by_its_key(club: Club) -> None:
    ana = await club.contact()
    ledger = Together(club.engine, lambda: club.now)
    plain = Earn(programme_id=club.programme.id, contact_id=ana, points=1)
    keyed = Earn(programme_id=club.programme.id, contact_id=ana, points=1, key="k")

    def lose(_connection: object) -> None:
        event.remove(club.engine.sync_engine, "commit", lose)
        raise ConnectionError("lost")

    event.listen(club.engine.sync_engine, "commit", lose)
    first, second = await asyncio.gather(ledger.post(plain), ledger.post(keyed), return_exceptions=True)
    assert isinstance(first, ConnectionError)
    assert isinstance(second, Posted | ConnectionError)

    async def fail(*_: object) -> None:
        raise ValueError("no")

    with (
        patch.object(together, "try_post", fail),
        patch.object(together, "post", fail),
        pytest.raises(ValueError, match="no"),
    ):
        await ledger.post(plain)
    assert isinstance(await ledger.post(keyed), Posted)
