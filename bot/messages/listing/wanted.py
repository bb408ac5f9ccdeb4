"""What somebody wants to see of all messages, and how far a message has come in one word."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from bot.messages.models import Direction, TurnState
from bot.messages.records import MessageView


class MessageState(StrEnum):
    """How far a message has come, whoever wrote it."""

    RECEIVED = "received"
    """Inbound, and its turn is done."""
    PENDING = "pending"
    PARKED = "parked"
    QUEUED = "queued"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"

    # Enum's own, of the name, is Python's and slow, and another one than that of the equal text.
    __hash__ = str.__hash__


TURNS = {
    MessageState.RECEIVED: TurnState.DONE,
    MessageState.PENDING: TurnState.PENDING,
    MessageState.PARKED: TurnState.PARKED,
}
"""The states of inbound messages."""
_BY_TURN = {turn: state for state, turn in TURNS.items()}


@dataclass(frozen=True, slots=True)
class MessageFilter:
    """What somebody wants to see; empty for all of it.

    Attributes:
        channels: on which it was said.
        directions: who wrote it.
        states: how far it has come.
        accounts: our side.
        lanes: in which it leaves; what people write has none.
        since: not before.
        until: before.
    """

    channels: Sequence[str] = ()
    directions: Sequence[str] = ()
    states: Sequence[str] = ()
    accounts: Sequence[str] = ()
    lanes: Sequence[str] = ()
    since: datetime | None = None
    until: datetime | None = None

    @property
    def picks(self) -> bool:
        """Whether some messages within its time are left out."""
        return any((self.channels, self.directions, self.states, self.accounts, self.lanes))


def state_of(message: MessageView) -> MessageState:
    """How far a message has come."""
    if message.direction == Direction.OUTBOUND:
        return MessageState(message.status)
    return _BY_TURN[TurnState(message.turn_state or TurnState.DONE)]
