"""Statuses that came before their message."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import ConsentReason, Status, StatusUpdate
from bot.messages.kept import queries

MOST_STATUSES = 10_000
"""Early statuses that may wait. A number that another system sends from as well gives us its statuses too."""
FORGET_STATUSES_AFTER = timedelta(days=1)
"""An id appears within seconds of its first status, or after an outage; a status older than this is another's."""

log = structlog.get_logger()


async def keep_statuses(
    connection: AsyncConnection, provider: str, updates: Sequence[StatusUpdate], now: datetime
) -> None:
    """Keep statuses whose message is not known yet, each (message, status) once."""
    fresh = {(update_.account, update_.provider_message_id, update_.status): update_ for update_ in updates}
    ids = sorted({update_.provider_message_id for update_ in updates})
    for row in await queries.early_statuses(connection, ids):
        fresh.pop((row.account or "", row.provider_message_id or "", Status((row.detail or {})["status"])), None)
    if not fresh:
        return
    room = MOST_STATUSES - await queries.count_early(connection, MOST_STATUSES)
    if room < len(fresh):
        log.warning("early statuses dropped", provider=provider, dropped=len(fresh) - max(room, 0))
    rows: list[queries.EarlyStatusRow] = [
        {
            "provider": provider,
            "kind": "status",
            "account": each.account,
            "provider_message_id": each.provider_message_id,
            "detail": {
                "status": each.status,
                "message_id": each.message_id,
                "code": each.code,
                "reason": each.reason,
                "opt_out": each.opt_out,
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


def _update(row: queries.RipeRow) -> StatusUpdate:
    detail = row.detail or {}
    return StatusUpdate(
        account=row.account or "",
        provider_message_id=row.provider_message_id or "",
        status=Status(detail["status"]),
        message_id=detail["message_id"],
        code=detail["code"],
        reason=detail["reason"],
        opt_out=ConsentReason(detail["opt_out"]) if detail["opt_out"] else None,
    )
