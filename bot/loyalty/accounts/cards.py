"""What accounts are read as: frozen values."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple


@dataclass(frozen=True, slots=True)
class AccountCard:
    """An account as its row has it.

    Attributes:
        contact_id: whose; None once they are erased.
        number: by which people name it, 13 digits.
        balance: credits - debits so far; what has ended since and was not posted yet is still in it. See `Standing`.
        owed: what the next points fill.
        last_active_on: when something was last given or redeemed.
        email_notifications: whether its notices go out, by whichever channel.
    """

    id: str
    programme_id: str
    contact_id: str | None
    number: str
    balance: int
    owed: int
    last_active_on: date | None
    email_notifications: bool
    created_at: datetime
    updated_at: datetime


class Ending(NamedTuple):
    """Points that end on one day.

    Attributes:
        day: the last one on which they count, in the programme's zone.
        points: how many.
    """

    day: date
    points: int


@dataclass(frozen=True, slots=True)
class Standing:
    """What somebody has in a programme at a moment, all their accounts together.

    Attributes:
        accounts: theirs, their own first, then those of who was merged into them; none where they never had points.
        balance: what counts, less what is owed; whether or not what has ended was posted by then.
        owed: what the next points fill.
        endings: all that is to end if nothing is earned or redeemed, the next first.
        forever: of the balance what never ends.
        pending: what is to be confirmed; it is in no balance.
    """

    accounts: Sequence[AccountCard] = ()
    balance: int = 0
    owed: int = 0
    endings: Sequence[Ending] = ()
    forever: int = 0
    pending: int = 0
