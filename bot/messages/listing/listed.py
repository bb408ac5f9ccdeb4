"""All messages as a list, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.messages.listing import queries
from bot.messages.listing.queries import Place
from bot.messages.listing.wanted import MessageFilter
from bot.messages.queries import messages_of
from bot.messages.records import MessageView


@dataclass(frozen=True, slots=True)
class Listed:
    """Some messages of the list.

    Attributes:
        messages: the newest first.
        further: behind which place others may fit, where the look ended before there were enough; else None.
    """

    messages: Sequence[MessageView]
    further: Place | None


async def listed(connection: AsyncConnection, wanted: MessageFilter, limit: int, after: Place | None = None) -> Listed:
    """The newest messages that fit, up to `limit`, behind the place `after`; None begins with the newest.

    However rarely one fits, no more than a bounded stretch of all messages is looked at.
    """
    found = await queries.stretch(connection, wanted, limit, after)
    return Listed(await messages_of(connection, [each.id for each in found.places]), found.further)
