"""How much is waiting, for the metrics."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.service import recovered
from bot.core.purposes import Lane
from bot.db.clock import database_now
from bot.messages.backlog import queries


@dataclass(frozen=True, slots=True)
class LaneDepth:
    """What waits to be sent in one lane of an account.

    Attributes:
        due: outbound messages queued and due.
        oldest_age_seconds: since the longest due of them became so; 0 when there is none.
    """

    due: int
    oldest_age_seconds: float


@dataclass(frozen=True, slots=True)
class AccountDepth:
    """What waits to be sent through one account, and whether it may.

    Attributes:
        lanes: what waits in each lane.
        paused: nothing is sent.
        slowed: the part of its rate that it uses, after its provider complained of the speed; at most 1.
    """

    lanes: Mapping[Lane, LaneDepth]
    paused: bool
    slowed: float


@dataclass(frozen=True, slots=True)
class Depth:
    """What is waiting.

    Attributes:
        accounts: by id, every account there is.
        pending: inbound messages whose turn is still to come.
        parked: inbound messages on which the engine failed.
    """

    accounts: dict[str, AccountDepth]
    pending: int
    parked: int


async def outbox_depth(connection: AsyncConnection) -> Depth:
    """Count what is waiting; each count reads a partial index that holds nothing else."""
    now = await database_now(connection)
    lanes: dict[str, dict[Lane, LaneDepth]] = {}
    for row in await connection.execute(queries.lanes(now)):
        age = 0.0 if row.oldest is None else max(0.0, (now - row.oldest).total_seconds())
        lanes.setdefault(row.id, {})[Lane(row.lane)] = LaneDepth(row.due, age)
    accounts = {
        row.id: AccountDepth(lanes[row.id], row.paused, recovered(row.slowed, row.slowed_at, now))
        for row in await connection.execute(queries.ACCOUNTS)
        # One that has come since is shown the next time.
        if row.id in lanes
    }
    turns = (await connection.execute(queries.turns())).one()
    return Depth(accounts, turns.pending, turns.parked)
