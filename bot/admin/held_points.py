"""What a contact has in each programme, as it stands beside other things about them."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.permissions import Permission
from bot.core.text import one_line
from bot.loyalty.service import Standing, programmes, standing
from bot.web.access import signed_in


@dataclass(frozen=True, slots=True)
class HeldPoints:
    """What somebody has in a programme.

    Attributes:
        name: the programme's.
        path: of the page with their statement.
        standing: what they have.
    """

    name: str
    path: str
    standing: Standing


async def held_points(
    request: web.Request, connection: AsyncConnection, contact_id: str, now: datetime
) -> Sequence[HeldPoints]:
    """What a contact has in the active programmes, by their names; nothing for who may not see points."""
    if Permission.POINTS_READ not in signed_in(request).permissions:
        return []
    return [
        HeldPoints(
            one_line(each.name),
            f"/points/{each.id}/people/{contact_id}",
            await standing(connection, each, contact_id, now),
        )
        for each in await programmes(connection)
        if each.asked.is_active
    ]
