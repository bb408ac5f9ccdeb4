"""The statements that find points whose last day is over, and those that have none."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.loyalty.ledger.queries import NOTHING
from bot.loyalty.models import PointAccount, PointLot


async def due_accounts(connection: AsyncConnection, programme_id: str, today: date, limit: int) -> list[str]:
    """Accounts that have points whose last day was before today, those first that ended first; up to `limit`.

    An account whose points ended on several days may be named for each.
    """
    statement = (
        select(PointLot.account_id)
        .join(PointAccount, PointAccount.id == PointLot.account_id)
        .where(PointLot.remaining > NOTHING, PointLot.expires_on < today, PointAccount.programme_id == programme_id)
        .order_by(PointLot.expires_on, PointLot.account_id)
        .limit(limit)
    )
    return list((await connection.scalars(statement)).all())


async def idle_accounts(connection: AsyncConnection, programme_id: str, since: date, limit: int) -> list[str]:
    """Accounts with points of whom nothing was earned or redeemed since a day, up to `limit`."""
    own = PointAccount
    statement = select(own.id).where(
        own.programme_id == programme_id, own.balance > NOTHING, own.last_active_on < since
    )
    return list((await connection.scalars(statement.order_by(own.last_active_on, own.id).limit(limit))).all())


async def forever_accounts(connection: AsyncConnection, programme_id: str, limit: int) -> list[str]:
    """Accounts that have points without a last day, as often as they have such lots; up to `limit`."""
    statement = (
        select(PointLot.account_id)
        .join(PointAccount, PointAccount.id == PointLot.account_id)
        .where(PointLot.remaining > NOTHING, PointLot.expires_on.is_(None), PointAccount.programme_id == programme_id)
        .order_by(PointLot.account_id)
        .limit(limit)
    )
    return list((await connection.scalars(statement)).all())


async def set_last_day(connection: AsyncConnection, account_ids: Sequence[str], until: date) -> None:
    """Give a last day to what accounts have left without one."""
    own = PointLot
    found = own.account_id.in_(account_ids), own.remaining > NOTHING, own.expires_on.is_(None)
    await connection.execute(update(own).where(*found).values(expires_on=until))
