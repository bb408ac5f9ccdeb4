"""Where a contact stands in a flow, and giving a handed-over conversation back to the bot."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations import queries
from bot.conversations.models import FlowInstance
from bot.conversations.telling import tell_handed_back
from bot.engine.conversation import EndReason
from bot.flows.models import Bundle, Flow
from bot.flows.placeholder import NO_FLOW


@dataclass(frozen=True, slots=True)
class FlowPosition:
    """A contact's open instance as it is shown.

    Attributes:
        flow: `bundle/flow`; empty where a person took over while none was running.
        version: of the bundle.
        step: where it rests.
        state: the answers collected so far.
        paused: handed over to a person; the bot is silent.
        paused_until: when that ends by itself, or None.
        last_interaction_at: when the person last moved it.
    """

    flow: str
    version: int
    step: str
    state: dict[str, Any]
    paused: bool
    paused_until: datetime | None
    last_interaction_at: datetime


async def flow_position(connection: AsyncConnection, contact_id: str) -> FlowPosition | None:
    """The open instance of a contact, or None."""
    statement = (
        select(FlowInstance.__table__, Flow.name, Bundle.name.label("bundle"), Bundle.version)
        .join(Flow, Flow.id == FlowInstance.flow_id)
        .join(Bundle, Bundle.id == Flow.bundle_id)
        .where(FlowInstance.contact_id == contact_id, FlowInstance.ended_at.is_(None))
    )
    row = (await connection.execute(statement)).one_or_none()
    if row is None:
        return None
    return FlowPosition(
        flow="" if row.flow_id == NO_FLOW else f"{row.bundle}/{row.name}",
        version=row.version,
        step=row.current_step_key,
        state=row.state_json,
        paused=row.paused,
        paused_until=row.paused_until,
        last_interaction_at=row.last_interaction_at,
    )


async def resume(connection: AsyncConnection, contact_id: str, now: datetime) -> bool:
    """End a contact's hand-off, so that the bot answers again; returns whether there was one."""
    return await _end(connection, contact_id, EndReason.RESUMED, now, FlowInstance.paused.is_(True))


async def restart(connection: AsyncConnection, contact_id: str, now: datetime) -> bool:
    """End whatever flow or hand-off a contact is in, so that the next message begins anew; returns whether one was."""
    return await _end(connection, contact_id, EndReason.RESTARTED, now)


async def _end(
    connection: AsyncConnection, contact_id: str, reason: EndReason, now: datetime, *which: ColumnElement[bool]
) -> bool:
    # Under the contact's lock, so that no turn is reading the instance that ends here.
    await contacts.lock(connection, [contact_id])
    before = await queries.open_instance(connection, contact_id, now)
    statement = (
        update(FlowInstance)
        .where(FlowInstance.contact_id == contact_id, FlowInstance.ended_at.is_(None), *which)
        .values(ended_at=now, end_reason=reason, paused=False, updated_at=now)
    )
    ended = (await connection.execute(statement)).rowcount > 0
    if ended and before is not None and before.paused:
        await tell_handed_back(connection, [contact_id], reason, now)
    return ended
