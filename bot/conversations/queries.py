"""What a batch of turns reads and writes beside contacts and messages."""

import typing
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import (
    ColumnElement,
    Executable,
    Integer,
    Label,
    Row,
    Select,
    SQLColumnExpression,
    bindparam,
    cast,
    func,
    literal_column,
    null,
    or_,
    select,
    true,
    union_all,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import InstrumentedAttribute
from sqlalchemy.sql.dml import ReturningUpdate

from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations.models import FlowInstance
from bot.conversations.runner import parked
from bot.conversations.turn_notes import TurnNote
from bot.core.consents import Agreed, ConsentReason, Standing
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.db.types import UtcDateTime
from bot.engine.conversation import EndReason, Instance
from bot.engine.state import decode_state
from bot.messages.models import Direction, Message
from bot.messages.records import MessageRow

_MAX_ATTEMPTS = 10

_PENDING: ColumnElement[str] = literal_column("'pending'")
"""A literal, so that the planner sees the partial index's predicate whatever the values of a statement are."""
UPSERT_INSTANCES = BulkInsert(
    FlowInstance,
    (
        *("id", "contact_id", "flow_id", "current_step_key", "state_json", "asked", "trigger_id"),
        *("last_interaction_at", "paused", "paused_until", "ended_at", "end_reason", "created_at", "updated_at"),
    ),
    keys=("id",),
    set_=(
        *("current_step_key", "state_json", "asked", "last_interaction_at"),
        *("paused", "paused_until", "ended_at", "end_reason", "updated_at"),
    ),
)
"""Begins new instances and moves known ones; ended ones come first, so that one open one a contact holds."""
UPDATE_TURNS = BulkUpdate(
    Message,
    "id",
    ("turn_state", "trace", "error", "error_reason", "attempts", "next_attempt_at", "updated_at"),
)
"""Records what came of pending messages' turns."""


async def situations(connection: AsyncConnection, contact_ids: Iterable[str], since: datetime) -> Sequence[Row[Any]]:
    """Where each of those contacts stands, in one statement, to be read under their locks.

    Each row is one thing that is known of `contact_id`; the columns of all others are NULL. `is_blocked`: a message's
    turn is still to come; `instance_id` and what follows: the open flow instance; `consent_...`: a consent of one of
    the contact's addresses; `recent_trigger_id` and `recent_at`: a trigger's latest message since `since`, failed ones
    not counted.
    """
    parameters = {"ids": sorted(contact_ids), "since": since}
    return (await connection.execute(_situations(connection.dialect.name), parameters)).all()


async def open_instances(
    connection: AsyncConnection, contact_ids: Iterable[str], now: datetime
) -> Mapping[str, Instance]:
    """The open flow instances by contact, of those who have one; to be read under the contacts' locks."""
    rows = await situations(connection, contact_ids, now)
    return {row.contact_id: instance_of(row) for row in rows if row.instance_id is not None}


async def end_instances(
    connection: AsyncConnection, contact_ids: Iterable[str], reason: EndReason, now: datetime, *, paused: bool = False
) -> Collection[str]:
    """End the open flow instances of contacts that are locked; returns whose there were.

    Args:
        connection: in a transaction that holds the contacts' locks.
        contact_ids: whose.
        reason: why.
        now: the moment.
        paused: only those that are handed over.
    """
    parameters = {"ids": sorted(contact_ids), "reason": reason, "now": now}
    return (await connection.execute(_ending(connection.dialect.name, paused=paused), parameters)).scalars().all()


@cache
def _ending(dialect: str, *, paused: bool) -> ReturningUpdate[str]:
    statement = update(FlowInstance).where(
        among(dialect, FlowInstance.contact_id, "ids"), FlowInstance.ended_at.is_(None)
    )
    if paused:
        statement = statement.where(FlowInstance.paused.is_(True))
    now = bindparam("now", type_=UtcDateTime)
    values = {"ended_at": now, "end_reason": bindparam("reason"), "paused": False, "updated_at": now}
    return statement.values(values).returning(FlowInstance.contact_id)


def instance_of(row: Row[Any]) -> Instance:
    """The instance that a row of `situations` tells of."""
    return Instance(
        id=row.instance_id,
        flow_id=row.flow_id,
        step_key=row.current_step_key,
        state=decode_state(row.state_json),
        asked=row.asked,
        last_interaction_at=row.last_interaction_at,
        trigger_id=row.trigger_id or "",
        paused=row.paused,
        paused_until=row.paused_until,
    )


def agreed_of(row: Row[Any]) -> Agreed:
    """What the address agrees to of which a row of `situations` tells."""
    reason, marketing = ConsentReason(row.consent_reason), None
    if row.consent_marketing_opted_in is not None:
        marketing = Standing(
            row.consent_marketing_opted_in,
            ConsentReason(row.consent_marketing_reason),
            row.consent_marketing_changed_at,
            row.consent_marketing_said_at,
        )
    of_all = Standing(row.consent_opted_in, reason, row.consent_changed_at, row.consent_said_at)
    return Agreed.stored(of_all, marketing, row.consent_reminded_at)


_Columns = Mapping[str, SQLColumnExpression[Any]]
_INSTANCE: _Columns = {
    "instance_id": FlowInstance.id,
    "flow_id": FlowInstance.flow_id,
    "current_step_key": FlowInstance.current_step_key,
    "state_json": FlowInstance.state_json,
    "asked": FlowInstance.asked,
    "last_interaction_at": FlowInstance.last_interaction_at,
    "trigger_id": FlowInstance.trigger_id,
    "paused": FlowInstance.paused,
    "paused_until": FlowInstance.paused_until,
}
_CONSENT: _Columns = {
    "consent_address_id": Consent.address_id,
    "consent_channel": Consent.channel,
    "consent_opted_in": Consent.opted_in,
    "consent_reason": Consent.reason,
    "consent_changed_at": Consent.changed_at,
    "consent_reminded_at": Consent.reminded_at,
    "consent_said_at": Consent.said_at,
    "consent_marketing_opted_in": Consent.marketing_opted_in,
    "consent_marketing_reason": Consent.marketing_reason,
    "consent_marketing_changed_at": Consent.marketing_changed_at,
    "consent_marketing_said_at": Consent.marketing_said_at,
}
_RECENT: _Columns = {
    "recent_trigger_id": Message.trigger_id,
    "recent_at": func.max(Message.created_at),
}
_BLOCKED: _Columns = {"is_blocked": true()}


# One after the other and not joined to a row for each contact: a plan made while the tables were empty stays until they
# are analysed, and a join's compares each contact with each row then. It took two thirds of the first minute's rate.
@cache
def _situations(dialect: str) -> Executable:
    instances = _part(FlowInstance.contact_id, _INSTANCE).where(
        among(dialect, FlowInstance.contact_id, "ids"), FlowInstance.ended_at.is_(None)
    )
    consents = (
        _part(ContactAddress.contact_id, _CONSENT)
        .join_from(ContactAddress, Consent, Consent.address_id == ContactAddress.id)
        .where(among(dialect, ContactAddress.contact_id, "ids"))
    )
    recent = _recent(dialect, _part(Message.contact_id, _RECENT))
    blocked = _part(Message.contact_id, _BLOCKED).where(
        among(dialect, Message.contact_id, "ids"), Message.turn_state == _PENDING
    )
    return union_all(instances, consents, recent, blocked)


def _recent(dialect: str, columns: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return columns.where(
        among(dialect, Message.contact_id, "ids"),
        Message.trigger_id.is_not(None),
        Message.direction == Direction.OUTBOUND,
        Message.created_at >= bindparam("since"),
        Message.status != "failed",
    ).group_by(Message.contact_id, Message.trigger_id)


async def recent_triggers(
    connection: AsyncConnection, contact_ids: Iterable[str], since: datetime
) -> Sequence[Row[str, str, datetime]]:
    """Of `situations` what was said of triggers: contact_id, recent_trigger_id, recent_at."""
    parameters = {"ids": sorted(contact_ids), "since": since}
    return (await connection.execute(_recent_triggers(connection.dialect.name), parameters)).all()


@cache
def _recent_triggers(dialect: str) -> Select[*tuple[Any, ...]]:
    columns: list[Label[Any]] = [column.label(name) for name, column in _RECENT.items()]
    return _recent(dialect, select(Message.contact_id, *columns))


def _part(contact_id: InstrumentedAttribute[str], given: _Columns) -> Select[*tuple[Any, ...]]:
    """A part of the situations: the columns it gives, and the others' NULLs."""
    columns: list[Label[Any]] = [
        column.label(name) for name, column in {**_INSTANCE, **_CONSENT, **_RECENT, **_BLOCKED}.items()
    ]
    return select(
        contact_id.label("contact_id"),
        *(column if column.name in given else cast(null(), column.type).label(column.name) for column in columns),
    )


async def contacts_due(connection: AsyncConnection, now: datetime, limit: int) -> list[str]:
    """Contacts whose first pending message may have its turn now."""
    earlier = Message.__table__.alias("earlier")
    statement = (
        select(Message.contact_id)
        .where(
            Message.turn_state == _PENDING,
            or_(Message.next_attempt_at.is_(None), Message.next_attempt_at <= now),
            ~select(earlier.c.id)
            .where(
                earlier.c.contact_id == Message.contact_id,
                earlier.c.turn_state == _PENDING,
                earlier.c.seq < Message.seq,
            )
            .exists(),
        )
        .order_by(Message.created_at)
        .limit(limit)
    )
    return list((await connection.execute(statement)).scalars())


async def pending_messages(connection: AsyncConnection, contact_ids: Iterable[str], limit: int) -> list[MessageRow]:
    """The pending messages of those contacts, whole rows, in order."""
    statement = (
        select(Message.__table__)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.turn_state == _PENDING)
        .order_by(Message.contact_id, Message.seq)
        .limit(limit)
    )
    return [typing.cast("MessageRow", dict(row._mapping)) for row in await connection.execute(statement)]  # noqa: SLF001 - a Row's public mapping


async def message_rows(connection: AsyncConnection, message_ids: Iterable[str]) -> list[MessageRow]:
    """Those messages, whole rows."""
    statement = select(Message.__table__).where(Message.id.in_(sorted(message_ids)))
    return [typing.cast("MessageRow", dict(row._mapping)) for row in await connection.execute(statement)]  # noqa: SLF001 - a Row's public mapping


async def put_off(
    connection: AsyncConnection, contact_id: str, now: datetime, error: Exception, *, at_once: bool
) -> TurnNote | None:
    """After a fault, let a contact's first pending message wait twice as long as before; at last, or at once, park it.

    Returns what to tell of a message that was parked. One that had its turn elsewhere meanwhile is left alone.
    """
    statement = (
        select(Message.id, Message.channel, Message.attempts)
        .where(Message.contact_id == contact_id, Message.turn_state == _PENDING)
        .order_by(Message.seq)
        .limit(1)
    )
    first = (await connection.execute(statement)).one_or_none()
    if first is None:
        return None
    attempts = first.attempts + 1
    park = at_once or attempts >= _MAX_ATTEMPTS
    outcome = parked(error) if park else {"next_attempt_at": now + timedelta(seconds=2**attempts)}
    changed = await connection.execute(
        update(Message)
        .where(Message.id == first.id, Message.turn_state == _PENDING)
        .values(attempts=attempts, updated_at=now, **outcome)
    )
    if not park or not changed.rowcount:
        return None
    return TurnNote(first.id, contact_id, first.channel, error=type(error).__name__)


Mail = tuple[str, str]
"""(contact's id, Message-ID)."""


async def recorded_mails(
    connection: AsyncConnection, mails: Collection[Mail], since: datetime
) -> Mapping[Mail, set[str]]:
    """The provider's ids under which those of the mails are recorded that came since that moment."""
    named = Message.body["email"]["message_id"].as_string()
    statement = select(Message.contact_id, Message.provider_message_id, named.label("mail")).where(
        Message.contact_id.in_(sorted({contact_id for contact_id, _ in mails})),
        Message.created_at >= since,
        Message.direction == literal_column("'inbound'"),
        or_(*(named == message_id for message_id in sorted({message_id for _, message_id in mails}))),
    )
    found: dict[Mail, set[str]] = {}
    for row in await connection.execute(statement):
        found.setdefault((row.contact_id, row.mail), set()).add(row.provider_message_id or "")
    return found


async def last_bodies(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """Each contact with the body of the last message that was written to them."""
    parameters = {"ids": sorted(contact_ids)}
    return (await connection.execute(last_bodies_statement(connection.dialect.name), parameters)).all()


async def last_body_of(connection: AsyncConnection, contact_ids: Iterable[str]) -> Any:
    """The body of the last message that was written to any of those, who are one person; None for none."""
    statement = (
        select(Message.body)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.direction == Direction.OUTBOUND)
        .order_by(Message.created_at.desc(), Message.seq.desc())
        .limit(1)
    )
    return await connection.scalar(statement)


@cache
def last_bodies_statement(dialect: str) -> Select[*tuple[Any, ...]]:
    """The statement of `last_bodies`: for each contact one look into the index over their messages."""
    body = (
        select(Message.body)
        .where(Message.contact_id == Contact.id, Message.direction == Direction.OUTBOUND)
        .order_by(Message.seq.desc())
        .limit(literal_column("1", Integer))
        .scalar_subquery()
    )
    return select(Contact.id.label("contact_id"), body.label("body")).where(among(dialect, Contact.id, "ids"))
