"""Which accounts their providers have been asked about: an account counts as connected once they knew it."""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy import bindparam, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.account import ConfiguredAccount
from bot.channels.models import Account


async def record_checked(connection: AsyncConnection, accounts: Iterable[ConfiguredAccount], now: datetime) -> None:
    """Note that the providers of `accounts` know their credentials; accounts without a row are passed over."""
    rows = [{"which": each.id, "at": now, "with": each.credentials.fingerprint} for each in accounts]
    # What it may send through is as before, so nobody needs to read it again.
    statement = (
        update(Account)
        .where(Account.id == bindparam("which"))
        .values(checked_at=bindparam("at"), checked_with=bindparam("with"), updated_at=Account.updated_at)
    )
    if rows:
        await connection.execute(statement.execution_options(synchronize_session=False), rows)


async def checked(connection: AsyncConnection) -> Mapping[str, str]:
    """By the id of each account that its provider has known: the fingerprint of the credentials that it knew."""
    statement = select(Account.id, Account.checked_with).where(Account.checked_with.is_not(None))
    return {row.id: row.checked_with or "" for row in await connection.execute(statement)}
