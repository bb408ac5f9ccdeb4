"""What became of the messages that tell of points, and who turned out to be one person."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import ContactsMerged, StatusChanged
from bot.core.hints import Topic
from bot.core.messages import RANK, Status
from bot.db.hub import hint
from bot.listeners.service import Hear, Listener
from bot.loyalty.accounts import queries as accounts
from bot.loyalty.kinds import NoticeStatus
from bot.loyalty.notices import queries
from bot.loyalty.notices.telling import OPTED_OUT, ORIGIN, log_row
from bot.loyalty.renewing.queries import open_again
from bot.loyalty.renewing.taking_back import renew

_CANCELLED = "cancelled"
_FINAL = frozenset({"outcome_unknown"})
"""Nobody knows whether it arrived, so nobody is told once more."""
_REFUSED = frozenset({"opted_out", "no_consent"})


async def _wants(_connection: AsyncConnection, values: Sequence[StatusChanged]) -> Hear | None:
    return _status if any(each.origin.startswith(ORIGIN) for each in values) else None


async def _status(connection: AsyncConnection, values: Sequence[StatusChanged], now: datetime) -> None:
    """Write a line of the log for each notice of which it is known now what came of it."""
    # What is taken back is told anew, by whoever took it back.
    heard = {each.message_id: each for each in values if each.origin.startswith(ORIGIN) and each.error != _CANCELLED}
    claims, log, again = [], [], []
    for row in await queries.by_messages(connection, heard):
        claim, value = dict(row._mapping), heard[row.message_id]  # noqa: SLF001 - SQLAlchemy's documented accessor
        if value.after is Status.FAILED:
            status = NoticeStatus.SKIPPED if value.error in _REFUSED else NoticeStatus.FAILED
            reason = OPTED_OUT if value.error in _REFUSED else value.error[:255]
            log.append(log_row(claim, status, reason, None, now))
            if row.settled_at is None and status is NoticeStatus.FAILED and value.error not in _FINAL:
                again.append(row.message_id)
            elif row.settled_at is None:
                claims.append(claim | {"settled_at": now})
        elif row.settled_at is None and RANK[value.after] >= RANK[Status.SENT]:
            log.append(log_row(claim, NoticeStatus.SENT, None, value.reported_at or value.at, now))
            claims.append(claim | {"settled_at": now})
    await queries.WRITE_CLAIMS.execute(connection, claims)
    await queries.INSERT_LOG.execute(connection, log)
    if again:
        await open_again(connection, again)
    hint(connection, Topic.POINTS, {each["account_id"] for each in log})


async def _merged(connection: AsyncConnection, values: Sequence[ContactsMerged], now: datetime) -> None:
    """What one person was told of is less than what both have."""
    whose = [each for value in values for each in (value.kept_id, value.merged_id)]
    await renew(connection, await accounts.ids_of_contacts(connection, whose), now)


HEARS_STATUS = Listener("points_notices", _status, _wants)
HEARS_MERGED = Listener("points_notices", _merged)
