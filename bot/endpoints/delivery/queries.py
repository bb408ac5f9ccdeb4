"""The statements by which deliveries are claimed and settled, each by an index, however many wait."""

from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Integer,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    literal_column,
    or_,
    select,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.db.types import UtcDateTime
from bot.endpoints.kinds import DisabledReason, EndpointStatus
from bot.endpoints.models import Endpoint, EndpointAttempt, EndpointDelivery, EndpointEvent

_ONE = literal_column("1", Integer)
_NOW: ColumnElement[datetime] = bindparam("now", type_=UtcDateTime)

CLAIM = BulkUpdate(EndpointDelivery, "number", ("claimed_by", "claimed_until", "attempts", "updated_at"))
"""Claims deliveries."""
PUT_BEHIND = BulkUpdate(EndpointDelivery, "number", ("due_at", "updated_at"))
"""Lets deliveries wait for the one before them."""
INSERT_ATTEMPTS = BulkInsert(
    EndpointAttempt, ("id", "delivery", "attempt", "started_at", "milliseconds", "status", "error", "answer")
)
"""Writes down what came of requests."""
SETTLE = BulkUpdate(
    EndpointDelivery,
    "number",
    ("status", "due_at", "tries", "claimed_by", "claimed_until", "ended_at", "updated_at"),
    as_of=("attempts",),
    where="endpoint_deliveries.status = 'pending'",
    returning=("number", "status"),
)
"""Ends claims with what came of them; gives back those that still were ours."""


def pending(delivery: type[EndpointDelivery]) -> ColumnElement[bool]:
    """It is still to be made; a literal, so that the planner sees the partial indexes' predicate."""
    return delivery.status == literal_column("'pending'")


def _due(delivery: type[EndpointDelivery]) -> ColumnElement[bool]:
    unclaimed = or_(delivery.claimed_until.is_(None), delivery.claimed_until <= _NOW)
    return and_(pending(delivery), delivery.due_at <= _NOW, unclaimed)


def _with_work() -> Select[*tuple[Any, ...]]:
    since = (
        select(EndpointDelivery.due_at)
        .where(EndpointDelivery.endpoint_id == Endpoint.id, _due(EndpointDelivery))
        .order_by(EndpointDelivery.due_at)
        .limit(_ONE)
        .scalar_subquery()
    )
    columns = (Endpoint.id, Endpoint.url, Endpoint.secret, Endpoint.old_secret, Endpoint.old_secret_until)
    return (
        select(*columns)
        .where(Endpoint.status == literal_column("'enabled'"), Endpoint.deleted_at.is_(None), since.is_not(None))
        .order_by(since)
    )


WITH_WORK = _with_work()
"""The endpoints that may be told something at `now`, with what that takes, the longest waiting first."""

DUE = (
    select(EndpointDelivery.number, EndpointDelivery.contact_id)
    .where(EndpointDelivery.endpoint_id == bindparam("endpoint"), _due(EndpointDelivery))
    .order_by(EndpointDelivery.due_at, EndpointDelivery.number)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
"""What is due for `endpoint` at `now`, at most `most`, locked; another's lock is passed over.

Those that wait for another one of their contact are among them: see `first_of`.
"""


def _first(endpoint: ColumnElement[str], contact: ColumnElement[Any]) -> ScalarSelect[int]:
    """The number of the first delivery to an endpoint of a contact that is still to be made."""
    first = aliased(EndpointDelivery)
    return (
        select(first.number)
        .where(first.endpoint_id == endpoint, first.contact_id == contact, pending(first))
        .order_by(first.number)
        .limit(_ONE)
        .scalar_subquery()
    )


@cache
def first_of(dialect: str) -> Select[int, str | None, datetime, datetime | None]:
    """The first delivery to `endpoint` that each of `contacts` waits for: number, contact_id, due_at, claimed_until."""
    first = _first(bindparam("endpoint"), Contact.id.expression)
    numbers = select(first).where(among(dialect, Contact.id, "contacts"))
    columns = (EndpointDelivery.number, EndpointDelivery.contact_id)
    return select(*columns, EndpointDelivery.due_at, EndpointDelivery.claimed_until).where(
        EndpointDelivery.number.in_(numbers)
    )


TOLD = (
    select(EndpointDelivery.number, EndpointDelivery.attempts, EndpointDelivery.tries, EndpointEvent.payload)
    .add_columns(EndpointEvent.id.label("event_id"))
    .join(EndpointEvent, EndpointEvent.id == EndpointDelivery.event_id)
    .where(EndpointDelivery.number.in_(bindparam("numbers", expanding=True)))
    .order_by(EndpointDelivery.number)
)
"""What is told by the deliveries `numbers`: number, attempts, tries, payload, event_id."""


OF_OWNER = (
    select(EndpointDelivery.number, EndpointDelivery.attempts, EndpointDelivery.tries, EndpointEvent.payload)
    .add_columns(EndpointEvent.id.label("event_id"), Endpoint.id, Endpoint.url)
    .add_columns(Endpoint.secret, Endpoint.old_secret, Endpoint.old_secret_until)
    .join(EndpointEvent, EndpointEvent.id == EndpointDelivery.event_id)
    .join(Endpoint, Endpoint.id == EndpointDelivery.endpoint_id)
    .where(pending(EndpointDelivery), EndpointDelivery.claimed_by == bindparam("owner"))
    .where(EndpointDelivery.endpoint_id == bindparam("endpoint"))
)
"""The delivery to `endpoint` that `owner` holds, and what it takes to make it."""


def _behind() -> Select[int]:
    ended = aliased(EndpointDelivery)
    return select(_first(ended.endpoint_id.expression, ended.contact_id.expression)).where(
        ended.number.in_(bindparam("numbers", expanding=True))
    )


BEHIND = _behind()
"""What waits next behind the deliveries `numbers`, which have ended."""

BRING_FORWARD = (
    update(EndpointDelivery)
    .where(EndpointDelivery.number.in_(BEHIND), pending(EndpointDelivery))
    .values(due_at=case((EndpointDelivery.due_at > _NOW, _NOW), else_=EndpointDelivery.due_at))
)
"""Lets that wait no longer than until `now`.

Whoever puts it behind meanwhile holds its lock, so this comes after that.
"""


async def note_success(connection: AsyncConnection, endpoint_id: str, now: datetime) -> None:
    """An endpoint took what it was told."""
    await connection.execute(
        update(Endpoint).where(Endpoint.id == endpoint_id).values(last_success_at=now, failing_since=None)
    )


async def note_failure(connection: AsyncConnection, endpoint_id: str, since: datetime) -> datetime | None:
    """An attempt that began then failed; returns since when all have, of an endpoint that is enabled."""
    failing_since = case((Endpoint.failing_since.is_(None), since), else_=Endpoint.failing_since)
    changed = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id)
        .values(failing_since=failing_since)
        .returning(Endpoint.failing_since, Endpoint.status)
    )
    row = (await connection.execute(changed)).one_or_none()
    return None if row is None or row.status != EndpointStatus.ENABLED else row.failing_since


async def disable(connection: AsyncConnection, endpoint_id: str, reason: DisabledReason, now: datetime) -> str | None:
    """Disable an endpoint that is not; returns its address, or None where it was."""
    changed = (
        update(Endpoint)
        .where(Endpoint.id == endpoint_id, Endpoint.status != EndpointStatus.DISABLED, Endpoint.deleted_at.is_(None))
        .values(status=EndpointStatus.DISABLED, disabled_reason=reason, updated_at=now)
        .returning(Endpoint.url)
    )
    return (await connection.execute(changed)).scalar_one_or_none()
