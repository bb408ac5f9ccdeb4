"""What somebody wants to see of the conversations that the bot has."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class PendingFilter:
    """What somebody wants to see; empty for all.

    Attributes:
        channels: where the contact last wrote.
        labels: ids of labels, one of which it has.
    """

    channels: Sequence[str] = ()
    labels: Sequence[str] = ()
