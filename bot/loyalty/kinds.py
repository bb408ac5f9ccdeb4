"""The words by which programmes, entries and notices are told apart."""

from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry of the ledger is; all but `ADJUST` either give or take."""

    EARN = "earn"
    """Gives points, in a lot of their own."""
    REDEEM = "redeem"
    """Takes those that end first."""
    EXPIRE = "expire"
    """Takes those whose last day is over."""
    REFUND = "refund"
    """Gives back what a redemption took, whole or in parts."""
    RETURN = "return"
    """Takes back what a purchase earned, whole or in parts."""
    ADJUST = "adjust"
    """Gives or takes because somebody says so."""

    __hash__ = str.__hash__


class Rounding(StrEnum):
    """To which day the last day of points is put off."""

    NONE = "none"
    END_OF_MONTH = "end_of_month"
    END_OF_YEAR = "end_of_year"

    __hash__ = str.__hash__


class OnReturn(StrEnum):
    """What becomes of the return of a purchase whose points were redeemed."""

    REFUSE = "refuse"
    OWE = "owe"
    """The account owes them; whatever it is given next fills that first."""

    __hash__ = str.__hash__


class PendingStatus(StrEnum):
    """How points stand that are to be confirmed."""

    PENDING = "pending"
    CONFIRMED = "confirmed"
    CANCELLED = "cancelled"

    __hash__ = str.__hash__


class NoticeStatus(StrEnum):
    """What came of an attempt to tell somebody that points end; as the seed spells it."""

    SENT = "SENT"
    FAILED = "FAILED"
    SKIPPED = "SKIPPED"

    __hash__ = str.__hash__
