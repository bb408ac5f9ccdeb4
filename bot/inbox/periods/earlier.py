"""Conversations that people had with somebody before."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.inbox.kinds import EndedAs
from bot.inbox.periods import queries
from bot.users.service import names_of


@dataclass(frozen=True, slots=True)
class EarlierConversation:
    """A stretch of time in which people had a conversation.

    Attributes:
        opened_at: when it became a person's.
        ended_at: when the bot had it again.
        ended_as: why.
        assignee: how they are called who had it at its end; empty for nobody.
        message_id: the last message of it; empty for none.
    """

    opened_at: datetime
    ended_at: datetime
    ended_as: EndedAs
    assignee: str
    message_id: str


async def earlier_conversations(
    connection: AsyncConnection, family: Sequence[str], limit: int
) -> list[EarlierConversation]:
    """Those with a contact, and with those who were merged into them, that are over; the newest first."""
    rows = await queries.ended(connection, family, limit)
    names = await names_of(connection, {row.user_id for row in rows if row.user_id})
    return [
        EarlierConversation(
            opened_at=row.opened_at,
            ended_at=row.ended_at,
            ended_as=EndedAs(row.ended_as),
            assignee=names.get(row.user_id or "", ""),
            message_id=row.message_id or "",
        )
        for row in rows
    ]
