"""Conversations that the bot has, with all that a list shows of each."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.listing.listed import ListedConversation, conversations
from bot.inbox.pending import queries
from bot.inbox.pending.queries import PendingPlace
from bot.inbox.pending.wanted import PendingFilter


class PendingPage(NamedTuple):
    """Some of the conversations that the bot has.

    Attributes:
        placed: each with where it stands, who wrote last first.
        further: behind which place others may stand, where the look ended before there were enough; else None.
    """

    placed: Sequence[tuple[PendingPlace, ListedConversation]]
    further: PendingPlace | None


async def list_pending(
    connection: AsyncConnection,
    wanted: PendingFilter,
    user_id: str,
    now: datetime,
    limit: int,
    after: PendingPlace | None = None,
) -> PendingPage:
    """The conversations that the bot has and no person, up to `limit`, behind `after`; None begins with who wrote last.

    Nobody is among them who never wrote, nor who was merged into somebody.

    Args:
        connection: any.
        wanted: which ones.
        user_id: who asks.
        now: the moment.
        limit: how many at most.
        after: where the one before stands.
    """
    found, further = await queries.pending(connection, wanted, limit, after)
    listed = await conversations(connection, [each.contact_id for each in found], user_id, now)
    placed = [(each.place, listed[each.contact_id]) for each in found if each.contact_id in listed]
    return PendingPage(placed, further)
