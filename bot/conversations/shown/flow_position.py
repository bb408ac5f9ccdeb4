"""Where a contact stands in a flow."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.shown import queries
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
    row = await queries.open_instance(connection, contact_id)
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
