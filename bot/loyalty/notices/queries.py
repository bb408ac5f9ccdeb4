"""The statements that find who is to be told, and keep what was told."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, case, distinct, exists, func, or_, select, true, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert, among
from bot.loyalty.ledger.queries import NOTHING
from bot.loyalty.models import NotificationLog, PointAccount, PointLot, PointNotice

_CLAIM = ("account_id", "notification_type", "expiration_date", "points", "message_id", "claimed_at", "settled_at")
WRITE_CLAIMS = BulkInsert(
    PointNotice,
    _CLAIM,
    keys=("account_id", "notification_type", "expiration_date"),
    set_=("points", "message_id", "claimed_at", "settled_at"),
)
INSERT_LOG = BulkInsert(
    NotificationLog,
    (
        *("id", "account_id", "notification_type", "status", "sent_at", "failure_reason", "expiration_date"),
        *("points_expiring", "message_id", "created_at"),
    ),
)
_COLUMNS = tuple(getattr(PointNotice, name) for name in _CLAIM)


async def due(
    connection: AsyncConnection, programme_id: str, day: date, kind: str, after: str, limit: int
) -> list[str]:
    """Accounts with points of that last day that were not told at that stage, by id, behind `after`; up to `limit`."""
    lot, account = PointLot, PointAccount
    statement = (
        select(lot.account_id)
        .distinct()
        .join(account, account.id == lot.account_id)
        .where(lot.remaining > NOTHING, lot.expires_on == day, lot.account_id > after)
        .where(account.programme_id == programme_id, account.contact_id.is_not(None))
        .where(~_told(lot.account_id, kind, day))
        .order_by(lot.account_id)
        .limit(limit)
    )
    return list((await connection.scalars(statement)).all())


async def due_idle(
    connection: AsyncConnection, programme_id: str, day: date, idle_days: int, kind: str, after: str, limit: int
) -> list[str]:
    """As `due`, but those whose points all end on that day since nothing was earned or redeemed."""
    own = PointAccount
    statement = (
        select(own.id)
        .where(own.programme_id == programme_id, own.balance > NOTHING, own.contact_id.is_not(None))
        .where(own.last_active_on == day - timedelta(days=idle_days), own.id > after, ~_told(own.id, kind, day))
        .order_by(own.id)
        .limit(limit)
    )
    return list((await connection.scalars(statement)).all())


async def count_due(connection: AsyncConnection, programme_id: str, day: date, kind: str) -> Row[Any]:
    """The row (accounts, points, silenced, nameless) of those whom `due` finds, and of those who are nobody's."""
    lot, account = PointLot, PointAccount

    def accounts(condition: Any) -> Any:
        return func.count(distinct(case((condition, lot.account_id))))

    statement = (
        select(
            accounts(true()).label("accounts"),
            func.coalesce(func.sum(lot.remaining), 0).label("points"),
            accounts(account.email_notifications.is_(False)).label("silenced"),
            accounts(account.contact_id.is_(None)).label("nameless"),
        )
        .join(account, account.id == lot.account_id)
        .where(lot.remaining > NOTHING, lot.expires_on == day, account.programme_id == programme_id)
        .where(~_told(lot.account_id, kind, day))
    )
    return (await connection.execute(statement)).one()


def _told(account_id: Any, kind: str, day: date) -> Any:
    """A notice is on its way, or it is known what came of it; one that failed may be given again."""
    own = PointNotice
    found = own.account_id == account_id, own.notification_type == kind, own.expiration_date == day
    return exists().where(*found, or_(own.settled_at.is_not(None), own.message_id.is_not(None)))


async def claims(connection: AsyncConnection, account_ids: Iterable[str], since: date) -> Sequence[Row[Any]]:
    """The claims of accounts for days from `since`."""
    given = {"ids": sorted(set(account_ids)), "since": since}
    rows = await connection.execute(_claims(connection.dialect.name).where(PointNotice.expiration_date >= since), given)
    return rows.all()


@cache
def _claims(dialect: str) -> Any:
    return select(*_COLUMNS).where(among(dialect, PointNotice.account_id, "ids"))


async def by_messages(connection: AsyncConnection, message_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The claims that messages are to tell."""
    rows = await connection.execute(_by_messages(connection.dialect.name), {"ids": sorted(set(message_ids))})
    return rows.all()


@cache
def _by_messages(dialect: str) -> Executable:
    return select(*_COLUMNS).where(among(dialect, PointNotice.message_id, "ids"))


async def close(connection: AsyncConnection, programme_id: str, today: date, now: datetime) -> None:
    """Let be what was to be told of days that are over."""
    own = PointNotice
    theirs = select(PointAccount.id).where(PointAccount.programme_id == programme_id)
    statement = update(own).where(own.settled_at.is_(None), own.message_id.is_(None), own.expiration_date < today)
    await connection.execute(statement.where(own.account_id.in_(theirs)).values(settled_at=now))


async def claims_of(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """All claims of accounts, by day and moment."""
    own = PointNotice
    statement = select(*_COLUMNS).where(own.account_id.in_(account_ids))
    return (await connection.execute(statement.order_by(own.expiration_date, own.claimed_at))).all()


async def log_of(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """All lines of the log of accounts, by day and moment."""
    own = NotificationLog
    statement = select(own.__table__).where(own.account_id.in_(account_ids))
    return (await connection.execute(statement.order_by(own.expiration_date, own.created_at, own.id))).all()
