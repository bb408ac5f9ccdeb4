"""Whom an export is of."""

from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from bot.core.addresses import Channel


class Agreement(StrEnum):
    """What people of an export said."""

    AGREED = "agreed"
    """To marketing, on one channel at least."""
    REFUSED = "refused"
    """All messages, on one channel at least."""


class Wanted(NamedTuple):
    """Which people; what is empty or None asks for nothing.

    Attributes:
        tags: they have one of these.
        channels: they can be reached on one of these.
        consent: what they said.
        locale: their language; `pt` means `pt-BR`, too.
        seen_since: they wrote then or later.
        seen_before: they wrote last before.
    """

    tags: tuple[str, ...] = ()
    channels: tuple[Channel, ...] = ()
    consent: Agreement | None = None
    locale: str = ""
    seen_since: datetime | None = None
    seen_before: datetime | None = None
