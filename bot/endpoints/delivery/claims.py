"""Claiming what is due: which deliveries this process may make now, each contact's in their order at each endpoint.

Only the first delivery to an endpoint that a contact waits for is made. Those behind it are put off until it may be
tried again, so that however many wait, each is looked at once for each of its attempts; the next one is brought forward
once it has ended.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.shares import Shares
from bot.db.bulk import together
from bot.db.sealing import NoKeyOpensError
from bot.endpoints.delivery import queries
from bot.endpoints.delivery.claimed import Claimed
from bot.endpoints.secrets import EndpointSealer

LOOKED_AT = 100
"""Deliveries to an endpoint that are looked at together, at most; and at most about twice as many as may be made now,
since each of them is locked."""
_SPARE = 16


async def any_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether there may be something to claim."""
    return (await connection.execute(queries.WITH_WORK.limit(1), {"now": now})).first() is not None


async def claim(
    connection: AsyncConnection,
    owner: str,
    shares: Shares,
    sealer: EndpointSealer,
    *,
    lease: timedelta,
    now: datetime,
) -> list[Claimed]:
    """Claim deliveries that are due, as far as each endpoint's share goes; the caller commits before it makes any.

    One whose claim ran out without an outcome (its process died) is made again: it may have arrived, by the same id.

    Args:
        connection: in a transaction.
        owner: names the process.
        shares: how many may be under way at once, by endpoint; those claimed are added.
        sealer: opens secrets.
        lease: how long the claims hold.
        now: the moment, by the database's clock.
    """
    claimed: list[Claimed] = []
    for endpoint in (await connection.execute(queries.WITH_WORK, {"now": now})).all():
        room = shares.room(endpoint.id)
        if not room:
            continue
        numbers = await _claimable(connection, endpoint.id, room, lease, now)
        if not numbers:
            continue
        keys = keys_of(sealer, endpoint, now)
        told = await connection.execute(queries.TOLD, {"numbers": numbers})
        found = [_claimed(row, endpoint, row.attempts + 1, keys) for row in told]
        shares.take(endpoint.id, len(found))
        claimed += found
    rows = [
        {
            "number": each.number,
            "claimed_by": owner,
            "claimed_until": now + lease,
            "attempts": each.attempt,
            "updated_at": now,
        }
        for each in claimed
    ]
    await together(connection, (queries.CLAIM, rows))
    return claimed


async def held_by(
    connection: AsyncConnection, owner: str, endpoint_id: str, sealer: EndpointSealer, now: datetime
) -> Claimed:
    """The one delivery to an endpoint that `owner` holds since it was written."""
    row = (await connection.execute(queries.OF_OWNER, {"owner": owner, "endpoint": endpoint_id})).one()
    return _claimed(row, row, row.attempts, keys_of(sealer, row, now))


def keys_of(sealer: EndpointSealer, endpoint: Row[*tuple[Any, ...]], now: datetime) -> tuple[bytes, ...]:
    """What signs for an endpoint at `now`, the newest first; nothing where no key of ours opens it."""
    sealed = [endpoint.secret]
    if endpoint.old_secret is not None and endpoint.old_secret_until > now:
        sealed.append(endpoint.old_secret)
    try:
        return tuple(sealer.key_of(endpoint.id, each) for each in sealed)
    except NoKeyOpensError:
        return ()


def _claimed(
    row: Row[*tuple[Any, ...]], endpoint: Row[*tuple[Any, ...]], attempt: int, keys: tuple[bytes, ...]
) -> Claimed:
    return Claimed(
        number=row.number,
        endpoint_id=endpoint.id,
        event_id=row.event_id,
        payload=row.payload.encode(),
        url=endpoint.url,
        keys=keys,
        attempt=attempt,
        tries=row.tries,
    )


async def _claimable(
    connection: AsyncConnection, endpoint_id: str, room: int, lease: timedelta, now: datetime
) -> Sequence[int]:
    """The numbers of up to `room` deliveries to an endpoint that wait for no other; the others are put behind it."""
    most = min(LOOKED_AT, 2 * room + _SPARE)
    parameters = {"endpoint": endpoint_id, "now": now, "most": most}
    due = (await connection.execute(queries.DUE, parameters)).all()
    contacts = sorted({row.contact_id for row in due if row.contact_id is not None})
    # By a statement that begins once the locks are ours: whoever ends the one before a delivery either has done so by
    # now, or brings it forward after us.
    statement = queries.first_of(connection.dialect.name)
    first = {
        row.contact_id: row
        for row in await connection.execute(statement, {"endpoint": endpoint_id, "contacts": contacts})
    }
    claimable: list[int] = []
    behind: list[dict[str, object]] = []
    for row in due:
        before = first.get(row.contact_id)
        if before is None or before.number == row.number:
            if len(claimable) < room:
                claimable.append(row.number)
        elif before.due_at > now:
            behind.append({"number": row.number, "due_at": before.due_at, "updated_at": now})
        elif len(due) == most:
            # It is brought forward sooner; until then it keeps nobody else from being seen.
            behind.append({"number": row.number, "due_at": now + lease, "updated_at": now})
    await together(connection, (queries.PUT_BEHIND, behind))
    return claimable
