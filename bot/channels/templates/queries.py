"""The statements over listed templates."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Select, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account, ProviderTemplate, TemplateListing
from bot.db.bulk import BulkInsert, BulkUpdate, among, insert_or_pass


class TemplateRow(TypedDict):
    """What is written of a listed template; see `bot.channels.models.ProviderTemplate`."""

    id: str
    account_id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    parameters: int
    content: Mapping[str, Any]
    changed_at: datetime
    gone_at: datetime | None
    created_at: datetime
    updated_at: datetime


class KeptTemplate(NamedTuple):
    """A listed template as it is kept; the attributes are the columns of the same name."""

    id: str
    account_id: str
    name: str
    language: str
    category: str
    status: str
    quality: str
    content: Mapping[str, Any]
    changed_at: datetime
    gone_at: datetime | None
    created_at: datetime


class OfferedTemplate(NamedTuple):
    """A listed template as it is offered.

    Attributes:
        words: the beginning of what it says; the others are the columns of the same name.
    """

    id: str
    account_id: str
    name: str
    language: str
    category: str
    words: str


class ListingRow(NamedTuple):
    """How asking stands; the attributes are the columns of the same name."""

    account_id: str
    asked_with: str
    asked_at: datetime | None
    listed_at: datetime | None
    error: str | None
    failures: int
    next_at: datetime
    claimed_until: datetime | None


_GLANCE = 120
"""Characters that are told of a template's words."""
_MOST_OFFERED = 500
"""Templates among which somebody can find one."""
INSERT_TEMPLATES = BulkInsert(ProviderTemplate, tuple(TemplateRow.__annotations__))
"""Writes templates that are new."""
UPDATE_TEMPLATES = BulkUpdate(
    ProviderTemplate,
    "id",
    ("category", "status", "quality", "parameters", "content", "changed_at", "gone_at", "updated_at"),
)
"""Writes templates that have changed."""
_KEPT = tuple(getattr(ProviderTemplate, name) for name in KeptTemplate._fields)
_LISTING = tuple(getattr(TemplateListing, name) for name in ListingRow._fields)


async def kept(connection: AsyncConnection, account_id: str) -> list[KeptTemplate]:
    """All templates of an account, also those that are gone, by name and language."""
    statement = select(*_KEPT).where(ProviderTemplate.account_id == account_id)
    rows = await connection.execute(statement.order_by(ProviderTemplate.name, ProviderTemplate.language))
    return [KeptTemplate(*row) for row in rows]


async def sendable(connection: AsyncConnection, names: Collection[str], status: str) -> list[KeptTemplate]:
    """The templates of any account that have one of those names and that status."""
    its = (among(connection.dialect.name, ProviderTemplate.name, "names"), *_is_there(status))
    return [
        KeptTemplate(*row) for row in await connection.execute(select(*_KEPT).where(*its), {"names": sorted(names)})
    ]


async def offered(connection: AsyncConnection, account_ids: Collection[str], status: str) -> list[OfferedTemplate]:
    """What is told of the templates of those accounts that have that status and no unknown part, by name and language.

    Their whole content would take ten times as long where there are hundreds.
    """
    given = {"ids": sorted(account_ids)}
    return [OfferedTemplate(*row) for row in await connection.execute(_offered(connection.dialect.name, status), given)]


@cache
def _offered(dialect: str, status: str) -> Select[*tuple[Any, ...]]:
    content = ProviderTemplate.content
    statement = select(
        ProviderTemplate.id,
        ProviderTemplate.account_id,
        ProviderTemplate.name,
        ProviderTemplate.language,
        ProviderTemplate.category,
        func.substr(content["body"].as_string(), 1, _GLANCE).label("words"),
    ).where(
        among(dialect, ProviderTemplate.account_id, "ids"),
        *_is_there(status),
        content["unknown"].as_string() == "",
    )
    return statement.order_by(ProviderTemplate.name, ProviderTemplate.language).limit(_MOST_OFFERED)


async def one(connection: AsyncConnection, template_id: str) -> KeptTemplate | None:
    """The template of that id that is still listed; None where there is none."""
    statement = select(*_KEPT).where(ProviderTemplate.id == template_id, ProviderTemplate.gone_at.is_(None))
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else KeptTemplate(*row)


def _is_there(status: str) -> tuple[ColumnElement[bool], ...]:
    return ProviderTemplate.status == status, ProviderTemplate.gone_at.is_(None)


async def forget_gone(connection: AsyncConnection, account_id: str, before: datetime) -> None:
    """Delete those templates of an account that have been gone since before then."""
    its = (ProviderTemplate.account_id == account_id, ProviderTemplate.gone_at < before)
    await connection.execute(delete(ProviderTemplate).where(*its))


async def listing(connection: AsyncConnection, account_id: str) -> ListingRow | None:
    """How asking stands for an account; None where nobody has begun to."""
    statement = select(*_LISTING).where(TemplateListing.account_id == account_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else ListingRow(*row)


async def begin_listing(connection: AsyncConnection, account_id: str, now: datetime) -> None:
    """Let an account that has its row be asked about, too."""
    if (await connection.execute(select(Account.id).where(Account.id == account_id))).first() is not None:
        row = {"account_id": account_id, "asked_with": "", "failures": 0, "next_at": now}
        await connection.execute(insert_or_pass(connection.dialect.name, TemplateListing).values(row))


async def lock_listings(connection: AsyncConnection, account_ids: Collection[str]) -> Sequence[ListingRow]:
    """How asking stands for those accounts, locked, but for those that somebody else has locked."""
    statement = select(*_LISTING).where(among(connection.dialect.name, TemplateListing.account_id, "ids"))
    ordered = statement.order_by(TemplateListing.account_id).with_for_update(skip_locked=True)
    return [ListingRow(*row) for row in await connection.execute(ordered, {"ids": sorted(account_ids)})]


async def lock_listing(connection: AsyncConnection, account_id: str) -> None:
    """Wait until nobody else writes down what came of asking for that account."""
    await connection.execute(
        select(TemplateListing.account_id).where(TemplateListing.account_id == account_id).with_for_update()
    )


async def set_listing(connection: AsyncConnection, account_id: str, columns: Mapping[str, object]) -> None:
    """Change how asking stands for an account."""
    await connection.execute(update(TemplateListing).where(TemplateListing.account_id == account_id).values(**columns))
