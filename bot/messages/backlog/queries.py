"""The statements that count what waits, and give it up."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import (
    CompoundSelect,
    ScalarSelect,
    Select,
    String,
    func,
    literal_column,
    or_,
    select,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.core.messages import Status
from bot.core.purposes import Lane
from bot.messages.models import Direction, Message
from bot.messages.outbox.queries import due_at, queued, queued_in_order

ACCOUNTS = select(Account.id, Account.paused, Account.slowed, Account.slowed_at)
"""Every account: id, paused, slowed, slowed_at."""

QUEUES = (
    select(Message.account, func.count().label("size"), func.min(Message.created_at).label("oldest"))
    .where(queued(Message))
    .group_by(Message.account)
)
"""What waits by account: account, size, oldest; reads a partial index that holds nothing else."""


def lanes(now: datetime) -> CompoundSelect[str, str, int, datetime | None]:
    """A row for each account and lane: id, lane, due, oldest."""
    return union_all(*(_of_lane(lane, now) for lane in Lane))


def _of_lane(lane: Lane, now: datetime) -> Select[str, str, int, datetime | None]:
    name = literal_column(f"'{lane}'", String)
    due = (Message.account == Account.id) & (Message.lane == name) & queued(Message) & (due_at(Message) <= now)
    return select(
        Account.id,
        name.label("lane"),
        select(func.count()).select_from(Message).where(due).scalar_subquery().label("due"),
        select(func.min(due_at(Message))).where(due).scalar_subquery().label("oldest"),
    )


def turns() -> Select[int, int]:
    """One row: pending, parked."""
    return select(_in_state("pending").label("pending"), _in_state("parked").label("parked"))


def _in_state(state: str) -> ScalarSelect[int]:
    # A literal, so that the planner sees the partial index's predicate.
    there = Message.turn_state == literal_column(f"'{state}'")
    return select(func.count()).select_from(Message).where(there).scalar_subquery()


async def fail_queued(connection: AsyncConnection, account: str, values: Mapping[str, Any]) -> Sequence[str]:
    """Write `values`, by column, to all that waits to be sent through `account`; gives the ids.

    The messages are locked in the order of their ids, as everywhere.
    """
    locked = queued_in_order(Message.account == account)
    statement = update(Message).where(Message.id.in_(locked)).values(values)
    return (await connection.execute(statement.returning(Message.id))).scalars().all()


def latest_by_account(most: int) -> Select[str, str, datetime]:
    """The rows (account, direction, when) of the last that came and the last that left, among the newest messages."""
    newest = (
        select(Message.account, Message.direction, Message.status, Message.created_at)
        .order_by(Message.created_at.desc())
        .limit(most)
        .subquery()
    )
    left = newest.c.status.in_((Status.SENT, Status.DELIVERED, Status.READ))
    return (
        select(newest.c.account, newest.c.direction, func.max(newest.c.created_at))
        .where(or_(newest.c.direction == Direction.INBOUND, left))
        .group_by(newest.c.account, newest.c.direction)
    )
