"""The statements by which periods are written.

Whoever asks holds the contacts' locks, or has written their conversations in the same transaction.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import Select, bindparam, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.inbox.models import InboxPeriod
from bot.messages.models import Message

_END = ("ended_at", "ended_as", "resolved_by", "user_id", "lasted", "lasted_in_all")


class PeriodRow(TypedDict):
    """A row of `inbox_periods`; see `bot.inbox.models.InboxPeriod`."""

    id: str
    contact_id: str
    opened_by: str
    opened_at: datetime
    began_at: datetime
    channel: str | None
    asked_at: datetime | None
    replied_at: datetime | None
    replied_by: str | None
    answered_after: int | None
    ended_at: datetime | None
    ended_as: str | None
    resolved_by: str | None
    user_id: str | None
    lasted: int | None
    lasted_in_all: int | None
    reopened_at: datetime | None


INSERT = BulkInsert(
    InboxPeriod, ("id", "contact_id", "opened_by", "opened_at", "began_at", "channel", "asked_at", "reopened_at")
)
"""Writes periods that begin."""
ASK = BulkUpdate(
    InboxPeriod,
    "id",
    ("asked_at", "channel"),
    where="inbox_periods.asked_at IS NULL AND inbox_periods.replied_at IS NULL",
)
"""Writes since when contacts wait, where nobody of ours has said anything."""
REPLY = BulkUpdate(
    InboxPeriod,
    "id",
    ("replied_at", "replied_by", "answered_after", "channel"),
    where="inbox_periods.replied_at IS NULL",
)
"""Writes the first words of people."""
END = BulkUpdate(InboxPeriod, "id", _END, where="inbox_periods.ended_at IS NULL")
"""Writes how periods end."""
GO_ON = BulkUpdate(InboxPeriod, "id", ("reopened_at",))
"""Writes that other ones went on with them."""


async def under_way(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, PeriodRow]:
    """The periods that have not ended, by contact's id."""
    rows = await connection.execute(_under_way(connection.dialect.name), {"ids": sorted(contact_ids)})
    found: dict[str, Any] = {row.contact_id: dict(row._mapping) for row in rows}  # noqa: SLF001 - its public name for it
    return found


@cache
def _under_way(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(InboxPeriod.__table__).where(
        among(dialect, InboxPeriod.contact_id, "ids"), InboxPeriod.ended_at.is_(None)
    )


class EndedRow(NamedTuple):
    """A period that is over; see `bot.inbox.models.InboxPeriod`. `message_id` is the last message said in it."""

    id: str
    opened_at: datetime
    ended_at: datetime
    ended_as: str
    channel: str | None
    user_id: str | None
    message_id: str | None


async def ended(connection: AsyncConnection, contact_ids: Iterable[str], limit: int) -> Sequence[EndedRow]:
    """The newest periods of those contacts that are over, up to `limit`."""
    given = {"ids": sorted(contact_ids), "most": limit}
    return [EndedRow(*row) for row in await connection.execute(_ended(connection.dialect.name), given)]


@cache
def _ended(dialect: str) -> Select[*tuple[Any, ...]]:
    period = InboxPeriod
    last = (
        select(Message.id)
        .where(Message.contact_id == period.contact_id, Message.created_at <= period.ended_at)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
        .correlate(period)
        .scalar_subquery()
    )
    columns = (period.id, period.opened_at, period.ended_at, period.ended_as, period.channel, period.user_id)
    return (
        select(*columns, last)
        .where(among(dialect, period.contact_id, "ids"), period.ended_at.is_not(None))
        .order_by(period.opened_at.desc(), period.id.desc())
        .limit(bindparam("most"))
    )


async def newest(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, PeriodRow]:
    """The newest period of each contact that has any, by contact's id."""
    rows = await connection.execute(_newest(connection.dialect.name), {"ids": sorted(contact_ids)})
    found: dict[str, Any] = {row.contact_id: dict(row._mapping) for row in rows}  # noqa: SLF001 - its public name for it
    return found


@cache
def _newest(dialect: str) -> Select[*tuple[Any, ...]]:
    other = aliased(InboxPeriod)
    newest_at = (
        select(func.max(other.opened_at))
        .where(other.contact_id == InboxPeriod.contact_id)
        .correlate(InboxPeriod)
        .scalar_subquery()
    )
    return (
        select(InboxPeriod.__table__)
        .where(among(dialect, InboxPeriod.contact_id, "ids"), InboxPeriod.opened_at == newest_at)
        .order_by(InboxPeriod.id)
    )


async def waiting_since(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, datetime]:
    """Since when contacts wait for a person, by contact's id; those who do not are missing."""
    rows = await connection.execute(_waiting_since(connection.dialect.name), {"ids": sorted(contact_ids)})
    return {row.id: row.waiting_since for row in rows}


@cache
def _waiting_since(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(Contact.id, Contact.waiting_since).where(
        among(dialect, Contact.id, "ids"), Contact.waiting_since.is_not(None)
    )


async def written_at(connection: AsyncConnection, message_ids: Iterable[str]) -> dict[str, datetime]:
    """When messages of ours were written, by id."""
    rows = await connection.execute(_written_at(connection.dialect.name), {"ids": sorted(message_ids)})
    return {row.id: row.written_at for row in rows}


@cache
def _written_at(dialect: str) -> Select[*tuple[Any, ...]]:
    written = func.coalesce(Message.sent_at, Message.created_at).label("written_at")
    return select(Message.id, written).where(among(dialect, Message.id, "ids"))


async def period(connection: AsyncConnection, period_id: str) -> PeriodRow | None:
    """The period of that id, or None."""
    rows = await connection.execute(select(InboxPeriod.__table__).where(InboxPeriod.id == period_id))
    found: list[Any] = [dict(row._mapping) for row in rows]  # noqa: SLF001 - its public name for it
    return found[0] if found else None


async def move(connection: AsyncConnection, period_id: str, contact_id: str) -> None:
    """Let a period be another contact's."""
    await connection.execute(update(InboxPeriod).where(InboxPeriod.id == period_id).values(contact_id=contact_id))


async def revive(connection: AsyncConnection, period_ids: Iterable[str]) -> None:
    """Let periods go on as if they had not ended."""
    statement = update(InboxPeriod).where(InboxPeriod.id.in_(sorted(period_ids)))
    await connection.execute(statement.values(dict.fromkeys(_END)))
