"""When each account last received and sent something."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages.backlog import queries
from bot.messages.models import Direction

LOOKED_AT = 20_000
"""The newest messages; no index tells it, since each would cost every turn."""


class Traffic(NamedTuple):
    """Of one account.

    Attributes:
        received: when somebody last wrote; None for not lately.
        sent: when the last of ours was written that its provider took; likewise.
    """

    received: datetime | None = None
    sent: datetime | None = None


async def traffic(connection: AsyncConnection) -> Mapping[str, Traffic]:
    """By account, of those that received or sent any of the newest messages."""
    found: dict[str, Traffic] = {}
    for account, direction, at in await connection.execute(queries.latest_by_account(LOOKED_AT)):
        name = "received" if direction == Direction.INBOUND else "sent"
        found[account] = found.get(account, Traffic())._replace(**{name: at})
    return found
