"""The duty of notice: what a person was told of each day on which points end, when, and what came of it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.loyalty.accounts.cards import AccountCard
from bot.loyalty.kinds import NoticeStatus
from bot.loyalty.notices import queries


class Attempt(NamedTuple):
    """A line of the log.

    Attributes:
        at: when it was written.
        sent_at: when it went out; None where it did not.
        reason: why it did not, as the log has it; empty where it did.
        message_id: what told it; None where nothing was queued.
    """

    status: NoticeStatus
    at: datetime
    sent_at: datetime | None
    reason: str
    points: int
    message_id: str | None


@dataclass(frozen=True, slots=True)
class Told:
    """A notice to one account.

    Attributes:
        kind: `EXPIRATION_30_DAYS` and so on.
        day: the last one on which the points count.
        points: how many were told last.
        claimed_at: when it was last queued or tried.
        message_id: what tells it; None where nothing is queued.
        is_open: nobody knows yet what came of it, or it is to be tried again.
        attempts: what was tried, in order.
    """

    account_id: str
    kind: str
    day: date
    points: int
    claimed_at: datetime
    message_id: str | None
    is_open: bool
    attempts: Sequence[Attempt]


async def duty_of(connection: AsyncConnection, accounts: Sequence[AccountCard]) -> Sequence[Told]:
    """All notices to accounts, as those of a `Standing`, by the day that they tell of and when they were claimed.

    Days of which nobody was told have none: no programme had released them, or there was no run before they ended.
    """
    ids = [each.id for each in accounts]
    attempts: dict[tuple[str, str, date], list[Attempt]] = {}
    for row in await queries.log_of(connection, ids):
        attempt = Attempt(
            NoticeStatus(row.status),
            row.created_at,
            row.sent_at,
            row.failure_reason or "",
            row.points_expiring,
            row.message_id,
        )
        attempts.setdefault((row.account_id, row.notification_type, row.expiration_date), []).append(attempt)
    return [
        Told(
            account_id=row.account_id,
            kind=row.notification_type,
            day=row.expiration_date,
            points=row.points,
            claimed_at=row.claimed_at,
            message_id=row.message_id,
            is_open=row.settled_at is None,
            attempts=attempts.get((row.account_id, row.notification_type, row.expiration_date), ()),
        )
        for row in await queries.claims_of(connection, ids)
    ]
