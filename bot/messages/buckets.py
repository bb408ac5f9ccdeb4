"""The accounts' token buckets: one rate for all processes, kept in the database."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import case, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account


async def lock(connection: AsyncConnection, ids: Collection[str], now: datetime) -> dict[str, float]:
    """Lock the accounts, in the order of their ids, and give how many tokens each bucket holds by `now`.

    An account without a rate has no bucket and is not in the answer.
    """
    if not ids:
        return {}
    statement = (
        select(Account.id, Account.rate, Account.tokens, Account.tokens_at)
        .where(Account.id.in_(sorted(ids)))
        .order_by(Account.id)
        .with_for_update(key_share=True)
    )
    return {
        row.id: refilled(row.rate, row.tokens, row.tokens_at, now)
        for row in await connection.execute(statement)
        if row.rate is not None
    }


async def leave(connection: AsyncConnection, account: str, tokens: float, now: datetime) -> None:
    """Leave `tokens` in the bucket of an account that `lock` locked."""
    # Never back in time, or the moments between would be earned twice.
    latest = case((Account.tokens_at > now, Account.tokens_at), else_=now)
    await connection.execute(update(Account).where(Account.id == account).values(tokens=tokens, tokens_at=latest))


def refilled(rate: float, tokens: float, tokens_at: datetime | None, now: datetime) -> float:
    """What a bucket that held `tokens` at `tokens_at` holds by `now`; never more than a second's worth, or one."""
    burst = max(1.0, rate)
    if tokens_at is None:
        return burst
    # Whoever took the last token may have read the clock after us.
    elapsed = max(0.0, (now - tokens_at).total_seconds())
    return min(burst, tokens + elapsed * rate)
