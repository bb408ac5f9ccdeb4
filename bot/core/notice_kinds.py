"""What people of ours may want to be told outside of the pages."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """What happened in the inbox that somebody may want to hear of."""

    ASSIGNED = "assigned"
    """Somebody else gave them a conversation."""
    MENTIONED = "mentioned"
    """A note of the team's names them."""
    REPLIED = "replied"
    """A contact wrote in a conversation that they have."""
    WAITING = "waiting"
    """The bot handed a conversation off, and nobody has it."""

    __hash__ = str.__hash__


USUAL_NOTICES = frozenset({NoticeKind.ASSIGNED, NoticeKind.MENTIONED, NoticeKind.REPLIED})
"""What somebody is told who chose nothing."""
