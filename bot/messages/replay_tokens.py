"""One-time tokens of signed posts: each stands for one thing only."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import delete, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert
from bot.messages.models import WebhookToken

FORGET_AFTER = timedelta(days=2)
"""Longer than any provider's signatures are taken."""

Token = tuple[str, str]
"""(provider, token)."""

_INSERT = BulkInsert(
    WebhookToken,
    ("provider", "token", "used_for", "seen_at"),
    keys=("provider", "token"),
    returning=("provider", "token"),
)


async def spend(connection: AsyncConnection, tokens: Mapping[Token, str], now: datetime) -> set[Token]:
    """Note what each token stands for; returns those that stood for something else before.

    Two batches that spend the same token wait for each other here, in one order, before they lock anything else.
    """
    rows = [
        {"provider": provider, "token": token, "used_for": used_for, "seen_at": now}
        for (provider, token), used_for in sorted(tokens.items())
    ]
    new = {(row.provider, row.token) for row in await _INSERT.execute(connection, rows)}
    known = [key for key in tokens if key not in new]
    if not known:
        return set()
    stored = select(WebhookToken.provider, WebhookToken.token, WebhookToken.used_for).where(
        tuple_(WebhookToken.provider, WebhookToken.token).in_(known)
    )
    return {
        (row.provider, row.token)
        for row in await connection.execute(stored)
        if row.used_for != tokens[row.provider, row.token]
    }


async def forget(connection: AsyncConnection, before: datetime) -> int:
    """Delete the tokens seen before `before`; returns how many."""
    result: Any = await connection.execute(delete(WebhookToken).where(WebhookToken.seen_at < before))
    return int(result.rowcount)
