"""The statements over contacts who may be one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, delete, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.merging.models import MergeSuggestion
from bot.contacts.models import Contact, ContactAddress
from bot.core.addresses import AddressKind
from bot.db.bulk import BulkInsert
from bot.db.counting import count_some

WRITE = BulkInsert(
    MergeSuggestion,
    ("id", "first_id", "second_id", "score", "reasons", "found_at"),
    keys=("first_id", "second_id"),
    set_=("score", "reasons", "found_at"),
)
"""Writes who may be one person; what somebody dismissed stays so."""
SuggestionRow = Row[str, str, str, float, list[str], datetime]
"""id, first_id, second_id, score, reasons, found_at."""
_KINDS = (AddressKind.PHONE.value, AddressKind.EMAIL.value)


class Place(NamedTuple):
    """Where a suggestion stands in the list."""

    score: float
    id: str


async def named(connection: AsyncConnection) -> Sequence[Row[str, str | None]]:
    """The id and the name of everybody who is not merged."""
    return (await connection.execute(select(Contact.id, Contact.name).where(Contact.merged_into.is_(None)))).all()


async def reached(connection: AsyncConnection) -> Sequence[Row[str, str, str]]:
    """All numbers and e-mail addresses: contact_id, kind, value."""
    columns = (ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value)
    return (await connection.execute(select(*columns).where(ContactAddress.kind.in_(_KINDS)))).all()


async def forget(connection: AsyncConnection, before: datetime) -> None:
    """Delete what was last found before then and nobody dismissed: they are not alike any more."""
    stale = (MergeSuggestion.found_at < before, MergeSuggestion.dismissed_at.is_(None))
    await connection.execute(delete(MergeSuggestion).where(*stale))


async def suggestions(
    connection: AsyncConnection, limit: int, after: Place | None, contact_id: str
) -> Sequence[SuggestionRow]:
    """Who may be one person and is not yet, the likeliest first; with that contact alone, empty for all."""
    table = MergeSuggestion
    statement = _open().order_by(table.score.desc(), table.id.desc()).limit(limit)
    if contact_id:
        statement = statement.where(or_(table.first_id == contact_id, table.second_id == contact_id))
    if after is not None:
        behind = or_(table.score < after.score, (table.score == after.score) & (table.id < after.id))
        statement = statement.where(behind)
    return (await connection.execute(statement)).all()


async def count(connection: AsyncConnection) -> int:
    """How many there are, as `count_some` counts."""
    return await count_some(connection, _open().with_only_columns(MergeSuggestion.id))


def _open() -> Select[*tuple[Any, ...]]:
    first, second, table = aliased(Contact), aliased(Contact), MergeSuggestion
    return (
        select(table.id, table.first_id, table.second_id, table.score, table.reasons, table.found_at)
        .join(first, first.id == table.first_id)
        .join(second, second.id == table.second_id)
        .where(table.dismissed_at.is_(None), first.merged_into.is_(None), second.merged_into.is_(None))
    )


async def dismiss(connection: AsyncConnection, suggestion_id: str, by: str, now: datetime) -> Row[str, str] | None:
    """Write down that they are two; gives first_id and second_id, or None where there is nothing to dismiss."""
    statement = (
        update(MergeSuggestion)
        .where(MergeSuggestion.id == suggestion_id, MergeSuggestion.dismissed_at.is_(None))
        .values(dismissed_at=now, dismissed_by=by)
        .returning(MergeSuggestion.first_id, MergeSuggestion.second_id)
    )
    return (await connection.execute(statement)).one_or_none()


async def suggest_again(connection: AsyncConnection, suggestion_id: str) -> Row[str, str] | None:
    """Let nobody have dismissed it; gives first_id and second_id, or None where nobody had."""
    statement = (
        update(MergeSuggestion)
        .where(MergeSuggestion.id == suggestion_id, MergeSuggestion.dismissed_at.is_not(None))
        .values(dismissed_at=None, dismissed_by=None)
        .returning(MergeSuggestion.first_id, MergeSuggestion.second_id)
    )
    return (await connection.execute(statement)).one_or_none()
