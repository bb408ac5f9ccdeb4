"""Where a contact stands in a flow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.models import FlowInstance
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
