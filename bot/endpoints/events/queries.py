"""The statements by which events are written, each for all that a batch tells."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, TypedDict

from sqlalchemy import Select, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import ContactAddress
from bot.db.bulk import BulkInsert, among
from bot.endpoints.models import Endpoint, EndpointDelivery, EndpointEvent

INSERT_EVENTS = BulkInsert(EndpointEvent, ("id", "type", "contact_id", "payload", "created_at"))
"""Writes what happened."""
INSERT_DELIVERIES = BulkInsert(
    EndpointDelivery,
    (
        *("id", "event_id", "endpoint_id", "contact_id", "due_at"),
        *("attempts", "claimed_by", "claimed_until", "created_at", "updated_at"),
    ),
)
"""Writes to whom it is to be told, in the order in which the database counts them."""


class NewDelivery(TypedDict):
    """A new row of `endpoint_deliveries`; see `bot.endpoints.models.EndpointDelivery`."""

    id: str
    event_id: str
    endpoint_id: str
    contact_id: str | None
    due_at: datetime
    attempts: int
    claimed_by: str | None
    claimed_until: datetime | None
    created_at: datetime
    updated_at: datetime


class Address(NamedTuple):
    """An address of a contact's; the attributes are the columns of the same name."""

    id: str
    contact_id: str
    kind: str
    value: str


async def listening(connection: AsyncConnection) -> Sequence[tuple[str, frozenset[str]]]:
    """The endpoints for which events are written, each with the kinds of which it is told."""
    rows = await connection.execute(_LISTENING)
    return [(row.id, frozenset(row.kinds)) for row in rows]


_LISTENING = select(Endpoint.id, Endpoint.kinds).where(
    Endpoint.status != literal_column("'disabled'"), Endpoint.deleted_at.is_(None)
)


async def addresses(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Address]:
    """Those of the addresses that there are, by id."""
    rows = await connection.execute(_addresses(connection.dialect.name), {"ids": sorted(set(ids))})
    return {row.id: Address(*row) for row in rows}


@cache
def _addresses(dialect: str) -> Select[str, str, str, str]:
    columns = (ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value)
    return select(*columns).where(among(dialect, ContactAddress.id, "ids"))
