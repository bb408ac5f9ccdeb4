"""The arithmetic of points: what a posting does to the accounts of one person, or why it is refused. Pure.

Accounts that are given here are settled: what had ended was posted before. All accounts of one person are one pool.
What is owed by an account is filled by whatever it is given next, before anything is left in a lot.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from bot.loyalty.kinds import EntryKind, OnReturn
from bot.loyalty.ledger.state import Account, Change, Lot, NewLot, has_ended
from bot.loyalty.refusals import Code, Refusal

MOST = 2**63 - 1
"""Points that an account can have."""
FARTHEST_YEARS = 200
"""How far away a last day may be."""

Changes = tuple[Change, ...]


class Taken(NamedTuple):
    """What an entry took out of a lot."""

    lot: Lot
    n: int


@dataclass(frozen=True, slots=True)
class Redeemed:
    """One entry of a redemption: the part that was drawn from one account.

    Attributes:
        account: as it stands, with those lots.
        left: how much can still be given back.
        lots: out of which it took, in all.
    """

    account: Account
    left: int
    lots: tuple[Taken, ...]


@dataclass(frozen=True, slots=True)
class Earned:
    """An entry that earned points.

    Attributes:
        account: the key of the account that has them.
        points: how many.
        returned: how many were taken back already.
        ended: how many have ended, and need no taking back.
        lot: the key of their lot; None where they filled what was owed.
    """

    account: str
    points: int
    returned: int
    ended: int
    lot: str | None


def amount(points: object) -> int | Refusal:
    """Points that can be given or taken, or why they cannot.

    >>> amount(3), amount(2.5).code.value, amount(-1).code.value
    (3, 'not_whole', 'not_positive')
    """
    if isinstance(points, bool) or not isinstance(points, int):
        return Refusal(Code.NOT_WHOLE)
    if points < 1:
        return Refusal(Code.NOT_POSITIVE)
    return Refusal(Code.TOO_LARGE, {"most": MOST}) if points > MOST else points


def ended(account: Account, today: date, idle_days: int | None) -> Change | None:
    """The entry by which everything ends whose last day is over, or which lay idle for too long; None for nothing."""
    counting = {lot.key for lot in account.counting(today, idle_days)}
    over = tuple((lot.key, lot.remaining) for lot in account.lots if lot.remaining and lot.key not in counting)
    if not over:
        return None
    return Change(account.key, EntryKind.EXPIRE, debit=sum(n for _key, n in over), allocations=over)


def give(account: Account, kind: EntryKind, points: int, last: date | None, today: date) -> Change | Refusal:
    """Points for an account that count until `last`; None for ever."""
    if last is not None and last < today:
        return Refusal(Code.PAST_DAY, {"day": last})
    if last is not None and last.year > today.year + FARTHEST_YEARS:
        return Refusal(Code.FAR_DAY, {"day": last, "years": FARTHEST_YEARS})
    if account.balance + points > MOST:
        return Refusal(Code.TOO_LARGE, {"most": MOST})
    filled = min(account.owed, points)
    lot = NewLot(points - filled, last) if points > filled else None
    return Change(account.key, kind, credit=points, owes=-filled, lot=lot)


def take(
    family: Sequence[Account], kind: EntryKind, points: int, today: date, idle_days: int | None
) -> Changes | Refusal:
    """Points out of a person's accounts, those first that end first; an entry for each account that is drawn on."""
    available = sum(each.left(today, idle_days) for each in family)
    if points > available:
        return Refusal(Code.TOO_FEW, {"available": max(available, 0), "points": points})
    drawn, _missing = _draw(family, points, today, idle_days)
    return tuple(
        Change(account.key, kind, debit=sum(n for _key, n in allocations), allocations=allocations)
        for account in family
        if (allocations := drawn.get(account.key))
    )


def give_back(parts: Sequence[Redeemed], points: int | None, today: date, least: date) -> Changes | Refusal:
    """Points of a redemption, to the lots that they came from; None for all that is left.

    The newest lot has its points back first. The points of one that has ended meanwhile make a new lot, which counts
    until `least`.
    """
    left = sum(each.left for each in parts)
    points = left if points is None else points
    if points > left or not left:
        return Refusal(Code.MORE_THAN_REDEEMED, {"left": left, "points": points})
    changes = []
    for part, shares in zip(parts, _shares(parts, points), strict=True):
        credit = sum(each.n for each in shares)
        if part.account.balance + credit > MOST:
            return Refusal(Code.TOO_LARGE, {"most": MOST})
        if credit:
            changes.append(_given_back(part.account, credit, shares, today, least))
    return tuple(changes)


def take_back(
    family: Sequence[Account],
    earned: Earned,
    points: int | None,
    on_return: OnReturn,
    today: date,
    idle_days: int | None,
) -> Changes | Refusal:
    """Points that a purchase earned, out of their own lot first, then out of what else there is; None for all left.

    Points that have ended need no taking back. What is missing is refused, or owed by the account that earned them.
    """
    left = earned.points - earned.returned
    points = left if points is None else points
    if points > left or not left:
        return Refusal(Code.MORE_THAN_EARNED, {"left": left, "points": points})
    # What was refunded since may have ended, though it was taken back from elsewhere: that makes it less than none.
    points = min(points, left - earned.ended)
    if points < 1:
        return Refusal(Code.ENDED)
    drawn, missing = _draw(family, points, today, idle_days, first=earned.lot)
    if missing and on_return is OnReturn.REFUSE:
        return Refusal(Code.REDEEMED, {"missing": missing})
    changes = []
    for account in family:
        allocations = drawn.get(account.key, ())
        owes = missing if account.key == earned.account else 0
        if account.owed + owes > MOST:
            return Refusal(Code.TOO_LARGE, {"most": MOST})
        debit = sum(n for _key, n in allocations) + owes
        if debit:
            changes.append(Change(account.key, EntryKind.RETURN, debit=debit, owes=owes, allocations=allocations))
    return tuple(changes)


def _draw(
    family: Iterable[Account], points: int, today: date, idle_days: int | None, *, first: str | None = None
) -> tuple[dict[str, tuple[tuple[str, int], ...]], int]:
    """What is taken out of which lots, by account, and how much is missing; the lot `first` comes before all others."""
    lots = [
        (lot.key != first, _order(lot, account.idle_end(idle_days)), account.key, lot)
        for account in family
        for lot in account.counting(today, idle_days)
    ]
    drawn: dict[str, tuple[tuple[str, int], ...]] = {}
    for _is_other, _place, key, lot in sorted(lots):
        if not points:
            break
        n = min(lot.remaining, points)
        drawn[key] = (*drawn.get(key, ()), (lot.key, n))
        points -= n
    return drawn, points


def _order(lot: Lot, idle_end: date | None) -> tuple[date, str]:
    """Where a lot stands among those that are spent: what ends first is, and what never ends is the last."""
    return min(lot.expires_on or date.max, idle_end or date.max), lot.key


def _shares(parts: Sequence[Redeemed], points: int) -> list[list[Taken]]:
    """What of `points` goes back to which lots, by part; those that had theirs back before come no more."""
    shares = [list[Taken]() for _part in parts]
    before = [sum(one.n for one in part.lots) - part.left for part in parts]
    taken = [(one.lot.key, at, one) for at, part in enumerate(parts) for one in part.lots]
    for _key, at, one in sorted(taken, reverse=True):
        had = min(one.n, before[at])
        before[at] -= had
        n = min(one.n - had, points)
        if n:
            shares[at].append(Taken(one.lot, n))
            points -= n
    return shares


def _given_back(account: Account, credit: int, shares: Sequence[Taken], today: date, least: date) -> Change:
    filled = min(account.owed, credit)
    restored: list[tuple[str, int]] = []
    anew, rest = 0, credit - filled
    for lot, n in shares:
        back = min(n, rest)
        rest -= back
        if has_ended(lot, today):
            anew += back
        elif back:
            restored.append((lot.key, -back))
    return Change(
        account.key,
        EntryKind.REFUND,
        credit=credit,
        owes=-filled,
        allocations=tuple(restored),
        lot=NewLot(anew, least) if anew else None,
    )
