"""What waits to be sent through each account, and giving it up."""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import Status
from bot.messages.models import UNCLAIMED, Message
from bot.messages.outbox.queries import queued
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
    statement = (
        select(Message.account, func.count().label("size"), func.min(Message.created_at).label("oldest"))
        .where(queued(Message))
        .group_by(Message.account)
    )
    return {row.account: Queue(row.size, row.oldest) for row in await connection.execute(statement)}


async def give_up(connection: AsyncConnection, account: str, *, error: str, reason: str, now: datetime) -> int:
    """Fail all that waits to be sent through `account`; returns how many messages that were.

    Args:
        connection: in a transaction that holds the account's lock, so that nothing is queued or claimed meanwhile.
        account: its id.
        error: a code of ours.
        reason: why, one plain sentence.
        now: the moment.
    """
    values = {**UNCLAIMED, "status": Status.FAILED, "error": error, "error_reason": reason, "updated_at": now}
    statement = update(Message).where(queued(Message), Message.account == account).values(values)
    failed = (await connection.execute(statement.returning(Message.id))).scalars().all()
    await tell_left_queue(connection, failed, now)
    return len(failed)
