"""What must be true of an account and its entries, whatever happened. Pure; gives what is not."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from bot.core.i18n import N_
from bot.loyalty.kinds import EntryKind


class FaultKind(StrEnum):
    """What is not as it must be."""

    BALANCE_OF_ENTRIES = "balance_of_entries"
    BALANCE_OF_LOTS = "balance_of_lots"
    LOT_REST = "lot_rest"
    LOT_BOUNDS = "lot_bounds"
    LOT_ORIGIN = "lot_origin"
    OWED_AND_LEFT = "owed_and_left"
    ENTRY_SIDES = "entry_sides"
    ENTRY_ALLOCATED = "entry_allocated"
    FOREIGN_LOT = "foreign_lot"
    PROGRAMME = "programme"
    POSTING = "posting"
    REVERSES = "reverses"
    REVERSED_TOO_MUCH = "reversed_too_much"
    PENDING = "pending"

    __hash__ = str.__hash__


WORDS: Mapping[FaultKind, str] = {
    FaultKind.BALANCE_OF_ENTRIES: N_("The balance is {is_}, but the entries come to {should}."),
    FaultKind.BALANCE_OF_LOTS: N_("The balance is {is_}, but what is left less what is owed comes to {should}."),
    FaultKind.LOT_REST: N_("The lot {id} has {is_} points left, but what was taken from it leaves {should}."),
    FaultKind.LOT_BOUNDS: N_("The lot {id} has {is_} points left, of {should} that it had."),
    FaultKind.LOT_ORIGIN: N_("The lot {id} has {is_} points, more than the {should} that its entry gave."),
    FaultKind.OWED_AND_LEFT: N_("The account owes {is_} points, though {should} are left in its lots."),
    FaultKind.ENTRY_SIDES: N_("The entry {id} gives and takes what no entry of its kind can."),
    FaultKind.ENTRY_ALLOCATED: N_("The entry {id} took {should} points, but {is_} were taken out of lots."),
    FaultKind.FOREIGN_LOT: N_("The entry {id} took points out of a lot of another account."),
    FaultKind.PROGRAMME: N_("The entry {id} is of another programme than its account."),
    FaultKind.POSTING: N_("The entry {id} was posted with entries of another kind, or with none that is there."),
    FaultKind.REVERSES: N_("The entry {id} reverses one that cannot be reversed so."),
    FaultKind.REVERSED_TOO_MUCH: N_("Of the entry {id} {is_} points were reversed, and it had {should}."),
    FaultKind.PENDING: N_("The pending points {id} became an entry that is not theirs."),
}
"""A sentence for each."""


class Fault(NamedTuple):
    """Something of an account that is not as it must be.

    Attributes:
        account_id: whose.
        kind: what it is.
        id: of the lot, the entry or the pending points; empty for the account itself.
        is_: how many points it says.
        should: how many it should, or could, say.
    """

    account_id: str
    kind: FaultKind
    id: str = ""
    is_: int = 0
    should: int = 0


@dataclass(frozen=True, slots=True)
class CheckedLot:
    """A lot as it is; `taken` is the sum of its allocations."""

    id: str
    entry_id: str
    earned: int
    remaining: int
    expires_on: date | None
    taken: int


@dataclass(frozen=True, slots=True)
class CheckedEntry:
    """An entry as it is, with what it refers to.

    Attributes:
        taken: the sum of its allocations.
        is_foreign: one of them is of another account's lot.
        reverses: programme and kind of what it reverses; None for nothing.
        posting: programme and kind of the first entry of what was posted at once; None where that is not there.
        reversed: how many points of it later entries reversed.
    """

    id: str
    programme_id: str
    kind: EntryKind
    credit: int
    debit: int
    taken: int
    is_foreign: bool
    reverses: tuple[str, EntryKind] | None
    posting: tuple[str, EntryKind] | None
    reversed: int


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """An account as it is, with all that is its own.

    Attributes:
        wrong_pending: ids of points that were confirmed, but whose entry is no earning of as many here.
    """

    id: str
    programme_id: str
    balance: int
    owed: int
    entries: Sequence[CheckedEntry]
    lots: Sequence[CheckedLot]
    wrong_pending: Sequence[str]


_GIVE = frozenset({EntryKind.EARN, EntryKind.REFUND})
_TAKE = frozenset({EntryKind.REDEEM, EntryKind.EXPIRE, EntryKind.RETURN})
_REVERSES = {EntryKind.REFUND: EntryKind.REDEEM, EntryKind.RETURN: EntryKind.EARN}


def faults_of(account: CheckedAccount) -> Iterator[Fault]:
    """What is not as it must be of an account."""
    given = sum(each.credit - each.debit for each in account.entries)
    if account.balance != given:
        yield Fault(account.id, FaultKind.BALANCE_OF_ENTRIES, "", account.balance, given)
    left = sum(each.remaining for each in account.lots)
    if account.balance != left - account.owed:
        yield Fault(account.id, FaultKind.BALANCE_OF_LOTS, "", account.balance, left - account.owed)
    if account.owed and left:
        yield Fault(account.id, FaultKind.OWED_AND_LEFT, "", account.owed, left)
    made = {each.entry_id: each.earned for each in account.lots}
    for lot in account.lots:
        yield from _of_lot(account, lot)
    for entry in account.entries:
        yield from _of_entry(account, entry, made.pop(entry.id, 0))
    for entry_id, points in made.items():
        # A lot whose entry is none of this account's.
        yield Fault(account.id, FaultKind.LOT_ORIGIN, entry_id, points, 0)
    for each in account.wrong_pending:
        yield Fault(account.id, FaultKind.PENDING, each)


def _of_lot(account: CheckedAccount, lot: CheckedLot) -> Iterator[Fault]:
    if not 0 <= lot.remaining <= lot.earned:
        yield Fault(account.id, FaultKind.LOT_BOUNDS, lot.id, lot.remaining, lot.earned)
    if lot.remaining != lot.earned - lot.taken:
        yield Fault(account.id, FaultKind.LOT_REST, lot.id, lot.remaining, lot.earned - lot.taken)


def _of_entry(account: CheckedAccount, entry: CheckedEntry, made: int) -> Iterator[Fault]:
    """`made` is how many points the lot has had that it made."""
    if not _has_its_side(entry):
        yield Fault(account.id, FaultKind.ENTRY_SIDES, entry.id)
    # What is given may fill what is owed, and what a return takes may be owed: so much less is in lots.
    missing = entry.credit - made + entry.taken if entry.credit else entry.debit - entry.taken
    may_miss = entry.credit or entry.kind is EntryKind.RETURN
    if missing < 0 or (missing and not may_miss) or (entry.debit and made) or (entry.credit and entry.taken > 0):
        yield Fault(account.id, FaultKind.ENTRY_ALLOCATED, entry.id, entry.taken, entry.debit)
    if made > entry.credit:
        yield Fault(account.id, FaultKind.LOT_ORIGIN, entry.id, made, entry.credit)
    if entry.is_foreign:
        yield Fault(account.id, FaultKind.FOREIGN_LOT, entry.id)
    if entry.programme_id != account.programme_id:
        yield Fault(account.id, FaultKind.PROGRAMME, entry.id)
    if entry.posting != (entry.programme_id, entry.kind):
        yield Fault(account.id, FaultKind.POSTING, entry.id)
    wanted = _REVERSES.get(entry.kind)
    if entry.reverses != (None if wanted is None else (entry.programme_id, wanted)):
        yield Fault(account.id, FaultKind.REVERSES, entry.id)
    if entry.reversed > entry.credit + entry.debit:
        yield Fault(account.id, FaultKind.REVERSED_TOO_MUCH, entry.id, entry.reversed, entry.credit + entry.debit)


def _has_its_side(entry: CheckedEntry) -> bool:
    if min(entry.credit, entry.debit) != 0 or max(entry.credit, entry.debit) <= 0:
        return False
    return entry.debit == 0 if entry.kind in _GIVE else entry.credit == 0 if entry.kind in _TAKE else True
