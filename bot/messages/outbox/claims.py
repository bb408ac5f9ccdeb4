"""Claiming what is due: which queued messages this process may send now, each contact's in its order."""

import math
from collections.abc import Container, Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import recovered
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.clock import utc_now
from bot.core.email import from_body
from bot.core.messages import OutboundMessage, Status
from bot.core.shares import Shares
from bot.db.bulk import BulkUpdate, together
from bot.db.engine import is_postgresql
from bot.messages.body import choices_in, location_in, media_in, template_in
from bot.messages.models import Message
from bot.messages.outbox import buckets
from bot.messages.outbox.queries import CLAIMABLE, accounts_with_work
from bot.messages.outbox.window import closed_for, windows_of

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
    connection: AsyncConnection,
    owner: str,
    limit: int,
    *,
    lease: timedelta,
    held: Shares | None = None,
    now: datetime | None = None,
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
        held: how many this process may claim by account; those claimed are added. None for no such limit.
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
        share = math.ceil((limit - len(batch.claimed)) / (len(accounts) - place))
        if held is not None:
            share = min(share, held.room(account.id))
        room = share
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
        if held is not None and taken:
            held.take(account.id, taken)
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
