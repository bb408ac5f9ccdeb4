"""Taking back notices that are not true any more, and having the true ones queued."""

from collections.abc import Collection, Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.service import MAX_REQUESTS, cancel
from bot.core.ids import new_id
from bot.jobs import service as jobs
from bot.loyalty.renewing import queries

RENEW = "points_notices_renew"
"""The job that queues what is true now."""


async def renew(connection: AsyncConnection, account_ids: Collection[str], now: datetime) -> None:
    """Take back what was queued for accounts and nobody has begun to send; a job at once tells what is true.

    It stands in the transaction that changed the accounts, under their locks, so that no notice outlives its truth.
    What is being sent was true when it was begun.
    """
    if not account_ids:
        return
    found = await queries.on_their_way(connection, account_ids)
    if not found:
        return
    taken = await cancel(connection, {message_id for _account_id, message_id in found}, now)
    await queries.open_again(connection, taken)
    await _plan(connection, {account_id for account_id, message_id in found if message_id in taken}, now)


async def _plan(connection: AsyncConnection, account_ids: Iterable[str], now: datetime) -> None:
    ids = sorted(account_ids)
    parts = [ids[at : at + MAX_REQUESTS] for at in range(0, len(ids), MAX_REQUESTS)]
    await jobs.schedule(connection, [jobs.NewJob(RENEW, new_id(), now, {"accounts": each}) for each in parts])
