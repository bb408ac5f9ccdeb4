"""What is to be posted, and what comes of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from bot.core.actors import Actor
from bot.loyalty.kinds import EntryKind, PendingStatus
from bot.loyalty.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What every posting says.

    Attributes:
        programme_id: in which programme.
        reason: why, in the words of whoever posts it; the first 255 characters are kept.
        reference: what it belongs to elsewhere, as the number of an order; likewise.
        by: who does it; None for the person themselves, in a conversation.
        limited: whether the programme's daily limit holds for `by`.
    """

    programme_id: str
    reason: str = ""
    reference: str = ""
    by: Actor | None = None
    limited: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Once(Asked):
    """Of what may be asked for again.

    Attributes:
        key: by which it is posted once in its programme, however often it is asked for; None for none.
    """

    key: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OfAccount(Once):
    """Of somebody's account: the contact's own, which is made when it is first given something, or one that is named.

    Attributes:
        contact_id: whose; of one who was merged it is who goes on. Empty where the account is named.
        account_id: the account; empty where the contact is.
    """

    contact_id: str = ""
    account_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Earn(OfAccount):
    """Give points.

    Attributes:
        expires_on: the last day on which they count; None: as the programme says.
        never_ends: they count for ever, whatever the programme says.
    """

    points: int
    expires_on: date | None = None
    never_ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Redeem(OfAccount):
    """Take points, out of all accounts of the person, those first that end first."""

    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Adjust(OfAccount):
    """Give or take because somebody says so.

    Attributes:
        points: less than zero to take.
        expires_on: as of `Earn`.
        never_ends: as of `Earn`.
    """

    points: int
    expires_on: date | None = None
    never_ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Refund(Once):
    """Give back what was redeemed.

    Attributes:
        entry_id: any entry of the redemption.
        points: how many; None for all that were not given back yet.
    """

    entry_id: str
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Return(Once):
    """Take back what a purchase earned.

    Attributes:
        entry_id: what earned them.
        points: how many; None for all that were not taken back yet.
    """

    entry_id: str
    points: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pend(OfAccount):
    """Points that are earned once they are confirmed; until then they count nowhere."""

    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Confirm(Asked):
    """Let points be earned that were pending; asked again it gives the same entry, so it needs no key."""

    pending_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Cancel(Asked):
    """Let points that were pending never be earned; asked again it gives the same."""

    pending_id: str


Posting = Earn | Redeem | Adjust | Refund | Return | Pend | Confirm | Cancel


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the ledger; see `bot.loyalty.models.PointEntry`."""

    id: str
    programme_id: str
    account_id: str
    posting_id: str
    kind: EntryKind
    credit: int
    debit: int
    expires_at: datetime | None
    reason: str
    reference: str
    key: str | None
    reverses_id: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Pending:
    """Points that are to be confirmed, or were; see `bot.loyalty.models.PointPending`."""

    id: str
    programme_id: str
    account_id: str
    points: int
    reason: str
    reference: str
    key: str | None
    status: PendingStatus
    entry_id: str | None
    created_at: datetime
    settled_at: datetime | None


@dataclass(frozen=True, slots=True)
class Posted:
    """What was posted.

    Attributes:
        entries: one for each account that it drew on or gave to; the first one names the posting.
        balance: the person's points afterwards, all their accounts together; less than zero where more is owed.
        repeated: it had been posted before, by the same key; nothing was done.
    """

    entries: Sequence[Entry]
    balance: int
    repeated: bool = False

    @property
    def id(self) -> str:
        """The posting's."""
        return self.entries[0].id

    @property
    def points(self) -> int:
        """How many points it gave or took."""
        return sum(each.credit + each.debit for each in self.entries)


@dataclass(frozen=True, slots=True)
class Pended:
    """How points stand that are to be confirmed.

    Attributes:
        repeated: they stood so before; nothing was done.
    """

    pending: Pending
    repeated: bool = False


Outcome = Posted | Pended | Refusal
