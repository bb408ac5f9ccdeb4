"""Somebody who is signed in, where how they did so is beside the point."""

from dataclasses import dataclass

from aiohttp import web

from bot.core.permissions import Permission
from bot.web.access import Identity

ANA = Identity(
    user_id="ana",
    name="Ana",
    email="ana@example.com",
    role="ADMIN",
    locale="en",
    timezone="UTC",
    theme=None,
    permissions=frozenset(Permission),
    csrf="csrf",
    session_id="session",
)
"""She may do everything."""


@dataclass(slots=True)
class Door:
    """Says who is asking; `app[IDENTIFY] = door.identify`.

    Attributes:
        who: they, for now; None for a stranger.
    """

    who: Identity | None = ANA

    async def identify(self, _request: web.Request) -> Identity | None:
        """Whoever asks is `who`."""
        return self.who
