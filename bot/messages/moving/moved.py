"""Messages of two contacts who are one, and of one who is two again.

What was said stays where it was said. What is still to be sent or answered goes along with the addresses, to the end of
the order of who goes on, so that whoever claims it or gives it its turn need not know of anybody merged; and what was
said meanwhile goes back with the address at which it was.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages.moving import queries
from bot.messages.records import UNLESS_HEARD


@dataclass(frozen=True, slots=True)
class MovedMessage:
    """A message that was still to be sent or answered.

    Attributes:
        id: its own.
        seq: its number in the order of who was merged.
        epoch: the epoch that it had there.
        unless_heard: the number there after which they must not have written; None for one that goes anyhow.
    """

    id: str
    seq: int
    epoch: int | None
    unless_heard: int | None = None


@dataclass(frozen=True, slots=True)
class MessageMove:
    """What of the messages went from who was merged to who was kept.

    Attributes:
        last_seq: the last number of who was kept before.
        messages: those that went, in order.
    """

    last_seq: int
    messages: Sequence[MovedMessage] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Returned:
    """What of the messages went back.

    Attributes:
        last_seq: the last number of who was merged.
        flow_id: the instance of a flow in which the last one of them was said; empty for none.
        kept_heard_at: when who was kept last wrote meanwhile, or None.
        merged_heard_at: when who was merged did, or None.
    """

    last_seq: int
    flow_id: str
    kept_heard_at: datetime | None
    merged_heard_at: datetime | None


async def move_waiting(
    connection: AsyncConnection, merged_id: str, kept_id: str, last_seq: int, epoch: int, now: datetime
) -> MessageMove:
    """Give what is still to be sent or answered to who goes on, behind all that is there.

    Args:
        connection: in a transaction that holds the locks of both contacts.
        merged_id: whose it is.
        kept_id: whose it is to be.
        last_seq: the last number of who goes on.
        epoch: that of what a takeover takes back.
        now: when.
    """
    waiting = sorted(await queries.lock_waiting(connection, merged_id), key=lambda row: row.seq)
    rows = [
        {
            "id": row.id,
            "contact_id": kept_id,
            "seq": last_seq + place,
            "epoch": None if row.epoch is None else epoch,
            "updated_at": now,
        }
        for place, row in enumerate(waiting, start=1)
    ]
    await queries.MOVE.execute(connection, rows)
    asked = {row.id: heard for row in waiting if (heard := _unless_heard(row)) is not None}
    if asked:
        last = await queries.last_heard(connection, merged_id)
        # Who has written already has written whatever the number.
        await _ask(connection, waiting, {each: last_seq if last <= seq else -1 for each, seq in asked.items()})
    return MessageMove(last_seq, [MovedMessage(row.id, row.seq, row.epoch, asked.get(row.id)) for row in waiting])


async def move_back(
    connection: AsyncConnection,
    moved: MessageMove,
    kept_id: str,
    merged: Row[Any],
    address_ids: Collection[str],
    now: datetime,
) -> Returned:
    """Give back what `move_waiting` gave, whatever became of it, and what was said since at those addresses.

    Args:
        connection: in a transaction that holds the locks of both contacts.
        moved: what went.
        kept_id: whose the messages are.
        merged: the contact whose they are to be: `id`, `seq`, `epoch`.
        address_ids: those that are theirs again.
        now: when.
    """
    before = {each.id: each for each in moved.messages}
    since = sorted(await queries.lock_since(connection, kept_id, moved.last_seq), key=lambda row: row.seq)
    gone = [row for row in since if row.id not in before and row.address_id in address_ids]
    rows: list[dict[str, object]] = [
        {"id": row.id, "contact_id": merged.id, "seq": before[row.id].seq, "epoch": before[row.id].epoch}
        for row in since
        if row.id in before
    ]
    rows += [
        {
            "id": row.id,
            "contact_id": merged.id,
            "seq": merged.seq + place,
            "epoch": None if row.epoch is None else merged.epoch,
        }
        for place, row in enumerate(gone, start=1)
    ]
    await queries.MOVE.execute(connection, [{**row, "updated_at": now} for row in rows])
    asked = {each.id: each.unless_heard for each in moved.messages if each.unless_heard is not None}
    for row in gone:
        number = _unless_heard(row)
        if number is not None:
            asked[row.id] = merged.seq + sum(other.seq <= number for other in gone)
    await _ask(connection, since, asked)
    theirs = {row["id"] for row in rows}
    return Returned(
        last_seq=merged.seq + len(gone),
        flow_id=next((row.flow_instance_id for row in reversed(gone) if row.flow_instance_id), ""),
        kept_heard_at=_heard_at([row for row in since if row.id not in theirs]),
        merged_heard_at=_heard_at(gone),
    )


def _heard_at(rows: Sequence[Row[Any]]) -> datetime | None:
    return max((row.said_at for row in rows if row.direction == "inbound"), default=None)


def _unless_heard(row: Row[Any]) -> int | None:
    """The number after which the contact must not have written, or it does not go; None for what goes anyhow."""
    number = row.body.get(UNLESS_HEARD) if isinstance(row.body, dict) else None
    return number if isinstance(number, int) else None


async def _ask(connection: AsyncConnection, rows: Sequence[Row[Any]], numbers: Mapping[str, int]) -> None:
    """Give messages another number after which the contact must not have written."""
    bodies = [{"id": row.id, "body": {**row.body, UNLESS_HEARD: numbers[row.id]}} for row in rows if row.id in numbers]
    if bodies:
        await queries.SET_BODIES.execute(connection, bodies)
