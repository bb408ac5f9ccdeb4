"""The statements that find the notices on their way, and let them be queued anew."""

from collections.abc import Iterable, Sequence
from functools import cache

from sqlalchemy import Executable, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import among
from bot.loyalty.models import PointNotice


async def on_their_way(connection: AsyncConnection, account_ids: Iterable[str]) -> list[tuple[str, str]]:
    """Accounts, and the messages that tell them and of which nothing is known yet."""
    rows = await connection.execute(_on_their_way(connection.dialect.name), {"ids": sorted(set(account_ids))})
    return [(row.account_id, row.message_id) for row in rows]


@cache
def _on_their_way(dialect: str) -> Executable:
    own = PointNotice
    found = among(dialect, own.account_id, "ids"), own.settled_at.is_(None), own.message_id.is_not(None)
    return select(own.account_id, own.message_id).distinct().where(*found)


async def open_again(connection: AsyncConnection, message_ids: Sequence[str]) -> None:
    """Let what messages were to tell be told by another one."""
    own = PointNotice
    found = own.message_id.in_(message_ids), own.settled_at.is_(None)
    await connection.execute(update(own).where(*found).values(message_id=None))
