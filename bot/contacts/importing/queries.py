"""The statements of imports alone."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypedDict

from sqlalchemy import Row, Select, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.importing.models import ContactImport, ImportKey, ImportRow, ImportStatus
from bot.contacts.importing.planning import Verdict
from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, BulkUpdate, among

UPDATE_PEOPLE = BulkUpdate(Contact, "id", ("name", "phone", "email", "locale", "timezone", "attributes", "updated_at"))
"""Sets what a sheet says of contacts that are locked."""
INSERT_ROWS = BulkInsert(ImportRow, ("import_id", "line", "cells", "fault"), keys=("import_id", "line"))
JUDGE_ROWS = BulkUpdate(ImportRow, "line", ("verdict", "faults"), as_of=("import_id",))
INSERT_KEYS = BulkInsert(ImportKey, ("import_id", "key", "line"), keys=("import_id", "key"))


class NewImport(TypedDict):
    """A new row of `contact_imports`; see the model."""

    id: str
    file: str
    written_at: datetime
    header: list[str]
    reason: str
    purpose: str
    country: str
    status: str
    actor: str
    user_id: str | None
    created_at: datetime
    updated_at: datetime


async def insert_import(connection: AsyncConnection, row: NewImport) -> None:
    """Add one."""
    await connection.execute(insert(ContactImport).values(**row))


async def import_of(connection: AsyncConnection, import_id: str) -> Row[Any] | None:
    """The row of that id; None where there is none."""
    statement = select(ContactImport.__table__).where(ContactImport.id == import_id)
    return (await connection.execute(statement)).one_or_none()


async def recent_imports(
    connection: AsyncConnection, limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[Row[Any]]:
    """The rows of those that came last, the newest first, behind that moment and id."""
    statement = select(ContactImport.__table__).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(ContactImport.created_at, ContactImport.id) < tuple_(*after))
    order = (ContactImport.created_at.desc(), ContactImport.id.desc())
    return (await connection.execute(statement.order_by(*order))).all()


async def set_import(
    connection: AsyncConnection, import_id: str, was: Sequence[ImportStatus], now: datetime, **values: object
) -> bool:
    """Set columns of an import that has one of those statuses; returns whether it had."""
    found = (ContactImport.id == import_id, ContactImport.status.in_(was))
    statement = update(ContactImport).where(*found).values(**values, updated_at=now)
    return bool((await connection.execute(statement.returning(ContactImport.id))).all())


async def rows_of(
    connection: AsyncConnection,
    import_id: str,
    after: int,
    limit: int,
    verdicts: Sequence[Verdict] = (),
) -> Sequence[Row[Any]]:
    """The next rows (line, cells, fault, verdict, faults) behind a line; of any verdict where none is named."""
    columns = (ImportRow.line, ImportRow.cells, ImportRow.fault, ImportRow.verdict, ImportRow.faults)
    statement = select(*columns).where(ImportRow.import_id == import_id, ImportRow.line > after)
    if verdicts:
        statement = statement.where(ImportRow.verdict.in_(verdicts))
    return (await connection.execute(statement.order_by(ImportRow.line).limit(limit))).all()


async def first_lines(connection: AsyncConnection, import_id: str, keys: Sequence[str]) -> Mapping[str, int]:
    """The first line of each key that is noted."""
    found = await connection.execute(_first_lines(connection.dialect.name), {"id": import_id, "keys": sorted(keys)})
    return {row.key: row.line for row in found}


@cache
def _first_lines(dialect: str) -> Select[str, int]:
    return select(ImportKey.key, ImportKey.line).where(
        ImportKey.import_id == bindparam("id"), among(dialect, ImportKey.key, "keys")
    )


async def delete_rows(connection: AsyncConnection, import_id: str, up_to: int) -> None:
    """Delete the rows up to a line, but faulty ones."""
    found = (ImportRow.import_id == import_id, ImportRow.line <= up_to, ImportRow.verdict != Verdict.FAULTY)
    await connection.execute(delete(ImportRow).where(*found))


async def delete_some(connection: AsyncConnection, import_id: str, limit: int, *, keys_alone: bool) -> int:
    """Delete some keys of an import, or else some of its rows; returns how many."""
    for model, key in ((ImportKey, ImportKey.key), *(() if keys_alone else ((ImportRow, ImportRow.line),))):
        some = select(key).where(model.import_id == import_id).limit(limit)
        deleted = await connection.execute(delete(model).where(model.import_id == import_id, key.in_(some)))
        if deleted.rowcount:
            return int(deleted.rowcount)
    return 0


async def old_imports(connection: AsyncConnection, before: datetime, limit: int) -> Sequence[str]:
    """The ids of some that came before, whatever became of them."""
    statement = select(ContactImport.id).where(ContactImport.created_at < before).order_by(ContactImport.created_at)
    return (await connection.execute(statement.limit(limit))).scalars().all()


async def delete_import(connection: AsyncConnection, import_id: str) -> None:
    """Delete one whose rows are gone."""
    await connection.execute(delete(ContactImport).where(ContactImport.id == import_id))
