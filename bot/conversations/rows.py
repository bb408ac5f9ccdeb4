"""What is written of flow instances, by column; see `bot.conversations.models`."""

from datetime import datetime
from typing import Any, TypedDict


class InstanceRow(TypedDict):
    """An instance, new or moved on."""

    id: str
    contact_id: str
    flow_id: str
    current_step_key: str
    state_json: dict[str, Any]
    asked: int
    trigger_id: str | None
    last_interaction_at: datetime
    paused: bool
    paused_until: datetime | None
    ended_at: datetime | None
    end_reason: str | None
    created_at: datetime
    updated_at: datetime
