"""The statements over templates of replies."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, delete, func, or_, select, text, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import insert_or_pass
from bot.db.engine import is_postgresql
from bot.inbox.models import ReplyTemplate


class ReplyTemplateRow(NamedTuple):
    """A template; see `bot.inbox.models.ReplyTemplate`."""

    id: str
    name: str
    shortcut: str
    content: str
    variables: Sequence[str]
    channel: str | None
    category: str
    is_active: bool
    created_at: datetime
    updated_at: datetime


class ReplyTemplateFilter(NamedTuple):
    """Which templates are wanted.

    Attributes:
        words: a part of their name, shortcut or content; empty for all.
        channels: offered there, those of everywhere among them.
        categories: under one of these.
        active: whether they are offered; None for either.
    """

    words: str = ""
    channels: Sequence[str] = ()
    categories: Sequence[str] = ()
    active: bool | None = None


# Any pair that nothing else uses.
_LOCK_SHORTCUTS = text("SELECT pg_advisory_xact_lock(723620, 4)")
_ROW = tuple(getattr(ReplyTemplate, name) for name in ReplyTemplateRow._fields)


async def reply_templates(
    connection: AsyncConnection,
    wanted: ReplyTemplateFilter,
    limit: int,
    after: tuple[str, str] | None = None,
) -> list[ReplyTemplateRow]:
    """The wanted templates by shortcut, up to `limit`, behind that shortcut and id."""
    order = (ReplyTemplate.shortcut, ReplyTemplate.id)
    statement = select(*_ROW).where(*_conditions(wanted)).order_by(*order).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(*order) > after)
    return [ReplyTemplateRow(*row) for row in await connection.execute(statement)]


async def count_reply_templates(connection: AsyncConnection, wanted: ReplyTemplateFilter) -> int:
    """How many are wanted; there are `bot.inbox.replies.templates.MOST_TEMPLATES` at most."""
    statement = select(func.count()).select_from(ReplyTemplate).where(*_conditions(wanted))
    return (await connection.execute(statement)).scalar_one()


async def categories(connection: AsyncConnection) -> Sequence[str]:
    """Those under which any template stands, by name."""
    statement = select(ReplyTemplate.category).where(ReplyTemplate.category != "").distinct()
    return (await connection.scalars(statement.order_by(ReplyTemplate.category))).all()


async def reply_template(
    connection: AsyncConnection, template_id: str, *, lock: bool = False
) -> ReplyTemplateRow | None:
    """One template, which nobody else changes until the transaction ends if it is to be a `lock`."""
    statement = select(*_ROW).where(ReplyTemplate.id == template_id)
    row = (await connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
    return None if row is None else ReplyTemplateRow(*row)


async def template_of(connection: AsyncConnection, shortcut: str) -> ReplyTemplateRow | None:
    """The one of that shortcut."""
    row = (await connection.execute(select(*_ROW).where(ReplyTemplate.shortcut == shortcut))).one_or_none()
    return None if row is None else ReplyTemplateRow(*row)


async def lock_shortcuts(connection: AsyncConnection) -> None:
    """Let one at a time say which template has which, until its transaction ends; SQLite has but one writer anyway."""
    if is_postgresql(connection):
        await connection.execute(_LOCK_SHORTCUTS)


async def is_taken(connection: AsyncConnection, shortcut: str, *, but: str) -> bool:
    """Whether another template than `but` has that shortcut."""
    statement = select(ReplyTemplate.id).where(ReplyTemplate.shortcut == shortcut, ReplyTemplate.id != but)
    return (await connection.execute(statement)).first() is not None


async def insert_template(connection: AsyncConnection, row: ReplyTemplateRow) -> bool:
    """Whether it was inserted; it is not where its shortcut is taken."""
    statement = insert_or_pass(connection.dialect.name, ReplyTemplate).values(row._asdict())
    return (await connection.execute(statement)).rowcount > 0


async def update_template(connection: AsyncConnection, template_id: str, values: dict[str, Any]) -> None:
    """Change a template."""
    await connection.execute(update(ReplyTemplate).where(ReplyTemplate.id == template_id).values(values))


async def delete_template(connection: AsyncConnection, template_id: str) -> None:
    """Delete a template."""
    await connection.execute(delete(ReplyTemplate).where(ReplyTemplate.id == template_id))


def _conditions(wanted: ReplyTemplateFilter) -> list[ColumnElement[bool]]:
    own, found = ReplyTemplate, list[ColumnElement[bool]]()
    if wanted.words:
        found.append(
            or_(*(each.icontains(wanted.words, autoescape=True) for each in (own.name, own.shortcut, own.content)))
        )
    if wanted.channels:
        found.append(or_(own.channel.is_(None), own.channel.in_(wanted.channels)))
    if wanted.categories:
        found.append(own.category.in_(wanted.categories))
    if wanted.active is not None:
        found.append(own.is_active.is_(wanted.active))
    return found
