"""Points end: in slices, at each programme's midnight, and nothing counts on it."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.listeners import LISTENERS
from bot.contacts.models import Contact
from bot.core.events import ContactErased
from bot.jobs.models import ScheduledJob
from bot.jobs.service import NewJob, schedule
from bot.listeners.service import listening, tell
from bot.loyalty import jobs, service
from bot.loyalty.models import PointEntry, PointLot
from tests.support.due import drain, process, stand_still
from tests.support.points import BIA, CLUB, club_on


async def test_what_has_ended_is_posted_once_a_slice_at_a_time(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_AT_ONCE", 2)
    club = await club_on(engine)
    people = [await club.contact() for _ in range(5)]
    for each in people:
        await club.earn(each, 4, expires_on=date(2026, 3, 11))
        await club.earn(each, 3, expires_on=date(2026, 3, 12))
        await club.earn(each, 2, expires_on=date(2026, 3, 13))
    await club.redeem(people[0], 5)
    club.later(days=3)
    stand_still(monkeypatch, club.now)
    async with engine.begin() as connection:
        wanted = [NewJob(jobs.END, key, club.now, {"programme": club.programme.id}) for key in "ab"]
        await schedule(connection, wanted)
    await drain(process(engine, "p", service.HANDLERS))

    async with engine.connect() as connection:
        entries = (await connection.scalars(select(PointEntry.debit).where(PointEntry.kind == "expire"))).all()
        left = (await connection.scalars(select(PointLot.remaining).where(PointLot.remaining > 0))).all()
    assert sorted(entries) == [2, 7, 7, 7, 7]
    assert left == [2] * 5
    assert [row.balance for row in await club.accounts()] == [2] * 5


async def test_points_of_who_was_idle_end_all(engine: AsyncEngine) -> None:
    club = await club_on(engine, replace(CLUB, idle_days=10))
    ana = await club.contact()
    await club.earn(ana, 4, never_ends=True)
    club.later(days=10)
    async with engine.begin() as connection:
        too_soon = await service.end_due(connection, club.programme, club.now, 10)
    club.later(days=1)
    async with engine.begin() as connection:
        ended = await service.end_due(connection, club.programme, club.now, 10)
    assert too_soon == service.Ended(0, 0, is_all=True)
    assert ended == service.Ended(1, 4, is_all=True)


async def test_each_programme_is_looked_at_at_its_own_midnight_and_a_day_that_was_missed_at_once(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    club = await club_on(engine)
    await club_on(engine, replace(CLUB, name="Tokyo", timezone="Asia/Tokyo"))
    clock = stand_still(monkeypatch, datetime(2026, 3, 10, 0, 4, tzinfo=UTC))
    one = process(engine, "p", service.HANDLERS)
    await drain(one)
    clock.forward(minutes=2)
    await drain(one)
    async with engine.connect() as connection:
        statement = select(ScheduledJob.key, ScheduledJob.scheduled_at, ScheduledJob.status)
        rows = (await connection.execute(statement.where(ScheduledJob.type == jobs.END))).all()
    brazil = {row.key.partition(":")[2]: row for row in rows if row.key.startswith(club.programme.id)}
    tokyo = {row.key.partition(":")[2]: row for row in rows if not row.key.startswith(club.programme.id)}
    assert brazil["2026-03-09"].status == "done"
    assert brazil["2026-03-10"].scheduled_at == datetime(2026, 3, 10, 3, tzinfo=UTC)
    assert tokyo["2026-03-11"].scheduled_at == datetime(2026, 3, 10, 15, tzinfo=UTC)


async def test_who_is_erased_leaves_a_nameless_account_whose_points_still_end(engine: AsyncEngine) -> None:
    club = await club_on(listening(engine, LISTENERS))
    ana = await club.contact()
    await club.earn(ana, 4)
    async with club.engine.begin() as connection:
        await tell(connection, [ContactErased(contact_id=ana, user_id="", at=club.now)], club.now)
        await connection.execute(delete(Contact).where(Contact.id == ana))
    (account,) = await club.accounts()
    club.later(days=31)
    async with engine.begin() as connection:
        card = await service.find_account(connection, account.number)
        before = await service.standing_of_account(connection, club.programme, card, club.now)
        ended = await service.end_due(connection, club.programme, club.now, 10)
    assert account.contact_id is None
    assert before.balance == 0
    assert ended.points == 4


async def test_points_that_never_ended_count_for_one_full_period_more_where_somebody_asks(
    engine: AsyncEngine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "_AT_ONCE", 2)
    club = await club_on(engine, replace(CLUB, expires_after=None))
    for _each in range(3):
        ana = await club.contact()
        await club.earn(ana, 4)
        await club.earn(ana, 2, expires_on=date(2026, 3, 20))
    async with engine.begin() as connection:
        with pytest.raises(service.AskedError):
            await service.backfill(connection, club.programme.id, BIA, club.now)
        await service.change_programme(connection, club.programme.id, CLUB, BIA, club.now)
        until = await service.backfill(connection, club.programme.id, BIA, club.now)
    stand_still(monkeypatch, club.now)
    await drain(process(engine, "p", service.HANDLERS))
    async with engine.connect() as connection:
        days = (await connection.scalars(select(PointLot.expires_on))).all()
        faults, _ids = await service.check(connection)
    assert until == date(2026, 4, 9)
    assert sorted(each for each in days if each is not None) == [date(2026, 3, 20)] * 3 + [until] * 3
    assert faults == []
