"""Where somebody looks for words."""

from collections.abc import Sequence
from dataclasses import dataclass

from bot.inbox.listing.wanted import ConversationList


@dataclass(frozen=True, slots=True)
class FindFilter:
    """Where to look; empty for everywhere, the bot's conversations too.

    Attributes:
        list: among which conversations; None for all.
        bots: among those alone that the bot has.
        channels: on which it was said, or they are reached. A note is on none.
        labels: ids of labels, one of which the conversation has.
        assignees: ids of users, one of whom has it.
    """

    list: ConversationList | None = None
    bots: bool = False
    channels: Sequence[str] = ()
    labels: Sequence[str] = ()
    assignees: Sequence[str] = ()
