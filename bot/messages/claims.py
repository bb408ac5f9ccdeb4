"""Claiming what is due: which queued messages this process may send now, each contact's in its order."""

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    and_,
    bindparam,
    false,
    func,
    literal_column,
    or_,
    select,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.channels.models import Account
from bot.channels.service import recovered
from bot.contacts.models import Consent
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.email import from_body
from bot.core.messages import OutboundMessage, Status
from bot.db.bulk import BulkUpdate, together
from bot.db.engine import is_postgresql
from bot.db.types import UtcDateTime
from bot.messages import buckets
from bot.messages.carried import choices_in, location_in, media_in, template_in
from bot.messages.models import Message
from bot.messages.window import closed_for, windows_of

MOST_RESENDS = 3
"""How often a message goes out again because nobody knows whether it did: a person may see every one of them."""


class Claimed(NamedTuple):
    """A message that is this process's to send until its lease ends.

    Attributes:
        message: what the provider is to send.
        address_id: the recipient's, whose consent a refusal may take away.
        provider: the account's, for the metrics.
        attempt: which attempt this is, from 1; no other claim of the message has the same, so that an answer that
            comes after the claim was lost changes nothing.
        started_at: when it was claimed, by the database's clock.
        expires_at: stale afterwards, or None.
        again: nobody knows whether the attempt before went out.
        resends: how often that has been so, this time included.
        instead: what may be sent should the provider say that the customer window is closed; else None.
    """

    message: OutboundMessage
    address_id: str
    provider: str
    attempt: int
    started_at: datetime
    expires_at: datetime | None
    again: bool
    resends: int
    instead: OutboundMessage | None = None


@dataclass(slots=True)
class Batch:
    """What one round of claiming came to.

    Attributes:
        claimed: to be sent, the longest due first within an account.
        failed: ids of messages that must not be sent any more, by their error, one of `_REASONS`.
        more: there may be more to claim at once.
    """

    claimed: list[Claimed] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)
    more: bool = False


_Account = Row[str, str, float | None, float, datetime | None, float, datetime | None, datetime, datetime]
"""id, provider, rate, slowed, slowed_at, tokens, tokens_at, oldest, now."""
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
)
_ONE = literal_column("1", Integer)
"""A limit that the planner sees, other than a parameter's."""
_CLAIM = BulkUpdate(
    Message,
    "id",
    ("claimed_by", "claimed_until", "attempt_started_at", "attempts", "sends_unknown", "updated_at"),
)
_FAIL = BulkUpdate(
    Message,
    "id",
    (
        *("status", "error", "error_reason", "claimed_by", "claimed_until", "attempt_started_at", "next_attempt_at"),
        "updated_at",
    ),
)

_REASONS = {
    "malformed": "Its stored form could not be read.",
    "expired": "It could not be sent in time, so it was given up.",
    "opted_out": "The person opted out on this channel.",
    "outcome_unknown": "The provider never said whether it went out, so it was not sent yet another time.",
    "window_closed": "The person has not written for too long: only an approved template may be sent, and it has none.",
}


async def claim(
    connection: AsyncConnection, owner: str, limit: int, *, lease: timedelta, now: datetime | None = None
) -> Batch:
    """Claim up to `limit` due messages for `owner`; the caller commits before it sends any of them.

    A message is claimable when it is due, nobody holds it, its account is not paused and has a token left, and no
    earlier message of its contact is queued and due: one that is claimed or backing off holds up its followers, one
    scheduled for later, or gone stale on another account, does not. Accounts are locked in the order of their ids,
    messages without waiting.

    Args:
        connection: in a transaction that holds no account's lock.
        owner: names the process.
        limit: at most so many.
        lease: how long the claim holds; should no outcome ever be recorded, the message is due again afterwards.
        now: the moment; the database's clock when None.
    """
    if now is None and not is_postgresql(connection):
        now = utc_now()
    rows = await connection.execute(accounts_with_work(connection.dialect.name), {"now": now})
    accounts = sorted(rows.all(), key=lambda account: (account.oldest, account.id))
    batch = Batch()
    left: list[dict[str, Any]] = []
    for place, account in enumerate(accounts):
        # No account takes more than its share of what is left, so a long queue cannot starve the others.
        room = share = math.ceil((limit - len(batch.claimed)) / (len(accounts) - place))
        tokens = 0.0
        if account.rate is not None:
            rate = account.rate * recovered(account.slowed, account.slowed_at, account.now)
            tokens = buckets.refilled(rate, account.tokens, account.tokens_at, account.now)
            room = min(share, math.floor(tokens))
        if room <= 0:
            continue
        found = (await connection.execute(CLAIMABLE, {"account": account.id, "now": account.now, "room": room})).all()
        closed = await closed_for(connection, account.id, found, account.now)
        taken = _sort_out(found, account, closed, batch)
        batch.more = batch.more or len(found) == share
        if taken and account.rate is not None:
            # Never back in time, or the moments between would be earned twice.
            tokens_at = max(account.tokens_at or account.now, account.now)
            left.append({"id": account.id, "tokens": tokens - taken, "tokens_at": tokens_at})
    batch.more = batch.more or bool(batch.failed)
    await together(
        connection,
        (buckets.LEAVE, left),
        (_FAIL, [_failing(id_, error, accounts[0].now) for error, ids in batch.failed.items() for id_ in ids]),
        (_CLAIM, [_claiming(each, owner, lease) for each in batch.claimed]),
    )
    return batch


def queued(message: type[Message]) -> ColumnElement[bool]:
    """It still is to be sent; literals, so that the planner sees the partial indexes' predicate."""
    return and_(message.direction == literal_column("'outbound'"), message.status == literal_column("'queued'"))


def due_at(message: type[Message]) -> ColumnElement[datetime]:
    """From when on it may be tried; the expression of the index `ix_messages_queued_due`."""
    return func.coalesce(message.next_attempt_at, message.scheduled_at, message.created_at)


@cache
def accounts_with_work(
    dialect: str,
) -> Select[str, str, float | None, float, datetime | None, float, datetime | None, datetime, datetime]:
    """The accounts that have something to send, each with its bucket, locked in the order of their ids.

    Gives id, provider, rate, slowed, slowed_at, tokens, tokens_at, `oldest` (since when its longest waiting message is
    due) and `now`: the parameter of that name, or the database's clock where it is None.
    """
    now: ColumnElement[datetime] = bindparam("now", type_=UtcDateTime)
    if dialect == "postgresql":
        # Unlike clock_timestamp() it may be looked up in an index; it is the moment at which this statement came.
        now = func.coalesce(now, func.statement_timestamp(), type_=UtcDateTime)
    oldest = (
        select(due_at(Message))
        .where(Message.account == Account.id, queued(Message), due_at(Message) <= now, _unclaimed(now))
        .order_by(due_at(Message))
        .limit(_ONE)
        .scalar_subquery()
    )
    bucket = (Account.rate, Account.slowed, Account.slowed_at, Account.tokens, Account.tokens_at)
    return (
        select(Account.id, Account.provider, *bucket, oldest.label("oldest"), now.label("now"))
        .where(Account.paused == false(), oldest.is_not(None))
        .order_by(Account.id)
        .with_for_update(key_share=True)
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
    opted_in = (
        select(Consent.opted_in)
        .where(Consent.address_id == Message.address_id, Consent.channel == Message.channel)
        .scalar_subquery()
    )
    return (
        select(*_SENDING, opted_in.label("opted_in"))
        .where(
            Message.account == bindparam("account"),
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
"""The claimable messages of `account` at `now`, at most `room`, the longest due first.

They are locked; another's lock is passed over.
"""


def _sort_out(rows: Iterable[Row[Any]], account: _Account, closed: Container[str], batch: Batch) -> int:
    """Put each row into the batch: to be sent, or failed; returns how many are to be sent.

    Of the messages whose customer window is `closed` those that have an approved template are sent as that.
    """
    before = len(batch.claimed)
    for row in rows:
        if row.opted_in is False and not row.despite_opt_out:
            batch.failed.setdefault("opted_out", []).append(row.id)
        elif row.expires_at is not None and row.expires_at <= account.now:
            batch.failed.setdefault("expired", []).append(row.id)
        elif row.attempt_started_at is not None and row.sends_unknown >= MOST_RESENDS:
            batch.failed.setdefault("outcome_unknown", []).append(row.id)
        elif row.id in closed and not _has_template(row):
            batch.failed.setdefault("window_closed", []).append(row.id)
        else:
            try:
                batch.claimed.append(_claimed(row, account, closed=row.id in closed))
            except (AttributeError, KeyError, TypeError, ValueError):
                # One row that no code of ours should have written must not hold up all the others.
                batch.failed.setdefault("malformed", []).append(row.id)
    return len(batch.claimed) - before


def _claimed(row: Row[Any], account: _Account, *, closed: bool) -> Claimed:
    again = row.attempt_started_at is not None
    message, instead = _outbound(row), None
    if _has_template(row) and message.channel in windows_of(account.id):
        approved = replace(message, template=template_in(row.body))
        message, instead = (approved, None) if closed else (message, approved)
    return Claimed(
        message=message,
        address_id=row.address_id,
        provider=account.provider,
        attempt=row.attempts + 1,
        started_at=account.now,
        expires_at=row.expires_at,
        again=again,
        resends=row.sends_unknown + again,
        instead=instead,
    )


def _outbound(row: Row[Any]) -> OutboundMessage:
    return OutboundMessage(
        id=row.id,
        account=row.account,
        channel=Channel(row.channel),
        to=Address(AddressKind(row.address_kind), row.address),
        text=row.content,
        is_reply=row.reply_to_id is not None,
        **_rest(row.body) if row.body else {},
    )


def _has_template(row: Row[Any]) -> bool:
    return isinstance(row.body, dict) and "template" in row.body


def _rest(body: Mapping[str, Any]) -> dict[str, Any]:
    """What goes along with the words, by the name of its attribute."""
    return {
        "choices": choices_in(body),
        "choices_label": body.get("choices_label", ""),
        "email": from_body(body["email"]) if "email" in body else None,
        "media": media_in(body),
        "location": location_in(body),
        "html": body.get("html", ""),
    }


def _claiming(claimed: Claimed, owner: str, lease: timedelta) -> dict[str, Any]:
    return {
        "id": claimed.message.id,
        "claimed_by": owner,
        "claimed_until": claimed.started_at + lease,
        "attempt_started_at": claimed.started_at,
        "attempts": claimed.attempt,
        "sends_unknown": claimed.resends,
        "updated_at": claimed.started_at,
    }


def _failing(message_id: str, error: str, now: datetime) -> dict[str, Any]:
    return {
        "id": message_id,
        "status": Status.FAILED,
        "error": error,
        "error_reason": _REASONS[error],
        "claimed_by": None,
        "claimed_until": None,
        "attempt_started_at": None,
        "next_attempt_at": None,
        "updated_at": now,
    }
