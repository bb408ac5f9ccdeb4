"""Telling the systems above how far messages of ours have come."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.addresses import Channel
from bot.core.events import StatusChanged
from bot.core.messages import Status
from bot.core.purposes import Purpose
from bot.listeners.service import hears, tell
from bot.messages import queries


async def tell_left_queue(connection: AsyncConnection, message_ids: Iterable[str], now: datetime) -> None:
    """Tell of messages that this transaction has taken out of the queue: sent, or failed; those that are back wait."""
    ids = sorted(message_ids)
    if not ids or not hears(connection, StatusChanged):
        return
    rows = await connection.execute(queries.told(connection.dialect.name), {"ids": ids})
    await tell(connection, [changed(row, Status.QUEUED, Status(row.status), row.error, now) for row in rows], now)


def changed(
    row: Row[*tuple[Any, ...]],
    before: Status,
    after: Status,
    error: str | None,
    now: datetime,
    reported_at: datetime | None = None,
) -> StatusChanged:
    """The value for the message of `row`: id, contact_id, account, channel, address_id, origin and purpose."""
    return StatusChanged(
        contact_id=row.contact_id,
        message_id=row.id,
        account=row.account,
        channel=Channel(row.channel),
        address_id=row.address_id,
        origin=row.origin or "",
        purpose=Purpose(row.purpose),
        before=before,
        after=after,
        error=error or "",
        reported_at=reported_at,
        at=now,
    )
