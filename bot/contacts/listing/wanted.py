"""What somebody wants to see of all contacts."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum


class Agreement(StrEnum):
    """What some address of a contact said about messages."""

    OPTED_OUT = "opted_out"
    """It wants none."""
    PROMOTIONS = "promotions"
    """It agreed to marketing."""
    NO_PROMOTIONS = "no_promotions"
    """It wants no marketing."""


@dataclass(frozen=True, slots=True)
class ContactFilter:
    """What somebody wants to see; empty for all of it.

    Attributes:
        channels: on which they can be reached.
        tags: one of which they have.
        locales: their language.
        responders: who answers them.
        agreements: what they said about messages.
        waiting: only those who wait for a person.
    """

    channels: Sequence[str] = ()
    tags: Sequence[str] = ()
    locales: Sequence[str] = ()
    responders: Sequence[str] = ()
    agreements: Sequence[str] = ()
    waiting: bool = False

    @property
    def picks(self) -> bool:
        """Whether some contacts are left out."""
        return any((self.channels, self.tags, self.locales, self.responders, self.agreements, self.waiting))
