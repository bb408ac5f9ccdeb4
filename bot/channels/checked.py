"""Which accounts their providers have been asked about: an account counts as connected once they knew it."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels import queries
from bot.channels.account import ConfiguredAccount
from bot.core.hints import Topic
from bot.db.hub import hint


async def record_checked(connection: AsyncConnection, accounts: Iterable[ConfiguredAccount], now: datetime) -> None:
    """Note that the providers of `accounts` know their credentials; accounts without a row are passed over."""
    await queries.record_checked(
        connection,
        [{"which": each.id, "at": now, "fingerprint": each.credentials.fingerprint} for each in accounts],
    )
    hint(connection, Topic.ACCOUNTS, None)


async def record_refused(connection: AsyncConnection, account: ConfiguredAccount, now: datetime) -> None:
    """Note that its provider does not know the credentials of `account`; one without a row is passed over."""
    await queries.record_refused(connection, account.id, now)
    hint(connection, Topic.ACCOUNTS, [account.id])
