"""The posts kept raw, as `webhooks list`, `show` and `replay` show them, and which are wanted."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any


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


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which of them.

    Attributes:
        ids: these; empty for any.
        provider: of this provider, or of any.
        kind: for this reason, or for any.
        since: not older than that, or of any age.
    """

    ids: Sequence[str] = ()
    provider: str | None = None
    kind: str | None = None
    since: datetime | None = None
