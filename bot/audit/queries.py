"""The statements over the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Select, insert, or_, select, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.models import AuditLog
from bot.db.counting import count_some


class NewLine(TypedDict):
    """A line that is inserted; see `bot.audit.models.AuditLog`."""

    id: str
    user_id: str | None
    token_id: str | None
    actor: str
    action: str
    resource: str
    resource_id: str
    detail: dict[str, Any] | None
    address: str
    created_at: datetime


class AuditLine(NamedTuple):
    """A line as people look at it; the attributes are the columns of the same name."""

    id: str
    created_at: datetime
    actor: str
    action: str
    resource: str
    resource_id: str
    detail: dict[str, Any] | None
    address: str
    user_id: str | None
    token_id: str | None


class AuditFilter(NamedTuple):
    """Which lines are wanted; what is None or empty is not asked for.

    Attributes:
        user_id: of who did it.
        actions: what was done, any of these.
        resources: to what kind of thing, any of these.
        resource_id: to which one.
        words: a part of the name of who did it, or the id of who did it or of what it was done to.
        since: not before it.
        until: before it.
    """

    user_id: str | None = None
    actions: Sequence[str] = ()
    resources: Sequence[str] = ()
    resource_id: str | None = None
    words: str = ""
    since: datetime | None = None
    until: datetime | None = None


async def insert_line(connection: AsyncConnection, row: NewLine) -> None:
    """Write a line."""
    await connection.execute(insert(AuditLog).values(row))


async def line_of(connection: AsyncConnection, id_: str) -> AuditLine | None:
    """The line of that id."""
    statement = select(*(getattr(AuditLog, name) for name in AuditLine._fields)).where(AuditLog.id == id_)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else AuditLine(*row)


async def lines(
    connection: AsyncConnection, wanted: AuditFilter, limit: int, after: tuple[datetime, str] | None
) -> list[AuditLine]:
    """The newest lines that are wanted, newest first, those after (created_at, id) of the last one shown."""
    statement = _narrowed(select(*(getattr(AuditLog, name) for name in AuditLine._fields)), wanted)
    if after is not None:
        moment, id_ = after
        statement = statement.where(
            AuditLog.created_at <= moment, tuple_(AuditLog.created_at, AuditLog.id) < tuple_(moment, id_)
        )
    ordered = statement.order_by(AuditLog.created_at.desc(), AuditLog.id.desc()).limit(limit)
    return [AuditLine(*row) for row in await connection.execute(ordered)]


async def count(connection: AsyncConnection, wanted: AuditFilter) -> int:
    """How many lines are wanted, as `count_some` counts."""
    return await count_some(connection, _narrowed(select(AuditLog.id), wanted))


def _narrowed(statement: Select[Any], wanted: AuditFilter) -> Select[Any]:
    for column, value in ((AuditLog.user_id, wanted.user_id), (AuditLog.resource_id, wanted.resource_id)):
        if value is not None:
            statement = statement.where(column == value)
    for column, values in ((AuditLog.action, wanted.actions), (AuditLog.resource, wanted.resources)):
        if values:
            statement = statement.where(column.in_(values))
    if wanted.words:
        named = AuditLog.actor.icontains(wanted.words, autoescape=True)
        statement = statement.where(or_(named, AuditLog.user_id == wanted.words, AuditLog.resource_id == wanted.words))
    if wanted.since is not None:
        statement = statement.where(AuditLog.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditLog.created_at < wanted.until)
    return statement
