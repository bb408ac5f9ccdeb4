"""How many people are in the middle of a bundle's flows."""

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.shown import queries

MOST_RUNNING = 1_000
"""So many are counted; more are many."""


async def running_flows(connection: AsyncConnection, bundle: str) -> int:
    """How many are in a flow of any version of `bundle`; one more than `MOST_RUNNING` where there are more."""
    return await queries.count_running(connection, bundle, MOST_RUNNING + 1)
