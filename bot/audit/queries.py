"""The statements over the audit log."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Select, select, text, tuple_
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.models import AuditLog
from bot.db.bulk import BulkInsert
from bot.db.counting import MOST_COUNTED, count_some


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


_MOST_SIDES = 20
"""Names that are asked for one by one; of more, the newest lines are soon found among all."""
# Few have ever done anything, and the index gives one name after the other without the lines between.
_ACTORS = (
    text("""
    WITH RECURSIVE names (actor) AS (
        SELECT min(actor) FROM audit_logs
        UNION ALL
        SELECT (SELECT min(actor) FROM audit_logs WHERE audit_logs.actor > names.actor)
        FROM names WHERE names.actor IS NOT NULL
    )
    SELECT actor FROM names
""")
    .columns(AuditLog.actor)
    .subquery()
)


INSERT_LINES = BulkInsert(AuditLog, tuple(NewLine.__annotations__))
"""Write lines; its rows are NewLine."""


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
    found = {
        row.id: AuditLine(*row)
        for side in await _sides(connection, wanted.words)
        for row in await connection.execute(ordered.where(*side))
    }
    return sorted(found.values(), key=lambda line: (line.created_at, line.id), reverse=True)[:limit]


async def count(connection: AsyncConnection, wanted: AuditFilter) -> int:
    """How many lines are wanted, as `bot.db.counting` counts."""
    statement = _narrowed(select(AuditLog.id), wanted)
    sides = await _sides(connection, wanted.words)
    if len(sides) == 1:
        return await count_some(connection, statement.where(*sides[0]))
    # A line may be there on both sides. Where nobody was signed in, SQLite takes a user's index only for their order.
    some = statement.order_by(AuditLog.created_at.desc()).limit(MOST_COUNTED + 1)
    found = {id_ for side in sides for id_ in await connection.scalars(some.where(*side))}
    return min(len(found), MOST_COUNTED + 1)


async def _sides(connection: AsyncConnection, words: str) -> Sequence[Sequence[ColumnElement[bool]]]:
    """What a line that has the words may be asked for, one after the other, each by an index of its own.

    A statement that asks for any of it goes through all of the log for a line that is rare.
    """
    if not words:
        return ((),)
    named = select(_ACTORS.c.actor).where(_ACTORS.c.actor.icontains(words, autoescape=True))
    names = (await connection.scalars(named)).all()
    actors = [AuditLog.actor.in_(names)] if len(names) > _MOST_SIDES else [AuditLog.actor == each for each in names]
    return [(each,) for each in (*actors, AuditLog.user_id == words, AuditLog.resource_id == words)]


def _narrowed(statement: Select[Any], wanted: AuditFilter) -> Select[Any]:
    for column, value in ((AuditLog.user_id, wanted.user_id), (AuditLog.resource_id, wanted.resource_id)):
        if value is not None:
            statement = statement.where(column == value)
    for column, values in ((AuditLog.action, wanted.actions), (AuditLog.resource, wanted.resources)):
        if values:
            statement = statement.where(column.in_(values))
    if wanted.since is not None:
        statement = statement.where(AuditLog.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(AuditLog.created_at < wanted.until)
    return statement
