"""What happens in the inbox, as the systems above it are told; see `bot.core.events`, among which they are."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationOpened:
    """A conversation is in the inbox from now on, since a person is to answer; that a snoozed one is back is not told.

    Attributes:
        contact_id: whose.
        user_id: somebody who is logged in and opened it; empty for nobody.
        at: when.
    """

    contact_id: str
    user_id: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationAssigned:
    """Somebody else of ours has a conversation than before, or nobody any more.

    Attributes:
        contact_id: whose.
        user_id: who has it; empty for nobody.
        instead_of: who had it; empty for nobody.
        by: somebody who is logged in and said so; empty for nobody.
        at: when.
    """

    contact_id: str
    user_id: str
    instead_of: str
    by: str
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ConversationResolved:
    """A conversation that people had is the bot's again.

    Attributes:
        contact_id: whose.
        user_id: somebody who is logged in and resolved it; empty for nobody.
        at: when.
    """

    contact_id: str
    user_id: str
    at: datetime


class NoteChange(StrEnum):
    """What became of a note."""

    WRITTEN = "written"
    CHANGED = "changed"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class NoteChanged:
    """A note of the team's was written, written anew or deleted; of private ones nobody hears.

    Attributes:
        note_id: the note, which is not there any more once it is deleted.
        contact_id: beside whose conversation it stands.
        change: what became of it.
        user_id: its author.
        at: when.
        named: whom it names by now and did not before.
    """

    note_id: str
    contact_id: str
    change: NoteChange
    user_id: str
    at: datetime
    named: tuple[str, ...] = ()
