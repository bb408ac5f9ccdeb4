"""What somebody wants to see of the conversations that people have or had."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Self

from bot.inbox.kinds import ConversationStatus


class ConversationList(StrEnum):
    """Which conversations; but for the last three the open ones."""

    MINE = "mine"
    UNASSIGNED = "unassigned"
    ALL = "all"
    WAITING = "waiting"
    """Those whose contact waits for an answer."""
    MENTIONED = "mentioned"
    """Those beside which somebody mentioned whoever asks, however they stand; the bot's, too."""
    SNOOZED = "snoozed"
    RESOLVED = "resolved"

    __hash__ = str.__hash__


class Sort(StrEnum):
    """What stands first."""

    NEWEST = "newest"
    """What was said last."""
    WAITING = "waiting"
    """Who waits longest; behind all who wait, the others by what was said last."""


@dataclass(frozen=True, slots=True)
class ConversationFilter:
    """What somebody wants to see; empty for all of the list.

    Attributes:
        list: which one.
        channels: where the contact last wrote while a person had it.
        labels: ids of labels, one of which it has.
        assignees: ids of users, one of whom has it.
        statuses: other ones than the list's own; not of the lists that are named by one.
        sort: what stands first; mentions stand as they were written, whatever this says.
    """

    list: ConversationList = ConversationList.ALL
    channels: Sequence[str] = ()
    labels: Sequence[str] = ()
    assignees: Sequence[str] = ()
    statuses: Sequence[ConversationStatus] = ()
    sort: Sort = Sort.NEWEST

    @property
    def standing(self) -> Sequence[ConversationStatus]:
        """How what is wanted stands; none for any way."""
        own = _STANDING.get(self.list)
        return own or self.statuses or (() if self.list is ConversationList.MENTIONED else (ConversationStatus.OPEN,))

    @property
    def by_waiting(self) -> bool:
        """Whether who waits longest stands first: whom the bot has again waits for nobody."""
        return (
            self.sort is Sort.WAITING
            and self.list is not ConversationList.MENTIONED
            and tuple(self.standing) != (ConversationStatus.RESOLVED,)
        )


_STANDING = {
    ConversationList.SNOOZED: (ConversationStatus.SNOOZED,),
    ConversationList.RESOLVED: (ConversationStatus.RESOLVED,),
}


class Place(NamedTuple):
    """Where a conversation stands in a list.

    Attributes:
        waits: among those who wait, who come first; False in lists that are not sorted by that.
        at: since when they wait, or when it was last said something.
        contact_id: whose.
    """

    waits: bool
    at: datetime
    contact_id: str

    @property
    def values(self) -> tuple[int, str, str]:
        """The same as a cursor holds it."""
        return int(self.waits), self.at.isoformat(), self.contact_id

    @classmethod
    def read(cls, values: Sequence[str | int | None]) -> Self:
        """What `values` gave; raises ValueError for what it never did."""
        if len(values) != len(cls._fields):
            raise ValueError("no place of a list")
        waits, at, contact_id = values
        return cls(bool(waits), datetime.fromisoformat(str(at)), str(contact_id))
