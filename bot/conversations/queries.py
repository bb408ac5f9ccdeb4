"""What a batch of turns reads and writes beside contacts and messages."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Executable, Row, and_, bindparam, func, join, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations.models import FlowInstance
from bot.conversations.notes import TurnNote
from bot.conversations.runner import parked
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.messages.models import Direction, Message

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

    Columns: `contact_id`; `is_blocked`: a message's turn is still to come; those of the open flow instance, all NULL
    where there is none; those of a consent, prefixed, of any of the contact's addresses; `recent_trigger_id` and
    `recent_at`: a trigger's latest message since `since`, failed ones not counted. A contact with several consents
    and recent triggers has a row for each pair of them.
    """
    parameters = {"ids": sorted(contact_ids), "since": since}
    return (await connection.execute(_situations(connection.dialect.name), parameters)).all()


@cache
def _situations(dialect: str) -> Executable:
    waiting = select(Message.id).where(Message.contact_id == Contact.id, Message.turn_state == _PENDING).exists()
    recent = (
        select(Message.contact_id, Message.trigger_id, func.max(Message.created_at).label("at"))
        .where(
            among(dialect, Message.contact_id, "ids"),
            Message.trigger_id.is_not(None),
            Message.direction == Direction.OUTBOUND,
            Message.created_at >= bindparam("since"),
            Message.status != "failed",
        )
        .group_by(Message.contact_id, Message.trigger_id)
        .subquery("recent")
    )
    # Each table is asked for those contacts, though the join says so: a plan made while the tables were empty may join
    # the other way round, and then goes through all that have come since.
    consents = join(ContactAddress, Consent, Consent.address_id == ContactAddress.id)
    has_consents = and_(ContactAddress.contact_id == Contact.id, among(dialect, ContactAddress.contact_id, "ids"))
    is_open = and_(
        FlowInstance.contact_id == Contact.id,
        among(dialect, FlowInstance.contact_id, "ids"),
        FlowInstance.ended_at.is_(None),
    )
    return (
        select(
            Contact.id.label("contact_id"),
            waiting.label("is_blocked"),
            FlowInstance.id.label("instance_id"),
            FlowInstance.flow_id,
            FlowInstance.current_step_key,
            FlowInstance.state_json,
            FlowInstance.asked,
            FlowInstance.last_interaction_at,
            FlowInstance.trigger_id,
            FlowInstance.paused,
            FlowInstance.paused_until,
            Consent.address_id.label("consent_address_id"),
            Consent.channel.label("consent_channel"),
            Consent.opted_in.label("consent_opted_in"),
            Consent.reason.label("consent_reason"),
            Consent.changed_at.label("consent_changed_at"),
            Consent.reminded_at.label("consent_reminded_at"),
            recent.c.trigger_id.label("recent_trigger_id"),
            recent.c.at.label("recent_at"),
        )
        .select_from(Contact)
        .outerjoin(FlowInstance, is_open)
        .outerjoin(consents, has_consents)
        .outerjoin(recent, recent.c.contact_id == Contact.id)
        .where(among(dialect, Contact.id, "ids"))
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


async def pending_messages(connection: AsyncConnection, contact_ids: Iterable[str], limit: int) -> list[dict[str, Any]]:
    """The pending messages of those contacts, whole rows, in order."""
    statement = (
        select(Message.__table__)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.turn_state == _PENDING)
        .order_by(Message.contact_id, Message.seq)
        .limit(limit)
    )
    return [dict(row._mapping) for row in await connection.execute(statement)]  # noqa: SLF001 - a Row's public mapping


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
