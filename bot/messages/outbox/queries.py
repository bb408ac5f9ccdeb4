"""What is due: the statements that find it, each by an index, however long the queue is, and write what came of it."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    false,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.orm import InstrumentedAttribute, aliased
from sqlalchemy.sql.dml import ReturningUpdate

from bot.channels.models import Account
from bot.contacts.models import Consent, Contact
from bot.core.messages import Status
from bot.core.purposes import Lane, Purpose
from bot.db.bulk import BulkUpdate, among
from bot.db.types import UtcDateTime
from bot.messages.models import UNCLAIMED, Message

_SENDING: tuple[InstrumentedAttribute[Any], ...] = (
    Message.id,
    Message.contact_id,
    Message.account,
    Message.channel,
    Message.address_id,
    Message.address,
    Message.address_kind,
    Message.content,
    Message.body,
    Message.attempts,
    Message.attempt_started_at,
    Message.expires_at,
    Message.despite_opt_out,
    Message.sends_unknown,
    Message.reply_to_id,
    Message.epoch,
    Message.purpose,
)
_ONE = literal_column("1", Integer)
"""A limit that the planner sees, other than a parameter's."""

LEAVE_TOKENS = BulkUpdate(Account, "id", ("tokens", "tokens_at"))
"""Leaves tokens in the buckets of accounts that are locked."""
CLAIM = BulkUpdate(
    Message,
    "id",
    ("claimed_by", "claimed_until", "attempt_started_at", "attempts", "sends_unknown", "updated_at"),
)
"""Claims messages."""
FAIL = BulkUpdate(Message, "id", ("status", "error", "error_reason", *UNCLAIMED, "updated_at"))
"""Fails messages that must not be sent any more."""
_STILL_OURS = "messages.status = 'queued'"
"""With the attempt's number: no status callback came first, and no other process took over. Both know more."""
RELEASED = ("claimed_by", "claimed_until", "next_attempt_at", "updated_at")
"""What the end of an attempt changes, whatever came of it."""
SETTLE = BulkUpdate(
    Message,
    "id",
    (*RELEASED, "attempt_started_at", "status", "provider_message_id", "error", "error_reason"),
    as_of=("attempts",),
    where=_STILL_OURS,
    returning=("id", "contact_id"),
)
"""Ends attempts with what came of them; gives back those that still were ours, and whose they are."""
RELEASE = BulkUpdate(Message, "id", RELEASED, as_of=("attempts",), where=_STILL_OURS)
"""Ends attempts of unknown outcome; `attempt_started_at` stays: nobody knows whether it went out."""


def queued(message: type[Message]) -> ColumnElement[bool]:
    """It still is to be sent; literals, so that the planner sees the partial indexes' predicate."""
    return and_(message.direction == literal_column("'outbound'"), message.status == literal_column("'queued'"))


def due_at(message: type[Message]) -> ColumnElement[datetime]:
    """From when on it may be tried; the expression of the index `ix_messages_lane_due`."""
    return func.coalesce(message.next_attempt_at, message.scheduled_at, message.created_at)


AccountRow = Row[
    *tuple[str, str, float | None, float, datetime | None, float, datetime | None],
    *tuple[datetime | None, datetime | None, datetime | None, datetime],
]
"""id, provider, rate, slowed, slowed_at, tokens, tokens_at; reply, notice, bulk; now."""


@cache
def accounts_with_work(
    dialect: str,
) -> Select[
    *tuple[str, str, float | None, float, datetime | None, float, datetime | None],
    *tuple[datetime | None, datetime | None, datetime | None, datetime],
]:
    """The accounts that have something to send, each with its bucket, locked in the order of their ids.

    Gives id, provider, rate, slowed, slowed_at, tokens, tokens_at, since when its longest waiting message is due by
    lane (`reply`, `notice`, `bulk`; NULL where there is none) and `now`: the parameter of that name, or the database's
    clock where it is None.
    """
    now: ColumnElement[datetime] = bindparam("now", type_=UtcDateTime)
    if dialect == "postgresql":
        # Unlike clock_timestamp() it may be looked up in an index; it is the moment at which this statement came.
        now = func.coalesce(now, func.statement_timestamp(), type_=UtcDateTime)
    reply, notice, bulk = (_oldest(lane, now) for lane in Lane)
    bucket = (Account.rate, Account.slowed, Account.slowed_at, Account.tokens, Account.tokens_at)
    since = (reply.label("reply"), notice.label("notice"), bulk.label("bulk"))
    return (
        select(Account.id, Account.provider, *bucket, *since, now.label("now"))
        .where(Account.paused == false(), or_(reply.is_not(None), notice.is_not(None), bulk.is_not(None)))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )


def _oldest(lane: Lane, now: ColumnElement[datetime]) -> ScalarSelect[datetime]:
    """Since when the longest waiting message of the account's lane is due."""
    return (
        select(due_at(Message))
        .where(
            Message.account == Account.id,
            Message.lane == literal_column(f"'{lane}'"),
            queued(Message),
            due_at(Message) <= now,
            _unclaimed(now),
        )
        .order_by(due_at(Message))
        .limit(_ONE)
        .scalar_subquery()
    )


@cache
def epochs(dialect: str) -> Select[str, int]:
    """Those of the contacts `ids` whom nobody holds, each with its epoch, which nobody raises before we commit."""
    return (
        select(Contact.id, Contact.epoch)
        .where(among(dialect, Contact.id, "ids"))
        .with_for_update(read=True, skip_locked=True)
    )


def _claimable() -> Select[Any]:
    now: ColumnElement[datetime] = bindparam("now", type_=UtcDateTime)
    earlier = aliased(Message)
    # With a limit, unlike EXISTS, it is looked up row by row: the planner cannot make a join of it that reads the whole
    # queue. The same goes for the consent.
    blocked_by = (
        select(_ONE)
        .where(
            earlier.contact_id == Message.contact_id,
            earlier.lane == Message.lane,
            earlier.seq < Message.seq,
            queued(earlier),
            _moment_has_come(earlier, now),
            # A stale one of another account will never be sent; while that is paused, no claim will come to say so.
            or_(
                earlier.account == Message.account,
                earlier.expires_at.is_(None),
                earlier.expires_at > now,
                earlier.claimed_until > now,
            ),
        )
        .limit(_ONE)
        .scalar_subquery()
    )
    # NULL where they never said anything of what it is sent for.
    agreed = case(
        (or_(Message.purpose != Purpose.MARKETING, Consent.opted_in.is_(False)), Consent.opted_in),
        else_=Consent.marketing_opted_in,
    )
    opted_in = (
        select(agreed)
        .where(Consent.address_id == Message.address_id, Consent.channel == Message.channel)
        .scalar_subquery()
    )
    return (
        select(*_SENDING, opted_in.label("opted_in"))
        .where(
            Message.account == bindparam("account"),
            Message.lane == bindparam("lane"),
            queued(Message),
            due_at(Message) <= now,
            _moment_has_come(Message, now),
            _unclaimed(now),
            blocked_by.is_(None),
        )
        .order_by(due_at(Message))
        .limit(bindparam("room", type_=Integer))
        .with_for_update(of=Message, key_share=True, skip_locked=True)
    )


def _moment_has_come(message: type[Message], now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(message.scheduled_at.is_(None), message.scheduled_at <= now)


def _unclaimed(now: ColumnElement[datetime]) -> ColumnElement[bool]:
    return or_(Message.claimed_until.is_(None), Message.claimed_until <= now)


CLAIMABLE = _claimable()
"""The claimable messages of `account` in `lane` at `now`, at most `room`, the longest due first.

They are locked; another's lock is passed over.
"""


@cache
def fail_queued_turns(dialect: str) -> ReturningUpdate[str]:
    """Fails, with error `code` and reason `why`, what turns queued for the contacts `ids` and nobody has claimed.

    Gives the ids.
    """
    return _failing(among(dialect, Message.contact_id, "ids"), Message.epoch.is_not(None), Message.claimed_by.is_(None))


@cache
def untried(dialect: str) -> Select[str]:
    """Those of the messages `ids` that nobody has begun to send, locked in their order."""
    return queued_in_order(among(dialect, Message.id, "ids"), Message.attempts == 0)


@cache
def fail_untried(dialect: str) -> ReturningUpdate[str]:
    """Fails, with error `code` and reason `why`, those of the messages `ids` that nobody has begun to send.

    Gives the ids.
    """
    return _failing(among(dialect, Message.id, "ids"), Message.attempts == 0)


def _failing(*which: ColumnElement[bool]) -> ReturningUpdate[str]:
    """Fails what is queued of those, with error `code` and reason `why`, at `now`; gives the ids."""
    values = {
        **UNCLAIMED,
        "status": Status.FAILED,
        "error": bindparam("code"),
        "error_reason": bindparam("why"),
        "updated_at": bindparam("now", type_=UtcDateTime),
    }
    return update(Message).where(Message.id.in_(queued_in_order(*which))).values(values).returning(Message.id)


def queued_in_order(*which: ColumnElement[bool]) -> Select[str]:
    """The ids of what is queued of those, locked in their order, as whoever records outcomes and reports does."""
    return select(Message.id).where(queued(Message), *which).order_by(Message.id).with_for_update(key_share=True)


@cache
def claimed_of_contacts(dialect: str) -> Select[str]:
    """The ids of what turns queued for the contacts `ids` and some process is sending."""
    return select(Message.id).where(
        among(dialect, Message.contact_id, "ids"),
        queued(Message),
        Message.epoch.is_not(None),
        Message.claimed_by.is_not(None),
    )


@cache
def last_heard(dialect: str) -> Select[*tuple[Any, ...]]:
    """When each of `contacts` last wrote to `account` on `channel`, or NULL where that was before `since`.

    Gives id, at, and whether others were merged into them.
    """
    at = (
        # The one that came last, though one before it may have been said later.
        select(func.coalesce(Message.sent_at, Message.created_at, type_=UtcDateTime))
        .where(
            Message.contact_id == Contact.id,
            Message.created_at > bindparam("since", type_=UtcDateTime),
            # What came late opens the window only from when it was said.
            func.coalesce(Message.sent_at, Message.created_at) > bindparam("since", type_=UtcDateTime),
            # As an expression, so that no plan goes through all that was ever written to us.
            Message.direction + literal_column("''") == literal_column("'inbound'"),
            Message.account == bindparam("account"),
            Message.channel == bindparam("channel"),
        )
        .order_by(Message.created_at.desc())
        .limit(literal_column("1", Integer))
        .scalar_subquery()
    )
    return select(Contact.id, at.label("at"), Contact.has_merged).where(among(dialect, Contact.id, "contacts"))


@cache
def last_heard_seqs(dialect: str) -> Select[str, int | None]:
    """The number of what each of the contacts `ids` wrote last, or NULL."""
    last = (
        select(Message.seq)
        .where(Message.contact_id == Contact.id, Message.direction == literal_column("'inbound'"))
        .order_by(Message.seq.desc())
        .limit(_ONE)
        .scalar_subquery()
    )
    return select(Contact.id, last.label("seq")).where(among(dialect, Contact.id, "ids"))


def _next() -> ScalarSelect[str]:
    sent, later = aliased(Message), aliased(Message)
    return (
        select(later.id)
        .join(
            sent,
            and_(
                sent.contact_id == later.contact_id,
                sent.account == later.account,
                sent.lane == later.lane,
                sent.seq < later.seq,
            ),
        )
        .where(sent.id == bindparam("sent"), queued(later))
        .order_by(later.seq)
        .limit(1)
        .scalar_subquery()
    )


_AT = bindparam("moment", type_=UtcDateTime)
HOLD_NEXT = (
    update(Message)
    .where(
        Message.id == _next(),
        queued(Message),
        Message.claimed_by.is_(None),
        or_(Message.next_attempt_at.is_(None), Message.next_attempt_at < _AT),
        or_(Message.scheduled_at.is_(None), Message.scheduled_at < _AT),
    )
    .values(next_attempt_at=bindparam("at", type_=UtcDateTime))
)
"""Lets the message behind `sent`, of its contact, account and lane, wait until `at`, which `moment` is as well.

Those after that one wait for it. One that comes later anyhow keeps its moment.
"""
