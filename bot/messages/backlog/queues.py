"""What waits to be sent through each account, and giving it up."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Status
from bot.messages.backlog import queries
from bot.messages.models import UNCLAIMED
from bot.messages.telling import tell_left_queue


class Queue(NamedTuple):
    """What waits to be sent through an account.

    Attributes:
        size: how many messages, due or not.
        oldest: when the first of them was queued.
    """

    size: int
    oldest: datetime | None


async def queues(connection: AsyncConnection) -> dict[str, Queue]:
    """The queues that are not empty, by account; reads a partial index that holds nothing else."""
    return {row.account: Queue(row.size, row.oldest) for row in await connection.execute(queries.QUEUES)}


async def give_up(connection: AsyncConnection, account: str, *, error: str, reason: str, now: datetime) -> int:
    """Fail all that waits to be sent through `account`; returns how many messages that were.

    Args:
        connection: in a transaction; under the account's lock nothing is queued or claimed meanwhile.
        account: its id.
        error: a code of ours.
        reason: why, one plain sentence.
        now: the moment.
    """
    values = {**UNCLAIMED, "status": Status.FAILED, "error": error, "error_reason": reason, "updated_at": now}
    failed = await queries.fail_queued(connection, account, values)
    await tell_left_queue(connection, failed, now)
    return len(failed)
