"""Messages as they are written and shown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from bot.core.purposes import Lane, Purpose


class MessageRow(TypedDict, total=False):
    """A row of `messages` by column name, as far as it is known; see `bot.messages.models.Message`."""

    id: str
    contact_id: str
    account: str
    channel: str
    address_id: str
    address: str
    address_kind: str
    direction: str
    status: str
    turn_state: str | None
    seq: int
    kind: str
    content: str
    body: dict[str, Any] | None
    provider_message_id: str | None
    reply_to_id: str | None
    thread_id: str | None
    trigger_id: str | None
    flow_instance_id: str | None
    template_id: str | None
    sent_at: datetime | None
    trace: list[Any] | None
    next_attempt_at: datetime | None
    expires_at: datetime | None
    despite_opt_out: bool
    scheduled_at: datetime | None
    origin: str | None
    purpose: str
    lane: str
    epoch: int | None
    error: str | None
    error_reason: str | None
    created_at: datetime
    updated_at: datetime


ECHO = "echo"
"""In the body of an outbound message: a person of ours wrote it in the provider's own app."""
PART = "part"
"""In the body of an outbound message: which part of a whole it is, from 0, and of how many; their `seq` follow."""
UNLESS_HEARD = "unless_heard"
"""In the body of an outbound message: it is not sent if the contact has written after that number of their order."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it is shown; the attributes are the columns of the same name."""

    id: str
    contact_id: str
    account: str
    channel: str
    address: str
    direction: str
    status: str
    turn_state: str | None
    seq: int
    kind: str
    content: str
    body: dict[str, Any]
    provider_message_id: str | None
    reply_to_id: str | None
    trace: list[Any]
    error: str | None
    error_reason: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None
    origin: str | None = None
    purpose: str = Purpose.SERVICE
    lane: str = Lane.REPLY
    scheduled_at: datetime | None = None

    @property
    def said_at(self) -> datetime:
        """When it was said, as far as is known."""
        return self.sent_at or self.created_at


WRITTEN = (
    *("id", "contact_id", "account", "channel", "address_id", "address", "address_kind", "direction", "status"),
    *("turn_state", "seq", "kind", "content", "body", "provider_message_id", "reply_to_id", "thread_id", "sent_at"),
    *("trigger_id", "flow_instance_id", "template_id", "trace", "expires_at", "despite_opt_out"),
    *("epoch", "error", "error_reason", "created_at", "updated_at"),
)
"""The columns that are written of every new message."""
_BLANK = cast("MessageRow", {**dict.fromkeys(WRITTEN), "kind": "text", "despite_opt_out": False})


def row(now: datetime, **values: Unpack[MessageRow]) -> MessageRow:
    """A new message written at `now`; what `values` leave out is empty."""
    return {**_BLANK, "created_at": now, "updated_at": now, **values}
