"""Which files are to be fetched, claimed for one process at a time, and what became of each."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.backoff import backoff
from bot.core.ids import jitter
from bot.core.shares import Shares
from bot.db.bulk import together
from bot.db.clock import database_now
from bot.messages.media import queries
from bot.messages.media.download import Later
from bot.messages.media.files import Entry, FileVerdict, entries, told
from bot.messages.media.models import MediaState
from bot.messages.media.types import bare_name

MOST_ATTEMPTS = 10
_PATIENCE = 10.0
"""Times the usual wait: ten attempts then take an hour or two, which outlasts most outages of a provider."""
_LONGEST_WAIT = 3600.0
_LOOKED_AT = 16
"""Files looked at together; more are looked at while accounts that have their share are among them."""
LOST = "Its fetching ended without a result too often."


class ClaimedFile(NamedTuple):
    """A file that is this process's to fetch until its lease ends.

    Attributes:
        id: the row's.
        account: through which its message came.
        entry: of the message's `body["media"]`.
        attempt: which attempt this is, from 1; no other claim of the file has the same.
    """

    id: str
    account: str
    entry: Entry
    attempt: int


async def claim(connection: AsyncConnection, shares: Shares, *, lease: timedelta) -> list[ClaimedFile]:
    """Claim files that are due, each account's as far as its share goes; the caller commits before it fetches any.

    A claim that ran out without a result (its process died) is an attempt all the same, so that a file on which
    processes die is given up in the end.

    Args:
        connection: in a transaction.
        shares: how many may be fetched at once, by account; those claimed are added.
        lease: how long the claims hold.
    """
    now = await database_now(connection)
    claimed: list[ClaimedFile] = []
    full: set[str] = {each for each in shares if not shares.room(each)}
    while True:
        parameters = {"now": now, "room": _LOOKED_AT, "full": sorted(full) or queries.NO_ACCOUNT}
        found = (await connection.execute(queries.claimable(), parameters)).all()
        taken, lost = [], []
        for row in found:
            if row.attempts >= MOST_ATTEMPTS:
                lost.append(row)
            elif shares.room(row.account):
                shares.take(row.account)
                taken.append(ClaimedFile(row.id, row.account, _entry(row.body, row.position), row.attempts + 1))
            else:
                full.add(row.account)
        await _hold(connection, taken, lost, now, lease)
        claimed += taken
        # What was found and is left is of accounts that have their share, and is not looked at again.
        if len(found) < _LOOKED_AT:
            return claimed


async def _hold(
    connection: AsyncConnection,
    taken: Sequence[ClaimedFile],
    lost: Sequence[Row[Any]],
    now: datetime,
    lease: timedelta,
) -> None:
    given_up = {"state": MediaState.FAILED, "error": LOST, "claimed_until": None, "updated_at": now}
    await together(
        connection,
        (queries.GIVE_UP, [{"id": row.id, **given_up} for row in lost]),
        (
            queries.CLAIM,
            [
                {"id": each.id, "claimed_until": now + lease, "attempts": each.attempt, "updated_at": now}
                for each in taken
            ],
        ),
    )


async def record(connection: AsyncConnection, claimed: ClaimedFile, result: FileVerdict | Later) -> MediaState | None:
    """Write down what became of a file, and end its claim; returns its state, or None where the claim was lost."""
    now = await database_now(connection)
    settled = _settled(claimed, result, now)
    done = await queries.settle(connection, claimed.id, claimed.attempt, settled, now)
    return MediaState(settled["state"]) if done else None


def _settled(claimed: ClaimedFile, result: FileVerdict | Later, now: datetime) -> queries.Settled:
    if isinstance(result, FileVerdict):
        return {
            "state": result.state,
            "content_type": result.content_type or None,
            "filename": bare_name(told(claimed.entry, "filename"), result.content_type) or None,
            "size": result.size or None,
            "sha256": result.sha256 or None,
            "error": result.error or None,
            "next_attempt_at": None,
        }
    if claimed.attempt >= MOST_ATTEMPTS:
        return {"state": MediaState.FAILED, "error": result.reason, "next_attempt_at": None}
    wait = max(_PATIENCE * backoff(claimed.attempt, jitter()), min(result.after or 0.0, _LONGEST_WAIT))
    return {"state": MediaState.PENDING, "error": result.reason, "next_attempt_at": now + timedelta(seconds=wait)}


def _entry(body: dict[str, Any] | None, position: int) -> Entry:
    listed = entries(body)
    return listed[position] if position < len(listed) else {}
