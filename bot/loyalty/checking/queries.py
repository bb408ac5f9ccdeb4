"""The statements that read accounts whole, to look whether they are what their entries say."""

from collections.abc import Callable, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, not_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.bulk import among
from bot.loyalty.kinds import EntryKind
from bot.loyalty.models import PointAccount, PointAllocation, PointEntry, PointLot, PointPending


async def accounts(connection: AsyncConnection, programme_id: str, after: str, limit: int) -> Sequence[Row[Any]]:
    """The rows of up to `limit` accounts behind an id, of one programme or, where it is empty, of all."""
    own = PointAccount
    statement = select(own.id, own.programme_id, own.balance, own.owed).where(own.id > after)
    if programme_id:
        statement = statement.where(own.programme_id == programme_id)
    wanted: Executable = statement.order_by(own.id).limit(limit)
    return (await connection.execute(wanted)).all()


async def lots(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows of all lots of accounts."""
    return await _read(connection, _lots, account_ids)


@cache
def _lots(dialect: str) -> Executable:
    own = PointLot
    columns = (own.id, own.account_id, own.entry_id, own.earned, own.remaining, own.expires_on)
    return select(*columns).where(among(dialect, own.account_id, "ids"))


async def entries(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows of all entries of accounts, with programme and kind of what each reverses and was posted with."""
    return await _read(connection, _entries, account_ids)


@cache
def _entries(dialect: str) -> Executable:
    own, reverses, posting = PointEntry, aliased(PointEntry), aliased(PointEntry)
    return (
        select(
            *(own.id, own.account_id, own.programme_id, own.kind, own.credit, own.debit),
            reverses.programme_id.label("reverses_programme"),
            reverses.kind.label("reverses_kind"),
            posting.programme_id.label("posting_programme"),
            posting.kind.label("posting_kind"),
        )
        .outerjoin(reverses, reverses.id == own.reverses_id)
        .outerjoin(posting, posting.id == own.posting_id)
        .where(among(dialect, own.account_id, "ids"))
    )


async def allocations(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows (entry_id, lot_id, n, account_id) of what was taken out of the lots of accounts, and by whose entry."""
    return await _read(connection, _allocations, account_ids)


@cache
def _allocations(dialect: str) -> Executable:
    own = PointAllocation
    statement = select(own.entry_id, own.lot_id, own.n, PointEntry.account_id)
    statement = statement.join(PointLot, PointLot.id == own.lot_id).join(PointEntry, PointEntry.id == own.entry_id)
    return statement.where(among(dialect, PointLot.account_id, "ids"))


async def foreign(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows (entry_id, n) of what entries of accounts took out of lots of others."""
    return await _read(connection, _foreign, account_ids)


@cache
def _foreign(dialect: str) -> Executable:
    own = PointAllocation
    statement = select(own.entry_id, own.n).join(PointEntry, PointEntry.id == own.entry_id)
    statement = statement.join(PointLot, PointLot.id == own.lot_id)
    return statement.where(among(dialect, PointEntry.account_id, "ids"), PointLot.account_id != PointEntry.account_id)


async def reversals(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows (reverses_id, credit, debit) of what reverses entries of accounts, whosever it is."""
    return await _read(connection, _reversals, account_ids)


@cache
def _reversals(dialect: str) -> Executable:
    own, reversed_ = PointEntry, aliased(PointEntry)
    statement = select(own.reverses_id, own.credit, own.debit).join(reversed_, reversed_.id == own.reverses_id)
    return statement.where(among(dialect, reversed_.account_id, "ids"), own.reverses_id.is_not(None))


async def wrong_pending(connection: AsyncConnection, account_ids: Sequence[str]) -> Sequence[Row[Any]]:
    """The rows (id, account_id) of confirmed points whose entry is no earning of as many in the same account."""
    return await _read(connection, _wrong_pending, account_ids)


@cache
def _wrong_pending(dialect: str) -> Executable:
    own, entry = PointPending, PointEntry
    is_theirs = (entry.kind == EntryKind.EARN) & (entry.account_id == own.account_id) & (entry.credit == own.points)
    statement = select(own.id, own.account_id).join(entry, entry.id == own.entry_id)
    return statement.where(among(dialect, own.account_id, "ids"), not_(is_theirs))


async def _read(
    connection: AsyncConnection, statement: Callable[[str], Executable], account_ids: Sequence[str]
) -> Sequence[Row[Any]]:
    given = {"ids": sorted(account_ids)}
    rows: Sequence[Row[Any]] = (await connection.execute(statement(connection.dialect.name), given)).all()
    return rows
