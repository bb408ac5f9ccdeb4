"""The arithmetic of points by itself: what each posting does to accounts, and why it is refused."""

from dataclasses import replace
from datetime import date, timedelta

from bot.loyalty.kinds import EntryKind, OnReturn
from bot.loyalty.ledger import rules
from bot.loyalty.ledger.rules import MOST, Earned, Redeemed, Taken, amount
from bot.loyalty.ledger.state import Account, Change, Lot, NewLot, applied
from bot.loyalty.refusals import Refusal
from tests.support.tables import for_each

TODAY = date(2026, 3, 10)
OVER, SOON, LATE = date(2026, 3, 9), date(2026, 3, 10), date(2026, 4, 1)


def lot(key: str, remaining: int, expires_on: date | None, earned: int = 10) -> Lot:
    return Lot(key, earned, remaining, expires_on)


def account(*lots: Lot, key: str = "a", owed: int = 0, active: date | None = TODAY) -> Account:
    return Account(key, sum(each.remaining for each in lots) - owed, owed, active, lots)


def code(found: object) -> str:
    return found.code.value if isinstance(found, Refusal) else "posted"


@for_each(
    ("points", "expected"),
    [
        (1, "posted"),
        (MOST, "posted"),
        (0, "not_positive"),
        (-1, "not_positive"),
        (MOST + 1, "too_large"),
        (1.0, "not_whole"),
        (True, "not_whole"),
        ("1", "not_whole"),
        (None, "not_whole"),
    ],
)
def test_an_amount_is_a_whole_number_of_points(points: object, expected: str) -> None:
    assert code(amount(points)) == expected


def test_what_is_over_ends_and_what_counts_today_does_not() -> None:
    own = account(lot("x", 3, OVER), lot("y", 4, SOON), lot("z", 5, None), lot("w", 0, OVER))
    assert rules.ended(own, TODAY, None) == Change("a", EntryKind.EXPIRE, debit=3, allocations=(("x", 3),))
    assert rules.ended(account(lot("z", 5, None)), TODAY, 10) is None
    idle = account(lot("z", 5, None), active=TODAY - timedelta(11))
    assert rules.ended(idle, TODAY, 10) == Change("a", EntryKind.EXPIRE, debit=5, allocations=(("z", 5),))
    assert rules.ended(account(lot("z", 5, None), active=None), TODAY, 10) is None


def test_what_is_given_fills_what_is_owed_first() -> None:
    owing = account(owed=4)
    given = rules.give(owing, EntryKind.EARN, 10, LATE, TODAY)
    assert given == Change("a", EntryKind.EARN, credit=10, owes=-4, lot=NewLot(6, LATE))
    assert rules.give(owing, EntryKind.EARN, 3, None, TODAY) == Change("a", EntryKind.EARN, credit=3, owes=-3)
    assert applied(owing, given, "new") == Account("a", 6, 0, TODAY, (Lot("new", 6, 6, LATE),))


def test_days_and_sums_that_cannot_be_are_refused() -> None:
    own = account(lot("x", 10, None))
    assert code(rules.give(own, EntryKind.EARN, 1, OVER, TODAY)) == "past_day"
    assert code(rules.give(own, EntryKind.EARN, 1, SOON, TODAY)) == "posted"
    assert code(rules.give(own, EntryKind.EARN, 1, date(2300, 1, 1), TODAY)) == "far_day"
    assert code(rules.give(own, EntryKind.EARN, MOST - 10, None, TODAY)) == "posted"
    assert code(rules.give(own, EntryKind.EARN, MOST - 9, None, TODAY)) == "too_large"


def test_what_ends_first_is_redeemed_first_over_all_accounts_of_a_person() -> None:
    first = account(lot("x", 3, None), lot("y", 3, LATE))
    second = account(lot("z", 3, SOON), lot("w", 3, LATE), key="b")
    taken = rules.take([first, second], EntryKind.REDEEM, 8, TODAY, None)
    assert taken == (
        Change("a", EntryKind.REDEEM, debit=2, allocations=(("y", 2),)),
        Change("b", EntryKind.REDEEM, debit=6, allocations=(("z", 3), ("w", 3))),
    )


def test_nobody_redeems_more_than_they_have_less_what_they_owe() -> None:
    pool = [account(lot("x", 5, None)), account(key="b", owed=2)]
    assert code(rules.take(pool, EntryKind.REDEEM, 3, TODAY, None)) == "posted"
    refused = rules.take(pool, EntryKind.REDEEM, 4, TODAY, None)
    assert refused == Refusal(refused.code, {"available": 3, "points": 4})  # type: ignore[union-attr]  # it is one
    assert code(rules.take([account(owed=2)], EntryKind.REDEEM, 1, TODAY, None)) == "too_few"


def test_what_was_redeemed_goes_back_in_parts_to_where_it_was_the_newest_first() -> None:
    old, new = lot("x", 0, LATE), lot("y", 6, LATE)
    taken = (Taken(old, 10), Taken(new, 4))
    part = rules.give_back([Redeemed(account(old, new), 14, taken)], 6, TODAY, LATE)
    rest = rules.give_back([Redeemed(account(old, new), 8, taken)], None, TODAY, LATE)
    assert part == (Change("a", EntryKind.REFUND, credit=6, allocations=(("y", -4), ("x", -2))),)
    assert rest == (Change("a", EntryKind.REFUND, credit=8, allocations=(("x", -8),)),)
    assert code(rules.give_back([Redeemed(account(old), 3, taken)], 4, TODAY, LATE)) == "more_than_redeemed"
    assert code(rules.give_back([Redeemed(account(old), 0, taken)], None, TODAY, LATE)) == "more_than_redeemed"


def test_what_would_go_back_to_a_lot_that_has_ended_makes_a_new_one_and_what_is_owed_is_filled() -> None:
    over, soon = lot("x", 0, OVER), lot("y", 0, SOON)
    redeemed = Redeemed(account(over, soon, owed=3), 20, (Taken(over, 10), Taken(soon, 10)))
    least = TODAY + timedelta(5)
    assert rules.give_back([redeemed], None, TODAY, least) == (
        Change("a", EntryKind.REFUND, credit=20, owes=-3, allocations=(("y", -10),), lot=NewLot(7, least)),
    )
    owing = replace(redeemed, account=account(soon, owed=15), lots=(Taken(over, 10), Taken(soon, 10)))
    assert rules.give_back([owing], None, TODAY, least) == (
        Change("a", EntryKind.REFUND, credit=20, owes=-15, allocations=(("y", -5),)),
    )
    much = Redeemed(Account("a", MOST - 1, 0, TODAY, (over,)), 10, (Taken(over, 10),))
    assert code(rules.give_back([much], None, TODAY, least)) == "too_large"
    all_filled = replace(redeemed, account=account(soon, owed=20))
    assert rules.give_back([all_filled], None, TODAY, least) == (Change("a", EntryKind.REFUND, credit=20, owes=-20),)


def test_only_the_accounts_that_something_came_from_have_something_back() -> None:
    one, two = lot("x", 0, LATE), lot("y", 0, LATE)
    parts = [
        Redeemed(account(one), 10, (Taken(one, 10),)),
        Redeemed(account(two, key="b"), 10, (Taken(two, 10),)),
    ]
    (change,) = rules.give_back(parts, 5, TODAY, LATE)  # type: ignore[misc]  # it is no refusal
    assert (change.account, change.credit) == ("b", 5)


def earned(points: int = 10, returned: int = 0, ended: int = 0) -> Earned:
    return Earned("a", points, returned, ended, "x")


@for_each(
    ("what", "points", "rule", "expected"),
    [
        (earned(), 11, OnReturn.OWE, "more_than_earned"),
        (earned(returned=10), None, OnReturn.OWE, "more_than_earned"),
        (earned(ended=10), None, OnReturn.OWE, "ended"),
        (earned(returned=8, ended=4), 1, OnReturn.OWE, "ended"),
        (earned(), None, OnReturn.REFUSE, "redeemed"),
        (earned(), 4, OnReturn.REFUSE, "posted"),
    ],
)
def test_no_more_is_taken_back_than_was_earned_and_is_left(
    what: Earned, points: int | None, rule: OnReturn, expected: str
) -> None:
    own = account(lot("x", 1, LATE), lot("y", 3, LATE))
    assert code(rules.take_back([own], what, points, rule, TODAY, None)) == expected


def test_its_own_lot_goes_first_then_what_else_there_is_and_the_rest_is_owed() -> None:
    own, other = account(lot("y", 3, SOON), lot("x", 1, LATE)), account(lot("z", 2, None), key="b")
    third = account(key="c")
    assert rules.take_back([own, other, third], earned(), None, OnReturn.OWE, TODAY, None) == (
        Change("a", EntryKind.RETURN, debit=8, owes=4, allocations=(("x", 1), ("y", 3))),
        Change("b", EntryKind.RETURN, debit=2, allocations=(("z", 2),)),
    )
    full = Account("a", -MOST, MOST, TODAY)
    assert code(rules.take_back([full], earned(), None, OnReturn.OWE, TODAY, None)) == "too_large"


def test_points_that_were_all_taken_from_elsewhere_leave_no_entry_where_they_were_earned() -> None:
    own, other = account(), account(lot("z", 10, None), key="b")
    taken = rules.take_back([own, other], earned(), None, OnReturn.OWE, TODAY, None)
    assert taken == (Change("b", EntryKind.RETURN, debit=10, allocations=(("z", 10),)),)
