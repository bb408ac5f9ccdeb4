"""An account as the arithmetic sees it, and what an entry does to it. Pure."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from typing import NamedTuple

from bot.loyalty.kinds import EntryKind


class Lot(NamedTuple):
    """Points that were given at once; `key` is whatever tells it from others, and sorts by when it was given.

    Attributes:
        expires_on: the last day on which they count; None for ever.
    """

    key: str
    earned: int
    remaining: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody's points.

    Attributes:
        key: tells it from others.
        balance: what is left less what is owed.
        owed: what the next points fill; nothing is left in the lots meanwhile.
        last_active_on: when something was last given or redeemed.
        lots: those that have anything left, and those from which something may be given back.
    """

    key: str
    balance: int = 0
    owed: int = 0
    last_active_on: date | None = None
    lots: tuple[Lot, ...] = ()

    def idle_end(self, idle_days: int | None) -> date | None:
        """The last day on which its points count if nothing is given or redeemed; None for no such day."""
        if idle_days is None or self.last_active_on is None:
            return None
        return self.last_active_on + timedelta(days=idle_days)

    def left(self, today: date, idle_days: int | None) -> int:
        """The points that count on a day, less what is owed."""
        return sum(lot.remaining for lot in self.counting(today, idle_days)) - self.owed

    def counting(self, today: date, idle_days: int | None) -> Iterator[Lot]:
        """The lots with points that count on a day."""
        idle = self.idle_end(idle_days)
        if idle is None or idle >= today:
            yield from (lot for lot in self.lots if lot.remaining and not has_ended(lot, today))


class NewLot(NamedTuple):
    """A lot that an entry makes."""

    points: int
    expires_on: date | None


@dataclass(frozen=True, slots=True)
class Change:
    """What an entry does to an account.

    Attributes:
        account: its key.
        credit: points given; one of both is 0.
        debit: points taken.
        owes: by how much what is owed grows; less than zero where it is filled.
        allocations: pairs of a lot's key and what is taken out of it; less than zero where it is given back.
        lot: what it makes of the points given; None where they all went elsewhere.
    """

    account: str
    kind: EntryKind
    credit: int = 0
    debit: int = 0
    owes: int = 0
    allocations: tuple[tuple[str, int], ...] = ()
    lot: NewLot | None = None


def has_ended(lot: Lot, today: date) -> bool:
    """Whether its own last day is over."""
    return lot.expires_on is not None and lot.expires_on < today


def applied(account: Account, change: Change, lot_key: str = "") -> Account:
    """The account after an entry; `lot_key` is that of the lot which it makes."""
    taken = dict(change.allocations)
    lots = account.lots
    if taken:
        lots = tuple(
            lot._replace(remaining=lot.remaining - taken[lot.key]) if lot.key in taken else lot for lot in lots
        )
    if change.lot is not None:
        points, expires_on = change.lot
        lots = (*lots, Lot(lot_key, points, points, expires_on))
    return replace(
        account,
        balance=account.balance + change.credit - change.debit,
        owed=account.owed + change.owes,
        lots=lots,
    )
