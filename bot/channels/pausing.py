"""Whether an account sends, and how fast: paused, resumed, slowed down."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.channels import queries
from bot.channels.rules import SLOWEST, recovered
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.db.hub import hint

_LONGEST_REASON = 500
_ONCE_EVERY = timedelta(seconds=1)
"""One burst of complaints is one complaint."""


async def pause(connection: AsyncConnection, account_id: str, reason: str, by: Actor) -> bool:
    """Let nothing more be sent through the account; its queue is kept. Returns whether it sent until now.

    Locks the account's row. One that is paused already keeps its first reason.

    Args:
        connection: in a transaction.
        account_id: `provider:identity`.
        reason: why, one plain sentence.
        by: who pauses it.
    """
    hint(connection, Topic.ACCOUNTS, [account_id])
    paused = await queries.set_paused(connection, account_id, reason[:_LONGEST_REASON])
    if paused:
        await record(connection, by, "account.pause", "account", account_id, {"reason": reason})
    return paused


async def resume(connection: AsyncConnection, account_id: str, by: Actor) -> bool:
    """Let the account send again; returns whether it was paused. Locks the account's row."""
    hint(connection, Topic.ACCOUNTS, [account_id])
    resumed = await queries.set_paused(connection, account_id, None)
    if resumed:
        await record(connection, by, "account.resume", "account", account_id)
    return resumed


async def slow_down(connection: AsyncConnection, account_id: str, now: datetime) -> bool:
    """Halve the part of its rate that the account uses, at most once a second; returns whether it was halved.

    It is never less than `SLOWEST`, and grows back by itself (`recovered`). Locks the account's row.

    Args:
        connection: in a transaction.
        account_id: `provider:identity`.
        now: the moment, by the database's clock.
    """
    account = await queries.lock_slowed(connection, account_id)
    if account is None or (account.slowed_at is not None and now < account.slowed_at + _ONCE_EVERY):
        return False
    hint(connection, Topic.ACCOUNTS, [account_id])
    slowed = max(SLOWEST, recovered(account.slowed, account.slowed_at, now) / 2)
    await queries.set_slowed(connection, account_id, slowed, now)
    return True
