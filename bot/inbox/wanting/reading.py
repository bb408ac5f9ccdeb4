"""What wants somebody of ours: how many conversations, and when the newest of it came."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.inbox.listing.families import unread_of_merged
from bot.inbox.own.presence import GONE_AFTER
from bot.inbox.wanting import queries
from bot.inbox.wanting.queries import MOST_WANTED


@dataclass(frozen=True, slots=True)
class Wanting:
    """What wants somebody.

    Attributes:
        count: their open conversations with messages that they have not seen, and those that wait and nobody has;
            `MOST_WANTED` for that many or more.
        newest: when the newest thing came that is news to them: a message in one of theirs, one that somebody else gave
            them, a mention, one more that waits; None for nothing. Where they write just now, they see what comes.
    """

    count: int
    newest: datetime | None


async def wanting(connection: AsyncConnection, user_id: str, now: datetime) -> Wanting:
    """What wants `user_id`, as lists count it; one statement, and four where contacts of theirs were merged."""
    row = await queries.wanting(connection, user_id, GONE_AFTER, now)
    count = row.unread + row.free
    if row.has_merged and count < MOST_WANTED:
        people = await queries.merged_without_own(connection, user_id)
        kin = await contacts.merged(connection, [each.id for each in people])
        count += len(await unread_of_merged(connection, people, kin, user_id)) if kin else 0
    moments = (row.said_at, row.given_at, row.mentioned_at, row.waits_since)
    return Wanting(min(count, MOST_WANTED), max((each for each in moments if each is not None), default=None))
