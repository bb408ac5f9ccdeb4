"""The statements over contacts who may be one person."""

from collections.abc import Collection, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from sqlalchemy import Row, Select, String, and_, bindparam, case, delete, exists, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.merging.models import ContactMerge, MergeSuggestion
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
CERTAIN = 1.0
"""How alike those are of whom a provider says that they are one person; a likeness that is found stays below it."""
_KINDS = (AddressKind.PHONE.value, AddressKind.EMAIL.value)


class Known(NamedTuple):
    """A pair that was suggested before.

    Attributes:
        id: the suggestion's.
        may_be_raised: nobody dismissed it, and it was not certain.
    """

    id: str
    may_be_raised: bool


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
    """Delete what was last found before then and nobody dismissed: they are not alike any more. What was told stays."""
    stale = (MergeSuggestion.found_at < before, MergeSuggestion.dismissed_at.is_(None), MergeSuggestion.score < CERTAIN)
    await connection.execute(delete(MergeSuggestion).where(*stale))


async def known(connection: AsyncConnection, pairs: Collection[tuple[str, str]]) -> dict[tuple[str, str], Known]:
    """Which of those pairs were suggested before; each with the lower id first."""
    table = MergeSuggestion
    columns = (table.id, table.first_id, table.second_id, table.dismissed_at, table.score)
    statement = select(*columns).where(tuple_(table.first_id, table.second_id).in_(sorted(pairs)))
    return {
        (row.first_id, row.second_id): Known(row.id, row.dismissed_at is None and row.score < CERTAIN)
        for row in await connection.execute(statement)
    }


async def certain_pairs(connection: AsyncConnection) -> set[tuple[str, str]]:
    """All pairs that are certain, be they dismissed or merged; the lower id first."""
    statement = select(MergeSuggestion.first_id, MergeSuggestion.second_id).where(MergeSuggestion.score >= CERTAIN)
    return {(row.first_id, row.second_id) for row in await connection.execute(statement)}


async def certain(
    connection: AsyncConnection, suggestion_id: str, after: str, limit: int
) -> Sequence[Row[str, str, str]]:
    """Those that are certain and whose merge nobody ever undid: id, who is known for longer, and the other; by id.

    Args:
        connection: any.
        suggestion_id: that one alone; empty for all.
        after: the id of the one before them; empty for the first ones.
        limit: how many at most.
    """
    first, second, table = aliased(Contact), aliased(Contact), MergeSuggestion
    is_first = (first.created_at < second.created_at) | (
        (first.created_at == second.created_at) & (first.id < second.id)
    )
    undone = exists().where(
        ContactMerge.undone_at.is_not(None),
        or_(
            and_(ContactMerge.kept_id == first.id, ContactMerge.merged_id == second.id),
            and_(ContactMerge.kept_id == second.id, ContactMerge.merged_id == first.id),
        ),
    )
    statement = (
        select(
            table.id,
            case((is_first, first.id), else_=second.id).label("kept_id"),
            case((is_first, second.id), else_=first.id).label("merged_id"),
        )
        .join(first, first.id == table.first_id)
        .join(second, second.id == table.second_id)
        .where(
            table.score >= CERTAIN,
            table.dismissed_at.is_(None),
            first.merged_into.is_(None),
            second.merged_into.is_(None),
            ~undone,
            table.id > after,
        )
        .order_by(table.id)
        .limit(limit)
    )
    if suggestion_id:
        statement = statement.where(table.id == suggestion_id)
    return (await connection.execute(statement)).all()


async def suggestions(
    connection: AsyncConnection, limit: int, after: Place | None, contact_id: str
) -> Sequence[SuggestionRow]:
    """Who may be one person and is not yet, the likeliest first; with that contact alone, empty for all."""
    table = MergeSuggestion
    if contact_id:
        return (await connection.execute(_of_one(), {"id": contact_id, "most": limit})).all()
    statement = _open().order_by(table.score.desc(), table.id.desc()).limit(limit)
    if after is not None:
        behind = or_(table.score < after.score, (table.score == after.score) & (table.id < after.id))
        statement = statement.where(behind)
    return (await connection.execute(statement)).all()


async def count(connection: AsyncConnection) -> int:
    """How many there are, as `count_some` counts."""
    return await count_some(connection, _open().with_only_columns(MergeSuggestion.id))


@cache
def _of_one() -> Select[*tuple[Any, ...]]:
    table, one = MergeSuggestion, bindparam("id", type_=String())
    theirs = _open().where(or_(table.first_id == one, table.second_id == one))
    return theirs.order_by(table.score.desc(), table.id.desc()).limit(bindparam("most"))


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
