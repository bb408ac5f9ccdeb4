"""Statuses that came before their message."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.consents import ConsentReason
from bot.core.messages import Status, StatusUpdate
from bot.messages.kept import queries

MOST_STATUSES = 10_000
"""Early statuses that may wait. A number that another system sends from as well gives us its statuses too."""
FORGET_STATUSES_AFTER = timedelta(days=1)
"""An id appears within seconds of its first status, or after an outage; a status older than this is another's."""

log = structlog.get_logger()


async def keep_statuses(connection: AsyncConnection, updates: Sequence[StatusUpdate], now: datetime) -> None:
    """Keep statuses whose message is not known yet, each (message, status, opt-out) once."""
    fresh = {(each.account, each.provider_message_id, each.status, each.opt_out): each for each in updates}
    ids = sorted({update_.provider_message_id for update_ in updates})
    for row in await queries.early_statuses(connection, ids):
        known = _update(row)
        fresh.pop((known.account, known.provider_message_id, known.status, known.opt_out), None)
    if not fresh:
        return
    room = MOST_STATUSES - await queries.count_early(connection, MOST_STATUSES)
    if room < len(fresh):
        log.warning("early statuses dropped", dropped=len(fresh) - max(room, 0))
    rows: list[queries.EarlyStatusRow] = [
        {
            "provider": each.account.partition(":")[0],
            "kind": "status",
            "account": each.account,
            "provider_message_id": each.provider_message_id,
            "detail": {
                "status": each.status,
                "message_id": each.message_id,
                "code": each.code,
                "reason": each.reason,
                "opt_out": each.opt_out,
                "at": None if each.at is None else each.at.isoformat(),
            },
            "received_at": now,
        }
        for each in list(fresh.values())[: max(room, 0)]
    ]
    if rows:
        await queries.insert_early(connection, rows)


async def ripe_statuses(
    connection: AsyncConnection, provider_message_ids: Sequence[str] | None = None
) -> Mapping[str, StatusUpdate]:
    """Early statuses whose message has appeared, by the event's id, oldest first; of those messages or of all."""
    return {row.id: _update(row) for row in await queries.ripe_statuses(connection, provider_message_ids)}


def _update(row: queries.EarlyRow | queries.RipeRow) -> StatusUpdate:
    detail = row.detail or {}
    # Those from before have no moment.
    at = detail.get("at")
    return StatusUpdate(
        account=row.account or "",
        provider_message_id=row.provider_message_id or "",
        status=Status(detail["status"]),
        message_id=detail["message_id"],
        code=detail["code"],
        reason=detail["reason"],
        opt_out=ConsentReason(detail["opt_out"]) if detail["opt_out"] else None,
        at=None if at is None else datetime.fromisoformat(at),
    )
