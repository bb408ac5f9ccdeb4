"""The posts kept raw, as `webhooks list`, `show` and `replay` show them, and which are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class PostState(StrEnum):
    """What became of a post that was kept raw."""

    WAITING = "waiting"
    """For an upgrade, an account or a person's word."""
    READ = "read"
    """It was read again, and all of it was understood."""
    DISMISSED = "dismissed"
    """Somebody left it as it is."""


@dataclass(frozen=True, slots=True)
class KeptView:
    """One post kept raw; its attributes are the columns of `webhook_events`."""

    id: str
    provider: str
    kind: str
    account: str | None
    detail: dict[str, Any] | None
    size: int | None
    cut: str
    digest: str | None
    received_at: datetime
    replayed_at: datetime | None
    dismissed_at: datetime | None

    @property
    def state(self) -> PostState:
        """What became of it."""
        if self.replayed_at is not None:
            return PostState.READ
        return PostState.WAITING if self.dismissed_at is None else PostState.DISMISSED


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them.

    Attributes:
        ids: these; empty for any.
        providers: of one of these, or of any.
        kinds: for one of these reasons, or for any.
        states: of which one of these became, or any.
        since: not older than that, or of any age.
    """

    ids: Sequence[str] = ()
    providers: Sequence[str] = ()
    kinds: Sequence[str] = ()
    states: Sequence[PostState] = ()
    since: datetime | None = None
