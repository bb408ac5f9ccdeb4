"""The rows of flow instances, as turns and takeovers leave them."""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.rows import InstanceRow
from bot.conversations.state import ConversationState
from bot.engine.conversation import Instance
from bot.engine.state import encode_state
from bot.flows.placeholder import NO_FLOW, provide_no_flow


async def instance_rows(
    connection: AsyncConnection, states: Iterable[ConversationState], now: datetime
) -> list[InstanceRow]:
    """The rows of all that changed; the flow that stands for none is there then, should one name it.

    Those that end come first, since a contact has one open instance.
    """
    rows = [_row(instance, state.contact.id, now) for state in states for instance in state.instances.values()]
    rows.sort(key=lambda row: row["ended_at"] is None)
    if any(row["flow_id"] == NO_FLOW for row in rows):
        await provide_no_flow(connection, now)
    return rows


def _row(instance: Instance, contact_id: str, now: datetime) -> InstanceRow:
    return {
        "id": instance.id,
        "contact_id": contact_id,
        "flow_id": instance.flow_id,
        "current_step_key": instance.step_key,
        "state_json": encode_state(instance.state),
        "asked": instance.asked,
        "trigger_id": instance.trigger_id or None,
        "last_interaction_at": instance.last_interaction_at,
        "paused": instance.paused,
        "paused_until": instance.paused_until,
        "ended_at": None if instance.end_reason is None else now,
        "end_reason": instance.end_reason,
        "created_at": now,
        "updated_at": now,
    }
