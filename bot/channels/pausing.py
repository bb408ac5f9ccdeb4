"""Whether an account sends, and how fast: paused, resumed, slowed down."""

from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.channels.rules import SLOWEST, recovered
from bot.core.clock import utc_now

_LONGEST_REASON = 500
_ONCE_EVERY = timedelta(seconds=1)
"""One burst of complaints is one complaint."""


async def pause(connection: AsyncConnection, account_id: str, reason: str) -> bool:
    """Let nothing more be sent through the account; its queue is kept. Returns whether it sent until now.

    Locks the account's row. One that is paused already keeps its first reason.

    Args:
        connection: in a transaction.
        account_id: `provider:identity`.
        reason: why, one plain sentence.
    """
    statement = (
        update(Account)
        .where(Account.id == account_id, Account.paused.is_(False))
        .values(paused=True, paused_reason=reason[:_LONGEST_REASON], updated_at=utc_now())
    )
    return (await connection.execute(statement)).rowcount > 0


async def resume(connection: AsyncConnection, account_id: str) -> bool:
    """Let the account send again; returns whether it was paused. Locks the account's row."""
    statement = (
        update(Account)
        .where(Account.id == account_id, Account.paused.is_(True))
        .values(paused=False, paused_reason=None, updated_at=utc_now())
    )
    return (await connection.execute(statement)).rowcount > 0


async def slow_down(connection: AsyncConnection, account_id: str, now: datetime) -> bool:
    """Halve the part of its rate that the account uses, at most once a second; returns whether it was halved.

    It is never less than `SLOWEST`, and grows back by itself (`recovered`). Locks the account's row.

    Args:
        connection: in a transaction.
        account_id: `provider:identity`.
        now: the moment, by the database's clock.
    """
    rows = select(Account.slowed, Account.slowed_at).where(Account.id == account_id).with_for_update(key_share=True)
    account = (await connection.execute(rows)).one_or_none()
    if account is None or (account.slowed_at is not None and now < account.slowed_at + _ONCE_EVERY):
        return False
    slowed = max(SLOWEST, recovered(account.slowed, account.slowed_at, now) / 2)
    # What it may send through is as before, so nobody needs to read it again.
    values = {"slowed": slowed, "slowed_at": now, "updated_at": Account.updated_at}
    await connection.execute(update(Account).where(Account.id == account_id).values(values))
    return True
