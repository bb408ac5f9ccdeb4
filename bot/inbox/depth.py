"""Who waits for a person, for the metrics."""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.clock import database_now
from bot.inbox import queries


@dataclass(frozen=True, slots=True)
class WaitingDepth:
    """How many wait.

    Attributes:
        humans: contacts to whom a person has yet to answer.
        oldest_seconds: since when the one who waits longest does; 0 for nobody.
    """

    humans: int
    oldest_seconds: float


async def waiting_depth(connection: AsyncConnection) -> WaitingDepth:
    """Count them; the index that is read holds nobody else."""
    humans, oldest = await queries.waiting(connection)
    if oldest is None:
        return WaitingDepth(humans, 0.0)
    return WaitingDepth(humans, max(0.0, (await database_now(connection) - oldest).total_seconds()))
