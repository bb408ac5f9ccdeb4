"""The statements that read accounts; all by ids, so that a hundred cost what one costs."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, func, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import among
from bot.loyalty.accounts.cards import AccountCard
from bot.loyalty.kinds import PendingStatus
from bot.loyalty.ledger.asked import Entry, Pending
from bot.loyalty.ledger.queries import ENTRY, NOTHING, PENDING, entry_of, pending_of
from bot.loyalty.models import PointAccount, PointEntry, PointLot, PointPending

_HALF = 2**31
_CARD = tuple(getattr(PointAccount, name) for name in AccountCard.__slots__)


async def by_ids(connection: AsyncConnection, account_ids: Iterable[str]) -> dict[str, AccountCard]:
    """Accounts by their ids."""
    rows = await connection.execute(_by_ids(connection.dialect.name), {"ids": sorted(set(account_ids))})
    return {row.id: AccountCard(*row) for row in rows}


@cache
def _by_ids(dialect: str) -> Executable:
    return select(*_CARD).where(among(dialect, PointAccount.id, "ids"))


async def named(connection: AsyncConnection, spelled: str) -> AccountCard | None:
    """The account of that number or id."""
    statement = select(*_CARD).where(or_(PointAccount.number == spelled, PointAccount.id == spelled))
    row = (await connection.execute(statement)).first()
    return None if row is None else AccountCard(*row)


async def of_contacts(connection: AsyncConnection, programme_id: str, contact_ids: Iterable[str]) -> list[AccountCard]:
    """The accounts of those contacts in a programme."""
    given = {"contacts": sorted(set(contact_ids)), "programmes": [programme_id]}
    return [AccountCard(*row) for row in await connection.execute(_of_contacts(connection.dialect.name), given)]


@cache
def _of_contacts(dialect: str) -> Executable:
    found = (
        among(dialect, PointAccount.contact_id, "contacts"),
        among(dialect, PointAccount.programme_id, "programmes"),
    )
    return select(*_CARD).where(*found).order_by(PointAccount.id)


async def contacts_with(connection: AsyncConnection, programme_id: str, limit: int, after: str | None) -> Sequence[str]:
    """The ids of contacts who have an account in a programme, those whom one knows last first, behind that one."""
    own = PointAccount
    statement = select(own.contact_id).where(own.programme_id == programme_id, own.contact_id.is_not(None))
    if after is not None:
        statement = statement.where(own.contact_id < after)
    rows = await connection.execute(statement.order_by(own.contact_id.desc()).limit(limit))
    return [str(each) for each in rows.scalars()]


async def open_pendings(connection: AsyncConnection, account_ids: Iterable[str], limit: int) -> Sequence[Pending]:
    """What is to be confirmed of accounts, the oldest first, up to `limit`."""
    statement = select(*PENDING).where(PointPending.account_id.in_(list(account_ids)))
    statement = statement.where(PointPending.status == PendingStatus.PENDING)
    rows = await connection.execute(statement.order_by(PointPending.created_at, PointPending.id).limit(limit))
    return [pending_of(row) for row in rows]


async def ids_of_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> set[str]:
    """The accounts of those contacts, in whichever programmes."""
    statement = select(PointAccount.id).where(PointAccount.contact_id.in_(sorted(set(contact_ids))))
    return set((await connection.scalars(statement)).all())


async def left_by_day(connection: AsyncConnection, account_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The rows (account_id, expires_on, points) of what is left in lots, whether or not it has ended."""
    rows = await connection.execute(_left(connection.dialect.name), {"ids": sorted(set(account_ids))})
    return rows.all()


@cache
def _left(dialect: str) -> Executable:
    own = PointLot
    # PostgreSQL's sum of 64 bits is a decimal.
    columns = (own.account_id, own.expires_on, func.sum(own.remaining).label("points"))
    statement = select(*columns).where(among(dialect, own.account_id, "ids"), own.remaining > NOTHING)
    return statement.group_by(own.account_id, own.expires_on)


async def pending_sums(connection: AsyncConnection, account_ids: Iterable[str]) -> dict[str, int]:
    """How many points of accounts are to be confirmed."""
    rows = await connection.execute(_pending_sums(connection.dialect.name), {"ids": sorted(set(account_ids))})
    return {row.account_id: int(row.high) * _HALF + int(row.low) for row in rows}


@cache
def _pending_sums(dialect: str) -> Executable:
    own = PointPending
    # Nothing holds what is pending within 64 bits, and SQLite has no more.
    high, low = func.sum(own.points.op("/")(_HALF)), func.sum(own.points % _HALF)
    statement = select(own.account_id, high.label("high"), low.label("low"))
    found = among(dialect, own.account_id, "ids"), own.status == PendingStatus.PENDING
    return statement.where(*found).group_by(own.account_id)


async def ending(
    connection: AsyncConnection, programme_id: str, since: date, until: date
) -> Sequence[tuple[date, int]]:
    """Days, and how many points of a programme have them for their last one, the next first."""
    own = PointLot
    high, low = func.sum(own.remaining.op("/")(_HALF)), func.sum(own.remaining % _HALF)
    statement = (
        select(own.expires_on, high.label("high"), low.label("low"))
        .join(PointAccount, PointAccount.id == own.account_id)
        .where(own.remaining > NOTHING, own.expires_on >= since, own.expires_on <= until)
        .where(PointAccount.programme_id == programme_id)
        .group_by(own.expires_on)
        .order_by(own.expires_on)
    )
    rows = await connection.execute(statement)
    return [(row.expires_on, int(row.high) * _HALF + int(row.low)) for row in rows]


async def statement_of(
    connection: AsyncConnection, account_ids: Sequence[str], limit: int, after: tuple[datetime, str] | None
) -> list[Entry]:
    """The entries of accounts, newest first, up to `limit`, behind that moment and id."""
    order = (PointEntry.created_at, PointEntry.id)
    statement = select(*ENTRY).where(PointEntry.account_id.in_(account_ids))
    if after is not None:
        statement = statement.where(tuple_(*order) < after)
    statement = statement.order_by(*(each.desc() for each in order)).limit(limit)
    return [entry_of(row) for row in await connection.execute(statement)]


async def set_notified(connection: AsyncConnection, account_ids: Sequence[str], now: datetime, *, on: bool) -> set[str]:
    """Let the notices of accounts go out, or not; returns the ids of those where it was otherwise."""
    statement = update(PointAccount).where(
        PointAccount.id.in_(account_ids), PointAccount.email_notifications.is_not(on)
    )
    rows = await connection.execute(statement.values(email_notifications=on, updated_at=now).returning(PointAccount.id))
    return set(rows.scalars())


async def forget_contacts(connection: AsyncConnection, contact_ids: Sequence[str], now: datetime) -> set[str]:
    """Let the accounts of contacts be nobody's; returns their ids."""
    statement = update(PointAccount).where(PointAccount.contact_id.in_(contact_ids))
    rows = await connection.execute(statement.values(contact_id=None, updated_at=now).returning(PointAccount.id))
    return set(rows.scalars())
