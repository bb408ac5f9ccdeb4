"""What became of two conversations when their contacts turned out to be one person, as it is written down."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

PART = "inbox"
"""Under which it stands beside what else moved."""


@dataclass(frozen=True, slots=True)
class LeftConversation:
    """A conversation as it stood; the attributes are those of `ConversationRow`."""

    contact_id: str
    status: str
    channel: str | None
    last_at: datetime
    opened_at: datetime
    opened_seq: int
    snoozed_until: datetime | None
    resolved_at: datetime | None
    resolved_by: str | None
    reopened: int
    created_at: datetime
    updated_at: datetime


@dataclass(frozen=True, slots=True)
class LeftAssignment:
    """Who had a conversation; the attributes are those of `AssignmentRow`."""

    contact_id: str
    user_id: str
    assigned_by: str | None
    created_at: datetime


@dataclass(frozen=True, slots=True)
class Side:
    """A conversation with who had it.

    Attributes:
        conversation: how it stood; None where no person ever had it.
        assignment: who had it, or had had it; None for nobody.
    """

    conversation: LeftConversation | None = None
    assignment: LeftAssignment | None = None


NEVER = Side()
"""What no person ever had."""


@dataclass(frozen=True, slots=True)
class InboxMove:
    """What became of the conversations of two who were merged.

    Attributes:
        merged: what left the inbox with who was merged.
        before: what who was kept had.
        after: what they had then.
        labels: the ids of labels that only the merged one's had.
        period_id: of the period that was under way, which ended or is of who was kept from then on; empty for none.
    """

    merged: Side = NEVER
    before: Side = NEVER
    after: Side = NEVER
    labels: Sequence[str] = ()
    period_id: str = ""
