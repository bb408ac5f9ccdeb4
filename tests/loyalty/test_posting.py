"""What is posted, on both databases."""

import asyncio
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.models import AuditLog
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.loyalty.kinds import EntryKind, OnReturn
from bot.loyalty.models import PointAllocation, PointEntry, PointLot
from bot.loyalty.service import Adjust, Cancel, Confirm, Earn, Pend, Pended, Posted, Redeem, Refund, Refusal, Return
from bot.users.models import User
from tests.support.points import BIA, CLUB, club_on

MOST = 2**63 - 1


async def test_points_are_earned_redeemed_by_what_ends_first_and_given_back_to_where_they_were(
    engine: AsyncEngine,
) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    forever = await club.earn(ana, 10, never_ends=True)
    late = await club.earn(ana, 10, expires_on=date(2026, 4, 30))
    soon = await club.earn(ana, 10, expires_on=date(2026, 3, 20))
    spent = await club.redeem(ana, 15, reason="a mug", reference="order-7")
    part = await club.refund(spent.id, 7)
    rest = await club.refund(spent.id)

    assert [each.balance for each in (forever, late, soon, spent, part, rest)] == [10, 20, 30, 15, 22, 30]
    assert spent.entries[0].reason == "a mug"
    assert late.entries[0].expires_at is not None
    assert forever.entries[0].expires_at is None
    async with engine.connect() as connection:
        lots = (await connection.execute(select(PointLot.entry_id, PointLot.earned, PointLot.remaining))).all()
        took = (await connection.execute(select(PointAllocation.entry_id, PointAllocation.n))).all()
    assert {row.entry_id: (row.earned, row.remaining) for row in lots} == {
        forever.id: (10, 10),
        late.id: (10, 10),
        soon.id: (10, 10),
    }
    assert sorted(row.n for row in took if row.entry_id == spent.id) == [5, 10]
    refused = await club.refused(Refund(programme_id=club.programme.id, entry_id=spent.id))
    assert refused == ["more_than_redeemed"]


async def test_what_has_ended_is_posted_before_it_could_be_redeemed_and_given_back_with_the_least_life(
    engine: AsyncEngine,
) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    await club.earn(ana, 10)
    spent = await club.redeem(ana, 4)
    club.later(days=30)
    last_day = await club.redeem(ana, 1)
    club.later(days=1)
    over = await club.refused(Redeem(programme_id=club.programme.id, contact_id=ana, points=1))
    back = await club.refund(spent.id)

    assert last_day.balance == 5
    assert over == ["too_few"]
    assert back.balance == 4
    (account,) = await club.accounts()
    assert (account.balance, account.owed) == (4, 0)
    async with engine.connect() as connection:
        kinds = (await connection.scalars(select(PointEntry.kind).order_by(PointEntry.id))).all()
        ends = await connection.scalar(select(PointLot.expires_on).where(PointLot.entry_id == back.id))
    assert kinds == ["earn", "redeem", "redeem", "expire", "refund"]
    assert ends == date(2026, 4, 15)


async def test_a_return_takes_its_own_lot_then_what_else_there_is_then_refuses_or_owes(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    bought = await club.earn(ana, 10)
    await club.redeem(ana, 8)
    assert await club.refused(Return(programme_id=club.programme.id, entry_id=bought.id)) == ["redeemed"]
    other = await club.earn(ana, 3)
    part = await club.return_(bought.id, 5)
    assert part.balance == 0
    refusals = await club.refused(
        Return(programme_id=club.programme.id, entry_id=bought.id, points=6),
        Return(programme_id=club.programme.id, entry_id=other.id, points=3),
    )
    assert refusals == ["more_than_earned", "redeemed"]


async def test_what_is_owed_is_filled_by_what_is_given_next(engine: AsyncEngine) -> None:
    club = await club_on(engine, replace(CLUB, on_return=OnReturn.OWE))
    ana = await club.contact()
    bought = await club.earn(ana, 10)
    spent = await club.redeem(ana, 8)
    owing = await club.return_(bought.id)
    next_ = await club.earn(ana, 5)
    back = await club.refund(spent.id)
    (account,) = await club.accounts()

    assert (owing.balance, next_.balance, back.balance) == (-8, -3, 5)
    assert (account.balance, account.owed) == (5, 0)


async def test_a_return_takes_nothing_twice_of_what_ended(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    bought = await club.earn(ana, 10)
    await club.redeem(ana, 4)
    club.later(days=40)
    await club.earn(ana, 9)
    back = await club.return_(bought.id)
    assert (back.points, back.balance) == (4, 5)
    assert await club.refused(Return(programme_id=club.programme.id, entry_id=bought.id)) == ["ended"]


async def test_one_key_posts_once_and_with_another_body_not_at_all(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana, rui = await club.contact(), await club.contact()
    first = await club.earn(ana, 5, key="k")
    again = await club.earn(ana, 5, key="k", by=BIA)
    refused = await club.refused(
        Earn(programme_id=club.programme.id, contact_id=ana, points=6, key="k"),
        Earn(programme_id=club.programme.id, contact_id=rui, points=5, key="k"),
        Redeem(programme_id=club.programme.id, contact_id=ana, points=5, key="k"),
        Pend(programme_id=club.programme.id, contact_id=ana, points=5, key="k"),
    )
    long_ = "🔑\x00" * 300
    both = await club.post(
        Earn(programme_id=club.programme.id, contact_id=ana, points=1, key=long_),
        Earn(programme_id=club.programme.id, contact_id=ana, points=1, key=long_),
    )

    assert not first.repeated
    assert again.repeated
    assert again.entries == first.entries
    assert refused == ["key_used"] * 4
    assert [isinstance(each, Posted) and each.repeated for each in both] == [False, True]
    assert [row.balance for row in await club.accounts()] == [6]


async def test_points_are_pending_until_they_are_confirmed_or_cancelled(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    asked = Pend(programme_id=club.programme.id, contact_id=ana, points=5, reference="order-1", key="p")
    (one,) = await club.post(asked)
    (again,) = await club.post(asked)
    (two,) = await club.post(replace(asked, key=None))
    assert isinstance(one, Pended)
    assert isinstance(again, Pended)
    assert isinstance(two, Pended)
    assert again == Pended(one.pending, repeated=True)
    assert [row.balance for row in await club.accounts()] == [0]

    club.later(days=3)
    confirm = Confirm(programme_id=club.programme.id, pending_id=one.pending.id)
    cancel = Cancel(programme_id=club.programme.id, pending_id=two.pending.id)
    earned, same, gone = await club.post(confirm, confirm, cancel)
    refused = await club.refused(
        replace(confirm, pending_id=two.pending.id), replace(cancel, pending_id=one.pending.id)
    )
    (once_more,) = await club.post(confirm)

    assert isinstance(earned, Posted)
    assert isinstance(same, Posted)
    assert isinstance(once_more, Posted)
    assert (earned.balance, earned.entries[0].reference) == (5, "order-1")
    assert same.entries == once_more.entries == earned.entries
    assert isinstance(gone, Pended)
    assert refused == ["settled", "settled"]


async def test_amounts_and_days_that_cannot_be_are_refused_and_leave_no_account(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    about: Any = {"programme_id": club.programme.id, "contact_id": ana}
    given: list[Earn | Adjust | Redeem] = [
        *(Earn(**about, points=each) for each in (0, -1, MOST + 1)),
        Earn(**about, points=1.5),  # type: ignore[arg-type]  # what an edge forgot to look at
        Earn(**about, points=True),
        Earn(**about, points=1, expires_on=date(2026, 3, 9)),
        Earn(**about, points=1, expires_on=date(9999, 12, 31)),
        Adjust(**about, points=0),
        Adjust(**about, points=-1),
        Redeem(**about, points=1),
        Earn(programme_id="nothing", contact_id=ana, points=1),
        Earn(programme_id=club.programme.id, contact_id="nobody", points=1),
        Earn(programme_id=club.programme.id, account_id="nothing", points=1),
    ]
    refused = await club.refused(*given)
    assert refused == [
        *("not_positive", "not_positive", "too_large", "not_whole", "not_whole", "past_day", "far_day", "zero"),
        *("too_few", "too_few", "no_programme", "no_contact", "no_account"),
    ]
    assert await club.accounts() == []
    await club.earn(ana, MOST)
    assert await club.refused(Earn(**about, points=1)) == ["too_large"]
    assert (await club.redeem(ana, MOST)).balance == 0
    assert (await club.earn(ana, MOST)).balance == MOST


async def test_who_has_a_limit_gives_and_takes_no_more_a_day(engine: AsyncEngine) -> None:
    club = await club_on(engine, replace(CLUB, daily_limit=10))
    ana, user = await club.contact(), new_id()
    async with engine.begin() as connection:
        await connection.execute(insert(User).values(id=user, email="bia@example.com", name="Bia", role="EDITOR"))
    bia = Actor("Bia", user)
    await club.earn(ana, 6, by=bia, limited=True)
    await club.redeem(ana, 3, by=bia, limited=True)
    asked = Earn(programme_id=club.programme.id, contact_id=ana, points=2, by=bia, limited=True)
    assert await club.refused(asked) == ["over_limit"]
    await club.earn(ana, 100, by=bia)
    club.later(days=1)
    await club.earn(ana, 10, by=bia, limited=True)
    async with engine.connect() as connection:
        lines = await connection.scalar(select(func.count()).where(AuditLog.action.startswith("points.")))
    assert lines == 4


async def test_merged_people_are_one_pool_and_two_again_each_with_what_is_theirs(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana, rui = await club.contact(), await club.contact()
    await club.earn(rui, 10, expires_on=date(2026, 3, 20))
    await club.earn(ana, 10, expires_on=date(2026, 3, 30))
    await club.merge(ana, rui)
    spent = await club.redeem(rui, 15)
    more = await club.earn(rui, 1)
    await club.undo()

    assert [(each.debit, each.kind) for each in spent.entries] == [(5, EntryKind.REDEEM), (10, EntryKind.REDEEM)]
    assert (spent.balance, more.balance) == (5, 6)
    assert sorted(row.balance for row in await club.accounts()) == [0, 6]
    back = await club.refund(spent.entries[1].id)
    assert back.points == 15
    assert sorted(row.balance for row in await club.accounts()) == [10, 11]


async def test_points_end_when_nothing_was_earned_or_redeemed_for_long(engine: AsyncEngine) -> None:
    club = await club_on(engine, replace(CLUB, idle_days=10))
    ana = await club.contact()
    await club.earn(ana, 10, never_ends=True)
    club.later(days=10)
    kept = await club.redeem(ana, 1)
    club.later(days=11)
    anew = await club.earn(ana, 3)
    assert (kept.balance, anew.balance) == (9, 3)


async def test_two_who_redeem_the_last_points_at_one_instant_get_them_once(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    await club.earn(ana, 10)
    asked = Redeem(programme_id=club.programme.id, contact_id=ana, points=10)
    outcomes = [one for both in await asyncio.gather(*(club.post(asked) for _ in range(2))) for one in both]
    assert sorted(type(each).__name__ for each in outcomes) == ["Posted", "Refusal"]
    assert [row.balance for row in await club.accounts()] == [0]


async def test_an_account_is_made_once_however_many_earn_at_one_instant(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana = await club.contact()
    await asyncio.gather(*(club.earn(ana, 1) for _ in range(4)))
    (account,) = await club.accounts()
    assert account.balance == 4
    assert len(account.number) == 13


async def test_the_database_refuses_to_change_an_entry(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    earned = await club.earn(await club.contact(), 10)
    with pytest.raises(DBAPIError, match="never changed"):
        async with engine.begin() as connection:
            await connection.execute(update(PointEntry).where(PointEntry.id == earned.id).values(credit=11))
    with pytest.raises(DBAPIError):
        async with engine.begin() as connection:
            await connection.execute(delete(PointEntry).where(PointEntry.id == earned.id))
    assert isinstance((await club.post(Refund(programme_id=club.programme.id, entry_id=earned.id)))[0], Refusal)
