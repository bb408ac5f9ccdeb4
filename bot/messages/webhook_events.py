"""Statuses that came before their message, and how long anything of a post is kept raw."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

import structlog
from sqlalchemy import Row, Select, delete, func, insert, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.messages import ConsentReason, Status, StatusUpdate
from bot.db.bulk import among
from bot.messages.models import Message, WebhookEvent

MOST_STATUSES = 10_000
"""Early statuses that may wait. A number that another system sends from as well gives us its statuses too."""
FORGET_STATUSES_AFTER = timedelta(days=1)
"""An id appears within seconds of its first status, or after an outage; a status older than this is another's."""
_AT_ONCE = 500

log = structlog.get_logger()


async def keep_statuses(
    connection: AsyncConnection, provider: str, updates: Sequence[StatusUpdate], now: datetime
) -> None:
    """Keep statuses whose message is not known yet, each (message, status) once."""
    fresh = {(update_.account, update_.provider_message_id, update_.status): update_ for update_ in updates}
    ids = sorted({update_.provider_message_id for update_ in updates})
    for row in await connection.execute(_known(connection.dialect.name), {"ids": ids}):
        fresh.pop((row.account or "", row.provider_message_id or "", Status((row.detail or {})["status"])), None)
    if not fresh:
        return
    room = MOST_STATUSES - (await connection.execute(_count())).scalar_one()
    if room < len(fresh):
        log.warning("early statuses dropped", provider=provider, dropped=len(fresh) - max(room, 0))
    rows = [
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
        await connection.execute(insert(WebhookEvent), rows)


@cache
def _known(dialect: str) -> Select[str | None, str | None, dict[str, Any] | None]:
    return select(WebhookEvent.account, WebhookEvent.provider_message_id, WebhookEvent.detail).where(
        *_waiting(), among(dialect, WebhookEvent.provider_message_id, "ids")
    )


async def ripe_statuses(
    connection: AsyncConnection, provider_message_ids: Sequence[str] | None = None
) -> Mapping[str, StatusUpdate]:
    """Early statuses whose message has appeared, by the event's id, oldest first; of those messages or of all."""
    of_all = provider_message_ids is None
    statement = ripe(connection.dialect.name, of_all=of_all)
    rows = await connection.execute(statement, {} if of_all else {"ids": provider_message_ids})
    return {row.id: _update(row) for row in rows}


@cache
def ripe(dialect: str, *, of_all: bool) -> Select[str, str | None, str | None, dict[str, Any] | None]:
    """The rows of `ripe_statuses`: id, account, provider_message_id, detail; of the messages `ids`, or of all."""
    statement = (
        select(WebhookEvent.id, WebhookEvent.account, WebhookEvent.provider_message_id, WebhookEvent.detail)
        .join(
            Message,
            (Message.account == WebhookEvent.account)
            & (Message.provider_message_id == WebhookEvent.provider_message_id)
            & (Message.direction == literal_column("'outbound'")),
        )
        .where(*_waiting())
        .order_by(WebhookEvent.id)
        .limit(_AT_ONCE)
    )
    return statement if of_all else statement.where(among(dialect, WebhookEvent.provider_message_id, "ids"))


async def mark_applied(connection: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """These early statuses have found their message."""
    await connection.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(applied_at=now))


async def forget_statuses(connection: AsyncConnection, before: datetime) -> int:
    """Delete early statuses that came before `before` and never found a message; returns how many."""
    result = await connection.execute(delete(WebhookEvent).where(*_waiting(), WebhookEvent.received_at < before))
    return result.rowcount


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Delete what came before `before`; returns how many events."""
    return (await connection.execute(delete(WebhookEvent).where(WebhookEvent.received_at < before))).rowcount


def _waiting() -> tuple[Any, ...]:
    # Literals, so that the planner sees the partial index's predicate.
    return WebhookEvent.kind == literal_column("'status'"), WebhookEvent.applied_at.is_(None)


def _count() -> Any:
    some = select(literal_column("1")).select_from(WebhookEvent).where(*_waiting()).limit(MOST_STATUSES).subquery()
    return select(func.count()).select_from(some)


def _update(row: Row[str, str | None, str | None, dict[str, Any] | None]) -> StatusUpdate:
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
