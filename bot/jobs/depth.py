"""How much due work waits, and how much of it failed, for the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.clock import database_now
from bot.jobs import queries


@dataclass(frozen=True, slots=True)
class JobDepth:
    """The jobs of one type.

    Attributes:
        pending: those that are still to be done, due or not.
        failed: those that were given up, and wait for somebody to look at them.
        oldest_due_seconds: since the longest due of those that are pending became so; 0 when none is due.
    """

    pending: int = 0
    failed: int = 0
    oldest_due_seconds: float = 0.0


async def job_depths(connection: AsyncConnection) -> Mapping[str, JobDepth]:
    """Count the jobs by type, of each that has any; each count reads a partial index that holds nothing else."""
    now = await database_now(connection)
    pending = {row.type: row for row in await queries.count_pending(connection)}
    failed = await queries.count_failed(connection)
    return {
        type_: JobDepth(
            pending[type_].jobs if type_ in pending else 0,
            failed.get(type_, 0),
            max(0.0, (now - pending[type_].oldest).total_seconds()) if type_ in pending else 0.0,
        )
        for type_ in {*pending, *failed}
    }
