"""The statements over endpoints, what waits for them, and what is forgotten."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, TypedDict

from sqlalchemy import (
    CursorResult,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    text,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.engine import is_postgresql
from bot.endpoints.kinds import GIVEN_UP, EventKind
from bot.endpoints.models import Endpoint, EndpointDelivery, EndpointEvent
from bot.endpoints.values import EndpointCard

_KINDS = list(EventKind)
# Any pair that nothing else uses.
_LOCK_ADDING = text("SELECT pg_advisory_xact_lock(723620, 2)")


class NewEndpoint(TypedDict):
    """A new row of `endpoints`; see `bot.endpoints.models.Endpoint`."""

    id: str
    url: str
    description: str
    kinds: list[str]
    secret: str
    created_at: datetime
    updated_at: datetime


async def insert_endpoint(connection: AsyncConnection, row: NewEndpoint) -> None:
    """Write a new one."""
    await connection.execute(insert(Endpoint).values(**row))


async def endpoints(connection: AsyncConnection) -> list[EndpointCard]:
    """All that there are, the newest first."""
    statement = select(Endpoint.__table__).where(Endpoint.deleted_at.is_(None)).order_by(Endpoint.id.desc())
    return [_card(row) for row in await connection.execute(statement)]


async def endpoint(connection: AsyncConnection, endpoint_id: str) -> EndpointCard | None:
    """One of them, or None."""
    row = (await connection.execute(_living(endpoint_id))).one_or_none()
    return None if row is None else _card(row)


async def lock_endpoint(connection: AsyncConnection, endpoint_id: str) -> tuple[EndpointCard, str] | None:
    """One of them with its sealed secret, locked; or None."""
    row = (await connection.execute(_living(endpoint_id).with_for_update(key_share=True))).one_or_none()
    return None if row is None else (_card(row), row.secret)


async def lock_adding(connection: AsyncConnection) -> None:
    """Let one at a time count them and add one, until its transaction ends; SQLite has but one writer anyway."""
    if is_postgresql(connection):
        await connection.execute(_LOCK_ADDING)


async def count_endpoints(connection: AsyncConnection) -> int:
    """How many there are."""
    statement = select(func.count()).select_from(Endpoint).where(Endpoint.deleted_at.is_(None))
    return (await connection.execute(statement)).scalar_one()


async def count_given_up(connection: AsyncConnection) -> int:
    """How many were disabled by themselves, and neither enabled nor left so since."""
    by_itself = Endpoint.disabled_reason.in_(GIVEN_UP)
    statement = select(func.count()).select_from(Endpoint).where(by_itself, Endpoint.deleted_at.is_(None))
    return (await connection.execute(statement)).scalar_one()


async def set_endpoint(connection: AsyncConnection, endpoint_id: str, **values: object) -> None:
    """Change one."""
    await connection.execute(update(Endpoint).where(Endpoint.id == endpoint_id).values(**values))


async def lock_secrets(connection: AsyncConnection) -> Sequence[Row[str, str, str, str | None]]:
    """The sealed secrets of all: id, url, secret, old_secret; locked."""
    columns = (Endpoint.id, Endpoint.url, Endpoint.secret, Endpoint.old_secret)
    statement = select(*columns).where(Endpoint.deleted_at.is_(None)).order_by(Endpoint.id)
    return (await connection.execute(statement.with_for_update(key_share=True))).all()


def _living(endpoint_id: str) -> Select[Any]:
    return select(Endpoint.__table__).where(Endpoint.id == endpoint_id, Endpoint.deleted_at.is_(None))


def _card(row: Row[Any]) -> EndpointCard:
    return EndpointCard(
        id=row.id,
        url=row.url,
        description=row.description,
        kinds=[each for each in _KINDS if each in row.kinds],
        status=row.status,
        disabled_reason=row.disabled_reason,
        last_success_at=row.last_success_at,
        failing_since=row.failing_since,
        rolled_until=row.old_secret_until,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )


async def put_to_work(connection: AsyncConnection, endpoint_id: str, now: datetime) -> int:
    """Let what waits for an endpoint be tried at once, as if it never had been; returns how many rows that changes.

    Those are the first ones of their contacts: whoever ends one brings the next one forward. What somebody is just
    trying is left to them.
    """
    first = aliased(EndpointDelivery)
    # Asked for each row, by an index: a join of all with all that are earlier would be planned for few of them.
    first_of_contact = (
        select(first.number)
        .where(first.endpoint_id == endpoint_id, first.contact_id == EndpointDelivery.contact_id)
        .where(first.status == literal_column("'pending'"))
        .order_by(first.number)
        .limit(literal_column("1"))
        .scalar_subquery()
    )
    is_first = EndpointDelivery.contact_id.is_(None) | (EndpointDelivery.number == first_of_contact)
    held_up = (
        select(EndpointDelivery.number)
        .where(EndpointDelivery.endpoint_id == endpoint_id, EndpointDelivery.status == literal_column("'pending'"))
        .where((EndpointDelivery.due_at > now) | (EndpointDelivery.tries > 0), is_first)
        .with_for_update(skip_locked=True, of=EndpointDelivery)
    )
    changed = await connection.execute(
        update(EndpointDelivery).where(EndpointDelivery.number.in_(held_up)).values(due_at=now, tries=0, updated_at=now)
    )
    return changed.rowcount


async def depth(connection: AsyncConnection) -> Sequence[Row[str, bool, int, datetime | None]]:
    """What waits for each endpoint: id, given_up, waiting, oldest; each count reads a partial index.

    Those that are deleted are there, too, with nothing: else an alert would go on after them.
    """
    living = Endpoint.deleted_at.is_(None)
    waits = EndpointDelivery.status == literal_column("'pending'")
    statement = (
        select(
            Endpoint.id,
            (Endpoint.disabled_reason.in_(GIVEN_UP) & living).label("given_up"),
            func.count(EndpointDelivery.number).label("waiting"),
            func.min(EndpointDelivery.created_at).label("oldest"),
        )
        .outerjoin(EndpointDelivery, (EndpointDelivery.endpoint_id == Endpoint.id) & waits & living)
        .group_by(Endpoint.id, Endpoint.disabled_reason, Endpoint.deleted_at)
    )
    return (await connection.execute(statement)).all()


async def delete_events(connection: AsyncConnection, before: datetime, most: int) -> int:
    """Delete the oldest events from before that moment, with all that hangs on them; returns how many."""
    oldest = (
        select(EndpointEvent.id)
        .where(EndpointEvent.created_at < before)
        .order_by(EndpointEvent.created_at, EndpointEvent.id)
        .limit(most)
    )
    return (await connection.execute(delete(EndpointEvent).where(EndpointEvent.id.in_(oldest)))).rowcount


async def delete_endpoints(connection: AsyncConnection, before: datetime) -> int:
    """Delete those that somebody deleted before that moment and that have no deliveries left; returns how many."""
    left = exists().where(EndpointDelivery.endpoint_id == Endpoint.id)
    gone: CursorResult[Any] = await connection.execute(delete(Endpoint).where(Endpoint.deleted_at < before, ~left))
    return gone.rowcount
