"""What people have, and when it ends."""

from dataclasses import replace
from datetime import date

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.loyalty import service as loyalty
from bot.loyalty.service import Ending, Pend, Standing
from tests.support.points import BIA, CLUB, club_on


async def test_what_somebody_has_is_what_counts_whether_or_not_the_rest_was_posted(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana, rui, eva = [await club.contact() for _ in range(3)]
    await club.earn(ana, 5, expires_on=date(2026, 3, 10))
    await club.earn(ana, 7, expires_on=date(2026, 3, 20))
    await club.earn(ana, 1, expires_on=date(2026, 3, 20))
    await club.earn(rui, 2, never_ends=True)
    await club.earn(rui, 4, expires_on=date(2026, 3, 12))
    await club.post(Pend(programme_id=club.programme.id, contact_id=ana, points=9))
    await club.merge(rui, ana)
    club.later(days=1)
    async with engine.connect() as connection:
        read = await loyalty.standings(connection, club.programme, [ana, rui, eva], club.now)
        entries = await loyalty.statement(connection, read[ana].accounts, 3)
        more = await loyalty.statement(
            connection, read[ana].accounts, 3, after=(entries[-1].created_at, entries[-1].id)
        )
        card = await loyalty.find_account(connection, " ".join(read[ana].accounts[0].number))
        by_account = await loyalty.standing_of_account(connection, club.programme, card, club.now)
        with pytest.raises(loyalty.NotThereError):
            await loyalty.find_account(connection, "1")

    assert read[ana] == read[rui] == by_account
    assert read[eva] == Standing()
    assert [each.contact_id for each in read[ana].accounts] == [rui, ana]
    assert (read[ana].balance, read[ana].forever, read[ana].pending, read[ana].owed) == (14, 2, 9, 0)
    assert read[ana].endings == [Ending(date(2026, 3, 12), 4), Ending(date(2026, 3, 20), 8)]
    assert [each.credit for each in (*entries, *more)] == [4, 2, 1, 7, 5]


async def test_idle_points_end_all_on_one_day(engine: AsyncEngine) -> None:
    club = await club_on(engine, replace(CLUB, idle_days=10))
    ana = await club.contact()
    await club.earn(ana, 5, never_ends=True)
    await club.earn(ana, 7, expires_on=date(2026, 3, 12))
    async with engine.connect() as connection:
        now = await loyalty.standing(connection, club.programme, ana, club.now)
        club.later(days=11)
        later = await loyalty.standing(connection, club.programme, ana, club.now)
    assert now.endings == [Ending(date(2026, 3, 12), 7), Ending(date(2026, 3, 20), 5)]
    assert (later.balance, later.endings) == (0, [])


async def test_notices_of_an_account_are_switched_off_and_on(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    await club.earn(ana, 5)
    async with engine.begin() as connection:
        (card,) = (await loyalty.standing(connection, club.programme, ana, club.now)).accounts
        assert await loyalty.set_notified(connection, [card], None, club.now, on=False)
        assert not await loyalty.set_notified(connection, [card], BIA, club.now, on=False)
        after = await loyalty.find_account(connection, card.id)
        assert await loyalty.set_notified(connection, [card], BIA, club.now, on=True)
    assert not after.email_notifications


async def test_more_may_be_pending_than_an_account_can_hold(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    pending = Pend(programme_id=club.programme.id, contact_id=ana, points=loyalty.MOST)
    await club.post(pending, pending, pending)
    async with engine.connect() as connection:
        assert (await loyalty.standing(connection, club.programme, ana, club.now)).pending == 3 * loyalty.MOST


async def test_what_all_people_are_to_lose_is_told_by_day(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    other = await club_on(engine, replace(CLUB, name="Outro"))
    ana, rui = await club.contact(), await club.contact()
    for who, points, day in ((ana, 5, 10), (ana, 1, 12), (rui, 2, 12), (rui, loyalty.MOST - 2, 12), (ana, 7, 20)):
        await club.earn(who, points, expires_on=date(2026, 3, day))
    await other.earn(ana, 9, expires_on=date(2026, 3, 12))
    club.later(days=1)
    async with engine.connect() as connection:
        found = await loyalty.expiring(connection, club.programme, club.now, date(2026, 3, 19))
    assert found == [Ending(date(2026, 3, 12), loyalty.MOST + 1)]
