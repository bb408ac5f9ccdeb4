"""The public face of loyalty: programmes by which people earn points, and what becomes of the points.

Whoever changes something gives a connection in a transaction, who it is (`by`) and the moment (`now`).

- Programmes: `add_programme`, `change_programme`, `find_programme`, `programmes`, `set_released`, `backfill`.
- Posting: `post` takes any number of `Earn`, `Redeem`, `Adjust`, `Refund`, `Return`, `Pend`, `Confirm` and `Cancel` in
  the caller's transaction, locks contacts and accounts, and answers each with `Posted`, `Pended` or a `Refusal`. Who
  has one at a time, as a request or a command, gives it to `Together`, where those of one moment share a transaction.
- Reading: `standings` by contact, `standing_of_account` by account: what counts, when it ends, what is owed and
  pending, over all accounts of the person; `statement` has the entries; `expiring` is what all people are to lose.
- Notices: the jobs in `NOTICE_HANDLERS` tell people in time that points end, once `set_released` lets them,
  after a look at what is `planned`;
  `duty_of` is what a person was told by when, and why not.
- `check_all` finds what is not as it must be; `end_due` posts what has ended, as the jobs in `HANDLERS` do.
"""

from bot.loyalty.accounts.cards import AccountCard, Ending, Standing
from bot.loyalty.accounts.reading import (
    expiring,
    find_account,
    holders,
    pendings,
    set_notified,
    standing,
    standing_of_account,
    standings,
    statement,
)
from bot.loyalty.actions import POINT_ACTIONS
from bot.loyalty.checking.reading import check, check_all
from bot.loyalty.checking.rules import WORDS as FAULT_WORDS
from bot.loyalty.checking.rules import Fault, FaultKind
from bot.loyalty.ending.backfilling import backfill
from bot.loyalty.ending.due import Ended, end_due
from bot.loyalty.hearing import LISTENERS
from bot.loyalty.jobs import HANDLERS
from bot.loyalty.kinds import EntryKind, NoticeStatus, OnReturn, PendingStatus, Rounding
from bot.loyalty.ledger.asked import (
    Adjust,
    Cancel,
    Confirm,
    Earn,
    Entry,
    Outcome,
    Pend,
    Pended,
    Pending,
    Posted,
    Posting,
    Redeem,
    Refund,
    Return,
)
from bot.loyalty.ledger.posting import post, try_post
from bot.loyalty.ledger.rules import MOST
from bot.loyalty.ledger.together import Together
from bot.loyalty.lives import Period, Unit, day_of, end_of, last_day, read_period
from bot.loyalty.notices.duty import Attempt, Told, duty_of
from bot.loyalty.notices.planned import Planned, planned
from bot.loyalty.notices.work import HANDLERS as NOTICE_HANDLERS
from bot.loyalty.programmes.changing import (
    MOST_PROGRAMMES,
    add_programme,
    change_programme,
    find_programme,
    hold_programme,
    set_released,
)
from bot.loyalty.programmes.queries import programmes
from bot.loyalty.programmes.rules import told as spelled_rules
from bot.loyalty.refusals import REASONS, Code, Refusal
from bot.loyalty.values import AskedError, AskedProgramme, NotThereError, Programme, TakenError

__all__ = [
    "FAULT_WORDS",
    "HANDLERS",
    "LISTENERS",
    "MOST",
    "MOST_PROGRAMMES",
    "NOTICE_HANDLERS",
    "POINT_ACTIONS",
    "REASONS",
    "AccountCard",
    "Adjust",
    "AskedError",
    "AskedProgramme",
    "Attempt",
    "Cancel",
    "Code",
    "Confirm",
    "Earn",
    "Ended",
    "Ending",
    "Entry",
    "EntryKind",
    "Fault",
    "FaultKind",
    "NotThereError",
    "NoticeStatus",
    "OnReturn",
    "Outcome",
    "Pend",
    "Pended",
    "Pending",
    "PendingStatus",
    "Period",
    "Planned",
    "Posted",
    "Posting",
    "Programme",
    "Redeem",
    "Refund",
    "Refusal",
    "Return",
    "Rounding",
    "Standing",
    "TakenError",
    "Together",
    "Told",
    "Unit",
    "add_programme",
    "backfill",
    "change_programme",
    "check",
    "check_all",
    "day_of",
    "duty_of",
    "end_due",
    "end_of",
    "expiring",
    "find_account",
    "find_programme",
    "hold_programme",
    "holders",
    "last_day",
    "pendings",
    "planned",
    "post",
    "programmes",
    "read_period",
    "set_notified",
    "set_released",
    "spelled_rules",
    "standing",
    "standing_of_account",
    "standings",
    "statement",
    "try_post",
]
