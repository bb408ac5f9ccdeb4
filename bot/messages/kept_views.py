"""The posts kept raw, as `webhooks list`, `show` and `replay` want them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.messages.models import WebhookEvent


@dataclass(frozen=True, slots=True)
class KeptView:
    """One post kept raw; its attributes are the columns of `webhook_events`."""

    id: str
    provider: str
    kind: str
    account: str | None
    detail: dict[str, Any] | None
    size: int | None
    cut: str
    digest: str | None
    received_at: datetime
    replayed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them.

    Attributes:
        ids: these; empty for any.
        provider: of this provider, or of any.
        kind: for this reason, or for any.
        since: not older than that, or of any age.
    """

    ids: Sequence[str] = ()
    provider: str | None = None
    kind: str | None = None
    since: datetime | None = None


async def kept_posts(connection: AsyncConnection, wanted: Wanted, limit: int) -> list[KeptView]:
    """The newest of the posts that are wanted, newest first."""
    statement = _of(wanted).order_by(WebhookEvent.received_at.desc(), WebhookEvent.id.desc()).limit(limit)
    return [KeptView(*row) for row in await connection.execute(statement)]


async def next_kept(connection: AsyncConnection, wanted: Wanted, after: str) -> KeptView | None:
    """The first of those that were not replayed yet with an id above `after`."""
    statement = _of(wanted).where(WebhookEvent.replayed_at.is_(None), WebhookEvent.id > after)
    row = (await connection.execute(statement.order_by(WebhookEvent.id).limit(1))).one_or_none()
    return None if row is None else KeptView(*row)


async def raw_of(connection: AsyncConnection, event_id: str) -> tuple[bytes | None, dict[str, Any] | None]:
    """What was posted, and what it takes to read it again; an event of another kind may hold it for this one."""
    there, same = WebhookEvent, aliased(WebhookEvent)
    statement = (
        select(same.payload, func.coalesce(there.request, same.request))
        .join(same, or_(same.id == there.id, (same.provider == there.provider) & (same.digest == there.digest)))
        .where(there.id == event_id)
        .order_by(same.payload.is_(None), same.id)
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


async def mark_replayed(connection: AsyncConnection, event: KeptView, now: datetime) -> None:
    """All of this post has been understood."""
    same = WebhookEvent.id == event.id
    if event.digest is not None:
        same = or_(same, (WebhookEvent.provider == event.provider) & (WebhookEvent.digest == event.digest))
    await connection.execute(update(WebhookEvent).where(same).values(replayed_at=now))


def _of(wanted: Wanted) -> Select[Any]:
    table = WebhookEvent
    statement = select(
        *(table.id, table.provider, table.kind, table.account, table.detail),
        *(table.size, table.cut, table.digest, table.received_at, table.replayed_at),
    ).where(table.kind != "status")
    if wanted.ids:
        statement = statement.where(table.id.in_(wanted.ids))
    if wanted.provider:
        statement = statement.where(table.provider == wanted.provider)
    if wanted.kind:
        statement = statement.where(table.kind == wanted.kind)
    if wanted.since:
        statement = statement.where(table.received_at >= wanted.since)
    return statement
