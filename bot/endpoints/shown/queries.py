"""The statements over what was told, as people and programs look at it, and what of it is told once more."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Row, Select, exists, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.counting import count_some
from bot.endpoints.kinds import DeliveryStatus
from bot.endpoints.models import Endpoint, EndpointAttempt, EndpointDelivery, EndpointEvent
from bot.endpoints.values import AttemptCard, DeliveryCard, DeliveryFilter, EventCard, EventFilter


class Place(NamedTuple):
    """Where an event stands in the list.

    Attributes:
        created_at: when it happened.
        id: its id, which parts those of one moment.
    """

    created_at: datetime
    id: str


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
