"""The statements over endpoints, and over what is shown of events and deliveries."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import (
    ColumnElement,
    CursorResult,
    Row,
    Select,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.counting import count_some
from bot.endpoints.kinds import DeliveryStatus, EventKind
from bot.endpoints.models import Endpoint, EndpointAttempt, EndpointDelivery, EndpointEvent
from bot.endpoints.values import AttemptCard, DeliveryCard, DeliveryFilter, EndpointCard, EventCard, EventFilter

_KINDS = list(EventKind)


class NewEndpoint(TypedDict):
    """A new row of `endpoints`; see `bot.endpoints.models.Endpoint`."""

    id: str
    url: str
    description: str
    kinds: list[str]
    secret: str
    created_at: datetime
    updated_at: datetime


class Place(NamedTuple):
    """Where an event stands in the list.

    Attributes:
        created_at: when it happened.
        id: its id, which parts those of one moment.
    """

    created_at: datetime
    id: str


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


async def count_endpoints(connection: AsyncConnection) -> int:
    """How many there are."""
    statement = select(func.count()).select_from(Endpoint).where(Endpoint.deleted_at.is_(None))
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
    """Let all that waits for an endpoint be tried at once, as if it never had been; returns how much that is.

    What somebody is just trying is left to them.
    """
    waiting = (
        select(EndpointDelivery.number)
        .where(EndpointDelivery.endpoint_id == endpoint_id, EndpointDelivery.status == literal_column("'pending'"))
        .with_for_update(skip_locked=True)
    )
    changed = await connection.execute(
        update(EndpointDelivery).where(EndpointDelivery.number.in_(waiting)).values(due_at=now, tries=0, updated_at=now)
    )
    return changed.rowcount


async def deliveries(
    connection: AsyncConnection, endpoint_id: str, wanted: DeliveryFilter, limit: int, before: int | None
) -> list[DeliveryCard]:
    """The newest deliveries to an endpoint that are wanted, behind the number `before`; None for the newest of all."""
    return await _cards(connection, listed(endpoint_id, wanted, limit, before))


def listed(endpoint_id: str, wanted: DeliveryFilter, limit: int, before: int | None) -> Select[*tuple[Any, ...]]:
    """What gives them."""
    statement = _deliveries().where(*_wanted(endpoint_id, wanted))
    if before is not None:
        statement = statement.where(EndpointDelivery.number < before)
    return statement.order_by(EndpointDelivery.number.desc()).limit(limit)


async def count_deliveries(connection: AsyncConnection, endpoint_id: str, wanted: DeliveryFilter) -> int:
    """How many those are, as `count_some` counts."""
    statement = select(EndpointDelivery.number).join(EndpointEvent, EndpointEvent.id == EndpointDelivery.event_id)
    return await count_some(connection, statement.where(*_wanted(endpoint_id, wanted)))


async def delivery(connection: AsyncConnection, delivery_id: str) -> DeliveryCard | None:
    """One delivery, or None; of endpoints that are deleted none."""
    statement = _deliveries().where(EndpointDelivery.id == delivery_id, _of_the_living())
    return next(iter(await _cards(connection, statement)), None)


async def deliveries_of_event(connection: AsyncConnection, event_id: str) -> list[DeliveryCard]:
    """All deliveries of an event, the newest first."""
    statement = _deliveries().where(EndpointDelivery.event_id == event_id, _of_the_living())
    return await _cards(connection, statement.order_by(EndpointDelivery.number.desc()).limit(1000))


async def attempts(connection: AsyncConnection, number: int) -> list[AttemptCard]:
    """All attempts at a delivery, the newest first."""
    statement = _attempts().where(EndpointAttempt.delivery == number)
    rows = await connection.execute(statement.order_by(EndpointAttempt.attempt.desc(), EndpointAttempt.id.desc()))
    return [_attempt(row) for row in rows]


async def to_resend(connection: AsyncConnection, endpoint_id: str, limit: int) -> Sequence[Row[int, str, str | None]]:
    """What was given up for an endpoint and not made again: number, event_id, contact_id; locked, in order."""
    columns = (EndpointDelivery.number, EndpointDelivery.event_id, EndpointDelivery.contact_id)
    statement = select(*columns).where(*_given_up(endpoint_id)).order_by(EndpointDelivery.number).limit(limit)
    return (await connection.execute(statement.with_for_update(key_share=True))).all()


async def any_to_resend(connection: AsyncConnection, endpoint_id: str) -> bool:
    """Whether there is any."""
    statement = select(EndpointDelivery.number).where(*_given_up(endpoint_id)).limit(1)
    return (await connection.execute(statement)).first() is not None


def _given_up(endpoint_id: str) -> Iterable[ColumnElement[bool]]:
    yield EndpointDelivery.endpoint_id == endpoint_id
    yield EndpointDelivery.status == DeliveryStatus.FAILED
    yield EndpointDelivery.resent_at.is_(None)


async def mark_resent(connection: AsyncConnection, numbers: Sequence[int], now: datetime) -> None:
    """They were made again; those numbers follow each other in the list of what was given up."""
    statement = update(EndpointDelivery).where(EndpointDelivery.number.in_(numbers))
    await connection.execute(statement.values(resent_at=now, updated_at=now))


async def events(connection: AsyncConnection, wanted: EventFilter, limit: int, after: Place | None) -> list[EventCard]:
    """The newest events that are wanted, behind the place `after`; None for the newest of all."""
    statement = select(EndpointEvent.__table__).order_by(EndpointEvent.created_at.desc(), EndpointEvent.id.desc())
    if wanted.contact_id:
        statement = statement.where(EndpointEvent.contact_id == wanted.contact_id)
    if wanted.types:
        statement = statement.where(EndpointEvent.type.in_(wanted.types))
    if wanted.since is not None:
        statement = statement.where(EndpointEvent.created_at >= wanted.since)
    if wanted.until is not None:
        statement = statement.where(EndpointEvent.created_at < wanted.until)
    if after is not None:
        statement = statement.where(tuple_(EndpointEvent.created_at, EndpointEvent.id) < tuple_(*after))
    return [EventCard(**row._mapping) for row in await connection.execute(statement.limit(limit))]  # noqa: SLF001 - a Row's public mapping


async def event(connection: AsyncConnection, event_id: str) -> EventCard | None:
    """One event, or None."""
    row = (await connection.execute(select(EndpointEvent.__table__).where(EndpointEvent.id == event_id))).one_or_none()
    return None if row is None else EventCard(**row._mapping)  # noqa: SLF001 - as above


async def depth(connection: AsyncConnection) -> Sequence[Row[str, str, int, datetime | None]]:
    """What waits for each endpoint: id, status, waiting, oldest; each count reads a partial index."""
    waits = EndpointDelivery.status == literal_column("'pending'")
    statement = (
        select(
            Endpoint.id,
            Endpoint.status,
            func.count(EndpointDelivery.number).label("waiting"),
            func.min(EndpointDelivery.created_at).label("oldest"),
        )
        .outerjoin(EndpointDelivery, (EndpointDelivery.endpoint_id == Endpoint.id) & waits)
        .where(Endpoint.deleted_at.is_(None))
        .group_by(Endpoint.id, Endpoint.status)
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


def _of_the_living() -> ColumnElement[bool]:
    return exists().where(Endpoint.id == EndpointDelivery.endpoint_id, Endpoint.deleted_at.is_(None))


def _wanted(endpoint_id: str, wanted: DeliveryFilter) -> Iterable[ColumnElement[bool]]:
    yield EndpointDelivery.endpoint_id == endpoint_id
    if wanted.statuses:
        yield EndpointDelivery.status.in_(wanted.statuses)
    if wanted.types:
        yield EndpointEvent.type.in_(wanted.types)


_SHOWN = (
    EndpointDelivery.number,
    EndpointDelivery.id,
    EndpointDelivery.event_id,
    EndpointEvent.type,
    EndpointDelivery.endpoint_id,
    EndpointDelivery.contact_id,
    EndpointDelivery.status,
    EndpointDelivery.due_at,
    EndpointDelivery.attempts,
    EndpointDelivery.ended_at,
    EndpointDelivery.resent_at,
    EndpointDelivery.created_at,
)


def _deliveries() -> Select[*tuple[Any, ...]]:
    return select(*_SHOWN).join(EndpointEvent, EndpointEvent.id == EndpointDelivery.event_id)


def _attempts() -> Select[*tuple[Any, ...]]:
    return select(
        EndpointAttempt.attempt,
        EndpointAttempt.started_at,
        EndpointAttempt.milliseconds,
        EndpointAttempt.status,
        EndpointAttempt.error,
        EndpointAttempt.answer,
    )


async def _cards(connection: AsyncConnection, statement: Select[*tuple[Any, ...]]) -> list[DeliveryCard]:
    rows = (await connection.execute(statement)).all()
    last = await _last_attempts(connection, [row.number for row in rows])
    return [DeliveryCard(**row._mapping, last=last.get(row.number)) for row in rows]  # noqa: SLF001 - a Row's public mapping


async def _last_attempts(connection: AsyncConnection, numbers: Sequence[int]) -> Mapping[int, AttemptCard]:
    later = aliased(EndpointAttempt)
    last = (
        select(later.id)
        .where(later.delivery == EndpointDelivery.number)
        .order_by(later.attempt.desc(), later.id.desc())
        .limit(1)
        .scalar_subquery()
    )
    ids = select(last).where(EndpointDelivery.number.in_(numbers))
    rows = await connection.execute(
        _attempts().add_columns(EndpointAttempt.delivery).where(EndpointAttempt.id.in_(ids))
    )
    return {row.delivery: _attempt(row) for row in rows}


def _attempt(row: Row[Any]) -> AttemptCard:
    return AttemptCard(row.attempt, row.started_at, row.milliseconds, row.status, row.error, row.answer)
