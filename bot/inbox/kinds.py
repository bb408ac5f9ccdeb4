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


class OpenedBy(StrEnum):
    """What made a conversation a person's."""

    HANDOFF = "handoff"
    """The bot handed it off."""
    TAKEOVER = "takeover"
    """Somebody of ours took it, or wrote."""
    REOPENED = "reopened"
    """It was resolved, and the contact wrote soon after, or somebody of ours opened it again."""
    MERGE = "merge"
    """Its contact turned out to be somebody else, too."""
    UNKNOWN = "unknown"
    """It was there before periods were written down."""


class EndedAs(StrEnum):
    """Why the bot has a conversation again."""

    RESOLVED = "resolved"
    """Somebody of ours, or a program, said that it is done."""
    QUIET = "quiet"
    """Nobody had said anything in it for long."""
    LAPSED = "lapsed"
    """Nobody had taken up what the bot handed off, until that was over."""
    MERGED = "merged"
    """It goes on as that of the contact who was kept."""


class By(StrEnum):
    """What the figures of a report are told apart by."""

    DAY = "day"
    WEEK = "week"
    HOUR = "hour"
    """Of the day."""
    WEEKDAY = "weekday"
    CHANNEL = "channel"
    AGENT = "agent"

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
