"""`points check`: what is not as it must be is found, whichever it is, and nothing else is."""

from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.engine import reading
from bot.loyalty import service as loyalty
from bot.loyalty.checking.rules import WORDS, CheckedAccount, CheckedEntry, CheckedLot, FaultKind, faults_of
from bot.loyalty.kinds import EntryKind, OnReturn
from bot.loyalty.service import Confirm, Pend, Pended
from tests.support.points import CLUB, Club, club_on
from tests.support.tables import for_each

EARN, REDEEM, REFUND = EntryKind.EARN, EntryKind.REDEEM, EntryKind.REFUND
EARNED = CheckedEntry("e", "p", EARN, 10, 0, 0, is_foreign=False, reverses=None, posting=("p", EARN), reversed=0)
SPENT = replace(EARNED, id="r", kind=REDEEM, credit=0, debit=4, taken=4, posting=("p", REDEEM), reversed=1)
BACK = replace(
    EARNED, id="b", kind=REFUND, credit=1, taken=-1, reverses=("p", REDEEM), posting=("p", REFUND), reversed=0
)
LOT = CheckedLot("l", "e", 10, 7, None, 3)
SOUND = CheckedAccount("a", "p", 7, 0, (EARNED, SPENT, BACK), (LOT,), ())


def kinds(account: CheckedAccount) -> set[str]:
    return {each.kind.value for each in faults_of(account)}


def with_entry(entry: CheckedEntry, **changes: Any) -> CheckedAccount:
    entries = tuple(replace(each, **changes) if each is entry else each for each in SOUND.entries)
    return replace(SOUND, entries=entries)


def test_nothing_is_wrong_with_a_sound_account() -> None:
    assert kinds(SOUND) == set()
    assert set(WORDS) == set(FaultKind)


@for_each(
    ("account", "found"),
    [
        (replace(SOUND, balance=8), {"balance_of_entries", "balance_of_lots"}),
        (replace(SOUND, owed=1), {"balance_of_lots", "owed_and_left"}),
        (replace(SOUND, lots=(replace(LOT, taken=4),)), {"lot_rest"}),
        (replace(SOUND, lots=(replace(LOT, remaining=11),)), {"lot_rest", "lot_bounds", "balance_of_lots"}),
        (replace(SOUND, lots=(replace(LOT, earned=11, taken=4),)), {"lot_origin", "entry_allocated"}),
        (replace(SOUND, lots=(replace(LOT, entry_id="x"),)), {"lot_origin"}),
        (replace(SOUND, wrong_pending=("w",)), {"pending"}),
        (with_entry(SPENT, taken=3), {"entry_allocated"}),
        (with_entry(SPENT, is_foreign=True), {"foreign_lot"}),
        (with_entry(SPENT, programme_id="q", posting=("q", REDEEM)), {"programme"}),
        (with_entry(SPENT, posting=None), {"posting"}),
        (with_entry(BACK, posting=("p", EARN)), {"posting"}),
        (with_entry(BACK, reverses=("p", EARN)), {"reverses"}),
        (with_entry(SPENT, reverses=("p", EARN)), {"reverses"}),
        (with_entry(SPENT, reversed=5), {"reversed_too_much"}),
        (with_entry(EARNED, debit=1), {"entry_sides", "entry_allocated", "balance_of_entries"}),
        (
            with_entry(EARNED, credit=0, debit=10),
            {"entry_sides", "entry_allocated", "balance_of_entries", "lot_origin"},
        ),
    ],
)
def test_each_fault_is_found(account: CheckedAccount, found: set[str]) -> None:
    assert kinds(account) == found


async def a_life(club: Club) -> str:
    """Somebody's, with an entry of each kind."""
    ana = await club.contact()
    bought = await club.earn(ana, 10)
    spent = await club.redeem(ana, 8)
    await club.return_(bought.id, 4)
    await club.earn(ana, 20)
    await club.refund(spent.id, 2)
    await club.adjust(ana, -1)
    (pending,) = await club.post(Pend(programme_id=club.programme.id, contact_id=ana, points=3))
    assert isinstance(pending, Pended)
    await club.post(Confirm(programme_id=club.programme.id, pending_id=pending.pending.id))
    club.later(days=40)
    await club.earn(ana, 1)
    return ana


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ("UPDATE point_accounts SET balance = balance + 1", {"balance_of_entries", "balance_of_lots"}),
        ("UPDATE point_lots SET remaining = 0 WHERE remaining > 0", {"balance_of_lots", "lot_rest"}),
        (
            "DELETE FROM point_allocations WHERE n = (SELECT max(n) FROM point_allocations)",
            {"lot_rest", "entry_allocated"},
        ),
        ("UPDATE point_pending SET points = points + 1", {"pending"}),
    ],
)
async def test_what_somebody_changed_by_hand_is_found_by_its_account(
    engine: AsyncEngine, change: str, found: set[str]
) -> None:
    club = await club_on(engine, replace(CLUB, on_return=OnReturn.OWE))
    await a_life(club)
    async with reading(engine) as connection:
        sound, _ids = await loyalty.check(connection)
    async with engine.begin() as connection:
        await connection.execute(text(change))
    looked_at = [each async for each in loyalty.check_all(lambda: reading(engine), programme_id=club.programme.id)]

    assert sound == []
    ((faults, count),) = looked_at
    (account,) = await club.accounts()
    assert count == 1
    assert {each.account_id for each in faults} == {account.id}
    assert {each.kind.value for each in faults} == found
    for each in faults:
        assert WORDS[each.kind].format_map(each._asdict())


async def test_entries_that_take_out_of_somebody_elses_lot_are_found(engine: AsyncEngine) -> None:
    club = await club_on(engine)
    ana, rui = await club.contact(), await club.contact()
    lots = [await club.earn(each, 10) for each in (ana, rui)]
    spent = await club.redeem(ana, 4)
    async with engine.begin() as connection:
        lot = "(SELECT id FROM point_lots WHERE entry_id = :lot)"
        statement = text(f"UPDATE point_allocations SET lot_id = {lot} WHERE entry_id = :entry")
        await connection.execute(statement, {"lot": lots[1].id, "entry": spent.id})
        faults, _ids = await loyalty.check(connection, at_once=1)
        more, _ids = await loyalty.check(connection, _ids[-1], at_once=1)
        none, no_ids = await loyalty.check(connection, _ids[-1])
    assert {each.kind.value for each in faults} == {"foreign_lot", "lot_rest"}
    assert {each.kind.value for each in more} == {"lot_rest"}
    assert (none, no_ids) == ((), ())
