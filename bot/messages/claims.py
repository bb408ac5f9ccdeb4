"""Claiming what is due: which queued messages this process may send now, each contact's in its order."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    Update,
    and_,
    case,
    exists,
    false,
    func,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute, aliased

from bot.channels.models import Account
from bot.contacts.models import Consent
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.email import from_body
from bot.core.messages import Choice, OutboundMessage, Status
from bot.db.clock import database_now
from bot.messages import buckets
from bot.messages.models import Message

MOST_RESENDS = 3
"""How often a message goes out again because nobody knows whether it did: a person may see every one of them."""


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that is this process's to send until its lease ends.

    Attributes:
        message: what the provider is to send.
        address_id: the recipient's, whose consent a refusal may take away.
        provider: the account's, for the metrics.
        attempt: which attempt this is, from 1. With the owner it names the claim, so that an answer that comes
            after the claim was lost changes nothing.
        expires_at: stale afterwards, or None.
        again: nobody knows whether the attempt before went out.
    """

    message: OutboundMessage
    address_id: str
    provider: str
    attempt: int
    expires_at: datetime | None
    again: bool


@dataclass(slots=True)
class Batch:
    """What one round of claiming came to.

    Attributes:
        claimed: to be sent, the longest due first within an account.
        failed: ids of messages that must not be sent any more, by their error, one of `_REASONS`.
    """

    claimed: list[Claimed] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)


_SENDING: tuple[InstrumentedAttribute[Any], ...] = (
    Message.id,
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
)

_REASONS = {
    "malformed": "Its stored form could not be read.",
    "expired": "It could not be sent in time, so it was given up.",
    "opted_out": "The person opted out on this channel.",
    "outcome_unknown": "The provider never said whether it went out, so it was not sent yet another time.",
}


async def claim(
    connection: AsyncConnection,
    owner: str,
    limit: int,
    *,
    lease: timedelta,
    wait: timedelta,
    now: datetime | None = None,
) -> Batch:
    """Claim up to `limit` due messages for `owner`; the caller commits before it sends any of them.

    A message is claimable when it is due, nobody holds it, its account is not paused and has a token left, and no
    earlier message of its contact is queued and due: one that is claimed or backing off holds up its followers, one
    scheduled for later, or gone stale on another account, does not. Accounts are locked in the order of their ids,
    messages without waiting.

    A claim presumes the worst: should no outcome ever be recorded, the message is due again `wait` after now.

    Args:
        connection: in a transaction that has no other locks.
        owner: names the process.
        limit: at most so many.
        lease: how long the claim holds.
        wait: how long an attempt of unknown outcome waits for a status callback.
        now: the moment; the database's clock when None.
    """
    now = now or await database_now(connection)
    batch = Batch()
    waiting = (await connection.execute(accounts_with_work(now))).all()
    tokens = await buckets.lock(connection, [account.id for account in waiting if account.rate is not None], now)
    for place, account in enumerate(waiting):
        # No account takes more than its share of what is left, so a long queue cannot starve the others.
        share = math.ceil((limit - len(batch.claimed)) / (len(waiting) - place))
        room = min(share, math.floor(tokens.get(account.id, share)))
        if room <= 0:
            continue
        rows = (await connection.execute(claimable(account.id, now, room))).all()
        taken = _sort_out(rows, account.provider, now, batch)
        if taken and account.id in tokens:
            await buckets.leave(connection, account.id, tokens[account.id] - taken, now)
    await _mark_claimed(connection, batch.claimed, owner, now, lease=lease, wait=wait)
    for error, ids in batch.failed.items():
        await connection.execute(_failing(ids, error))
    return batch


def queued(message: type[Message]) -> ColumnElement[bool]:
    """It still is to be sent; literals, so that the planner sees the partial indexes' predicate."""
    return and_(message.direction == literal_column("'outbound'"), message.status == literal_column("'queued'"))


def due_at(message: type[Message]) -> ColumnElement[datetime]:
    """From when on it may be tried; the expression of the index `ix_messages_queued_due`."""
    return func.coalesce(message.next_attempt_at, message.scheduled_at, message.created_at)


def accounts_with_work(now: datetime) -> Select[str, str, float | None]:
    """The accounts (id, provider, rate) that have something to send, the longest waiting first."""
    oldest = (
        select(due_at(Message))
        .where(Message.account == Account.id, queued(Message), due_at(Message) <= now, _unclaimed(now))
        .order_by(due_at(Message))
        .limit(1)
        .scalar_subquery()
    )
    return (
        select(Account.id, Account.provider, Account.rate)
        .where(Account.paused == false(), oldest.is_not(None))
        .order_by(oldest, Account.id)
    )


def claimable(account: str, now: datetime, limit: int) -> Select[Any]:
    """The claimable messages of one account, the longest due first, locked; another's lock is passed over."""
    earlier = aliased(Message)
    blocked = exists().where(
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
    return (
        select(*_SENDING, Consent.opted_in)
        .outerjoin(Consent, and_(Consent.address_id == Message.address_id, Consent.channel == Message.channel))
        .where(
            Message.account == account,
            queued(Message),
            due_at(Message) <= now,
            _moment_has_come(Message, now),
            _unclaimed(now),
            ~blocked,
        )
        .order_by(due_at(Message))
        .limit(limit)
        .with_for_update(of=Message, key_share=True, skip_locked=True)
    )


def _moment_has_come(message: type[Message], now: datetime) -> ColumnElement[bool]:
    return or_(message.scheduled_at.is_(None), message.scheduled_at <= now)


def _unclaimed(now: datetime) -> ColumnElement[bool]:
    return or_(Message.claimed_until.is_(None), Message.claimed_until <= now)


def _sort_out(rows: Iterable[Row[Any]], provider: str, now: datetime, batch: Batch) -> int:
    """Put each row into the batch: to be sent, or failed; returns how many are to be sent."""
    before = len(batch.claimed)
    for row in rows:
        if row.opted_in is False and not row.despite_opt_out:
            batch.failed.setdefault("opted_out", []).append(row.id)
        elif row.expires_at is not None and row.expires_at <= now:
            batch.failed.setdefault("expired", []).append(row.id)
        elif row.attempt_started_at is not None and row.sends_unknown >= MOST_RESENDS:
            batch.failed.setdefault("outcome_unknown", []).append(row.id)
        else:
            try:
                batch.claimed.append(_claimed(row, provider))
            except (AttributeError, KeyError, TypeError, ValueError):
                # One row that no code of ours should have written must not hold up all the others.
                batch.failed.setdefault("malformed", []).append(row.id)
    return len(batch.claimed) - before


def _claimed(row: Row[Any], provider: str) -> Claimed:
    return Claimed(
        message=_outbound(row),
        address_id=row.address_id,
        provider=provider,
        attempt=row.attempts + 1,
        expires_at=row.expires_at,
        again=row.attempt_started_at is not None,
    )


def _outbound(row: Row[Any]) -> OutboundMessage:
    body = row.body or {}
    return OutboundMessage(
        id=row.id,
        account=row.account,
        channel=Channel(row.channel),
        to=Address(AddressKind(row.address_kind), row.address),
        text=row.content,
        choices=tuple(Choice(each["id"], each["label"]) for each in body.get("choices", ())),
        choices_label=body.get("choices_label", ""),
        email=from_body(body["email"]) if "email" in body else None,
    )


async def _mark_claimed(
    connection: AsyncConnection,
    claimed: Sequence[Claimed],
    owner: str,
    now: datetime,
    *,
    lease: timedelta,
    wait: timedelta,
) -> None:
    if not claimed:
        return
    resent = case((Message.attempt_started_at.is_not(None), 1), else_=0)
    await connection.execute(
        update(Message)
        .where(Message.id.in_([each.message.id for each in claimed]))
        .values(
            claimed_by=owner,
            claimed_until=now + lease,
            attempt_started_at=now,
            next_attempt_at=now + wait,
            attempts=Message.attempts + 1,
            sends_unknown=Message.sends_unknown + resent,
        )
    )


def _failing(ids: Sequence[str], error: str) -> Update:
    return (
        update(Message)
        .where(Message.id.in_(ids))
        .values(
            status=Status.FAILED,
            error=error,
            error_reason=_REASONS[error],
            claimed_by=None,
            claimed_until=None,
            attempt_started_at=None,
            next_attempt_at=None,
        )
    )
