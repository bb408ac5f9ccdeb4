"""One-time tokens of signed posts: each stands for one thing only."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages.kept import queries

FORGET_AFTER = timedelta(days=2)
"""Longer than any provider's signatures are taken."""

Token = tuple[str, str]
"""(provider, token)."""


async def spend(connection: AsyncConnection, tokens: Mapping[Token, str], now: datetime) -> set[Token]:
    """Note what each token stands for; returns those that stood for something else before.

    Two batches that spend the same token wait for each other here, in one order, before they lock anything else.
    """
    rows: list[queries.TokenRow] = [
        {"provider": provider, "token": token, "used_for": used_for, "seen_at": now}
        for (provider, token), used_for in sorted(tokens.items())
    ]
    new = {(row.provider, row.token) for row in await queries.INSERT_TOKENS.execute(connection, rows)}
    known = [key for key in tokens if key not in new]
    if not known:
        return set()
    return {
        (row.provider, row.token)
        for row in await queries.tokens(connection, known)
        if row.used_for != tokens[row.provider, row.token]
    }
