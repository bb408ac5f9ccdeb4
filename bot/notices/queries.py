"""The statements over notices."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple, TypedDict

from sqlalchemy import ColumnElement, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import BulkInsert
from bot.notices.models import Notice, NoticeStatus


class NoticeRow(TypedDict):
    """A notice that is queued; see `bot.notices.models.Notice`."""

    id: str
    user_id: str
    address: str
    kind: str
    subject: str
    content: str
    status: str
    due_at: datetime
    expires_at: datetime
    created_at: datetime
    updated_at: datetime


class Due(NamedTuple):
    """A notice that is due; the attributes are the columns of the same name."""

    id: str
    address: str
    kind: str
    subject: str
    content: str
    expires_at: datetime
    attempts: int
    attempt_started_at: datetime | None
    error: str | None
    error_reason: str | None


class Unsent(NamedTuple):
    """A notice that was not sent; the attributes are the columns of the same name."""

    address: str
    error: str
    error_reason: str
    updated_at: datetime


INSERT_NOTICES = BulkInsert(Notice, tuple(NoticeRow.__annotations__))
"""Queues notices."""
_DUE = tuple(getattr(Notice, name) for name in Due._fields)
_UNSENT = tuple(getattr(Notice, name) for name in Unsent._fields)


async def any_due(connection: AsyncConnection, now: datetime) -> bool:
    """Whether there may be one to send."""
    return (await connection.execute(select(Notice.id).where(*_due(now)).limit(1))).first() is not None


async def lock_due(connection: AsyncConnection, now: datetime) -> Due | None:
    """The first notice that is due and nobody sends, locked; one that somebody else has locked is passed over."""
    first = select(*_DUE).where(*_due(now)).order_by(Notice.due_at, Notice.id).limit(1)
    row = (await connection.execute(first.with_for_update(skip_locked=True))).one_or_none()
    return None if row is None else Due(*row)


def _due(now: datetime) -> tuple[ColumnElement[bool], ...]:
    free = or_(Notice.claimed_until.is_(None), Notice.claimed_until <= now)
    return Notice.status == NoticeStatus.QUEUED.value, Notice.due_at <= now, free


async def change(connection: AsyncConnection, notice_id: str, columns: Mapping[str, object]) -> None:
    """Change how a queued notice stands."""
    its = (Notice.id == notice_id, Notice.status == NoticeStatus.QUEUED.value)
    await connection.execute(update(Notice).where(*its).values(**columns))


async def last_unsent(connection: AsyncConnection, user_id: str) -> Unsent | None:
    """What could not be sent to somebody, where that is so of the last notice that came to its end."""
    statement = (
        select(Notice.status, *_UNSENT)
        .where(Notice.user_id == user_id, Notice.status != NoticeStatus.QUEUED.value)
        .order_by(Notice.created_at.desc(), Notice.id.desc())
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None or row.status != NoticeStatus.FAILED.value else Unsent(*row[1:])


async def delete_old(connection: AsyncConnection, before: datetime) -> int:
    """Forget the notices from before then; returns how many."""
    return (await connection.execute(delete(Notice).where(Notice.created_at < before))).rowcount
