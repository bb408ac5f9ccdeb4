"""Claiming what is due: which queued messages this process may send now, each contact's in its order."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import recovered
from bot.core.clock import utc_now
from bot.core.messages import Status
from bot.core.purposes import Lane
from bot.db.bulk import together
from bot.db.engine import is_postgresql
from bot.messages.models import UNCLAIMED
from bot.messages.outbox import buckets, queries
from bot.messages.outbox.claimed import Claimed, claimed_from
from bot.messages.outbox.places import Places
from bot.messages.outbox.queries import AccountRow
from bot.messages.outbox.verdicts import REASONS, verdict
from bot.messages.outbox.window import closed_for
from bot.messages.records import UNLESS_HEARD
from bot.messages.telling import tell_left_queue


@dataclass(slots=True)
class Batch:
    """What one round of claiming came to.

    Attributes:
        claimed: to be sent, replies first, then notices, then bulk; the longest due first within an account's lane.
        failed: ids of messages that must not be sent any more, by their error, one of `REASONS`.
        more: there may be more to claim at once.
    """

    claimed: list[Claimed] = field(default_factory=list)
    failed: dict[str, list[str]] = field(default_factory=dict)
    more: bool = False


async def claim(
    connection: AsyncConnection,
    owner: str,
    limit: int,
    *,
    lease: timedelta,
    held: Places | None = None,
    now: datetime | None = None,
) -> Batch:
    """Claim up to `limit` due messages for `owner`; the caller commits before it sends any of them.

    A message is claimable when it is due, nobody holds it, its account is not paused and has a token for its lane, and
    no earlier message of its contact is queued and due in the same lane: one that is claimed or backing off holds up
    its followers, one scheduled for later, or gone stale on another account, does not. The replies of all accounts are
    claimed before any notice, and those before bulk. Accounts are locked in the order of their ids, messages without
    waiting.

    Args:
        connection: in a transaction that holds no account's lock.
        owner: names the process.
        limit: at most so many.
        lease: how long the claim holds; should no outcome ever be recorded, the message is due again afterwards, and
            one that is sent at most once then fails.
        held: how many this process may claim by account and lane; those claimed are added. None for no such limit.
        now: the moment; the database's clock when None.
    """
    if now is None and not is_postgresql(connection):
        now = utc_now()
    rows = await connection.execute(queries.accounts_with_work(connection.dialect.name), {"now": now})
    accounts = [_Account(row) for row in rows]
    batch = Batch()
    for account, lane, limited in _in_turn(accounts, limit, batch):
        share = limited if held is None else min(limited, held.room(account.row.id, lane))
        room = account.room(share, lane)
        if room <= 0:
            continue
        found, claimed = await _look(connection, account.row, lane, room, batch)
        account.taken += claimed
        account.cut_off = found == limited
        if held is not None and claimed:
            held.take(account.row.id, lane, claimed)
        # Where it holds all that it may, the next round comes with the next outcome.
        batch.more = batch.more or (found == share and (held is None or held.room(account.row.id, lane) > 0))
    batch.more = batch.more or bool(batch.failed)
    await together(
        connection,
        (
            queries.LEAVE_TOKENS,
            [account.left() for account in accounts if account.taken and account.row.rate is not None],
        ),
        (
            queries.FAIL,
            [_failing(id_, error, accounts[0].row.now) for error, ids in batch.failed.items() for id_ in ids],
        ),
        (queries.CLAIM, [_claiming(each, owner, lease) for each in batch.claimed]),
    )
    if batch.failed:
        await tell_left_queue(connection, [id_ for ids in batch.failed.values() for id_ in ids], accounts[0].row.now)
    return batch


class _Account:
    """An account with work, what is taken of its tokens in this round, and whether its share was too small."""

    def __init__(self, row: AccountRow) -> None:
        self.row = row
        self.taken = 0
        self.cut_off = False
        self._rate = 0.0
        self._tokens = 0.0
        if row.rate is not None:
            self._rate = row.rate * recovered(row.slowed, row.slowed_at, row.now)
            self._tokens = buckets.refilled(self._rate, row.tokens, row.tokens_at, row.now)

    def room(self, share: int, lane: Lane) -> int:
        """How many messages of `lane` it may send now, at most its `share`."""
        if self.row.rate is None:
            return share
        return min(share, buckets.room(self._rate, self._tokens - self.taken, lane))

    def left(self) -> dict[str, Any]:
        """Its bucket after this round."""
        # Never back in time, or the moments between would be earned twice.
        tokens_at = max(self.row.tokens_at or self.row.now, self.row.now)
        return {"id": self.row.id, "tokens": self._tokens - self.taken, "tokens_at": tokens_at}


def _in_turn(accounts: Sequence[_Account], limit: int, batch: Batch) -> Iterator[tuple[_Account, Lane, int]]:
    """Each lane's accounts with work, the longest waiting first, and how many each may claim of what is left by then.

    No account takes more than its share of that, so a long queue cannot starve the others. Where a lane has more than
    the batch holds, those behind it wait for the next one, which follows at once.
    """
    for lane in Lane:
        since = {account: account.row._mapping[lane.value] for account in accounts}  # noqa: SLF001 - a Row's public mapping
        waiting = sorted((each for each in accounts if since[each]), key=lambda each: (since[each], each.row.id))
        for place, account in enumerate(waiting):
            yield account, lane, math.ceil((limit - len(batch.claimed)) / (len(waiting) - place))
        if any(account.cut_off for account in waiting):
            return


async def _look(
    connection: AsyncConnection, account: AccountRow, lane: Lane, room: int, batch: Batch
) -> tuple[int, int]:
    """Put what is claimable into the batch: to be sent, or failed; returns how many that were, and how many to be sent.

    Of the messages whose customer window is closed those that have an approved template are sent as that.
    """
    parameters = {"account": account.id, "lane": lane, "now": account.now, "room": room}
    found = (await connection.execute(queries.CLAIMABLE, parameters)).all()
    closed = await closed_for(connection, account.id, found, account.now)
    taken_over, held = await _taken_over(connection, found)
    answered = await _answered(connection, found)
    before = len(batch.claimed)
    for row in found:
        if row.id in held:
            continue
        error = verdict(row, lane, account.now, closed=closed, taken_over=taken_over, answered=answered)
        if error is None:
            try:
                batch.claimed.append(
                    claimed_from(row, account.provider, lane, account.now, closed=row.id in closed),
                )
            except (AttributeError, KeyError, TypeError, ValueError):
                # One row that no code of ours should have written must not hold up all the others.
                error = "malformed"
        if error is not None:
            batch.failed.setdefault(error, []).append(row.id)
    return len(found), len(batch.claimed) - before


async def _taken_over(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> tuple[set[str], set[str]]:
    """The ids of those messages that were tried before a person took their conversation over, and of those to wait.

    What nobody has tried yet needs no look: a takeover fails it under its lock. Those that it found claimed it cannot
    fail. Whoever holds a contact may be about to take it over, so what was tried waits until they have committed; and
    whoever comes later waits until we have.
    """
    tried = [row for row in rows if row.attempts and row.epoch is not None]
    if not tried:
        return set(), set()
    parameters = {"ids": sorted({row.contact_id for row in tried})}
    contacts = await connection.execute(queries.epochs(connection.dialect.name), parameters)
    now = {contact_id: epoch for contact_id, epoch in contacts}  # noqa: C416 - rows are no pairs to the type checker
    held = {row.id for row in tried if row.contact_id not in now}
    return {row.id for row in tried if row.id not in held and row.epoch < now[row.contact_id]}, held


async def _answered(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> set[str]:
    """The ids of those messages that were to go only if their contacts had not written, who have."""
    asked = [row for row in rows if isinstance(row.body, dict) and UNLESS_HEARD in row.body]
    if not asked:
        return set()
    ids = {"ids": sorted({row.contact_id for row in asked})}
    heard = await connection.execute(queries.last_heard_seqs(connection.dialect.name), ids)
    last = {row.id: row.seq or 0 for row in heard}
    return {row.id for row in asked if last[row.contact_id] > row.body[UNLESS_HEARD]}


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
        **UNCLAIMED,
        "id": message_id,
        "status": Status.FAILED,
        "error": error,
        "error_reason": REASONS[error],
        "updated_at": now,
    }
