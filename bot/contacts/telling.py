"""Telling the systems above what addresses agree to from now on."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.core.addresses import Channel
from bot.core.events import ConsentChanged
from bot.core.messages import ConsentReason
from bot.core.purposes import ConsentPurpose
from bot.listeners.service import hears, tell


async def tell_consents(connection: AsyncConnection, history: Sequence[Mapping[str, Any]], now: datetime) -> None:
    """Tell what these rows of the history say, in their order; they are written by then."""
    if not history or not hears(connection, ConsentChanged):
        return
    owners = await queries.owners_of(connection, [row["address_id"] for row in history])
    changed = [
        ConsentChanged(
            contact_id=owners[row["address_id"]],
            address_id=row["address_id"],
            channel=Channel(row["channel"]),
            purpose=ConsentPurpose(row.get("purpose", ConsentPurpose.ALL)),
            opted_in=row["opted_in"],
            reason=ConsentReason(row["reason"]),
            detail=row["detail"] or "",
            said_at=row["said_at"],
            at=row["changed_at"],
        )
        for row in history
    ]
    await tell(connection, changed, now)
