"""How conversations, notes, drafts and people's presence stand, as they are kept."""

from enum import StrEnum


class ConversationStatus(StrEnum):
    """How a conversation stands that a person has or had; one that never was a person's has none."""

    OPEN = "open"
    """A person is to answer, or does."""
    SNOOZED = "snoozed"
    """It is a person's, who wants to see it again later, or when the contact writes."""
    RESOLVED = "resolved"
    """The bot has it again."""

    __hash__ = str.__hash__


class NoteType(StrEnum):
    """Who sees a note."""

    PUBLIC = "PUBLIC"
    """The team."""
    PRIVATE = "PRIVATE"
    """Its author alone."""


class DraftMode(StrEnum):
    """What is being written."""

    REPLY = "reply"
    NOTE = "note"


class PresenceStatus(StrEnum):
    """What somebody does in a conversation."""

    VIEWING = "viewing"
    REPLYING = "replying"


COLOURS = ("gray", "red", "orange", "yellow", "green", "teal", "blue", "purple", "pink")
"""What a label may look like; pages say how that is in either theme."""
