"""The statements over contacts among whose conversations somebody looks for words."""

from datetime import datetime

from sqlalchemy import Select, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, Responder
from bot.inbox.finding.wanted import FindFilter
from bot.inbox.kinds import ConversationStatus
from bot.inbox.listing.queries import ids_of
from bot.inbox.listing.wanted import ConversationFilter
from bot.inbox.models import InboxConversation, InboxConversationLabel
from bot.messages.models import Message


def within(wanted: FindFilter, user_id: str) -> list[Select[str]]:
    """Statements that each give the ids of contacts; what is looked for is in all of them."""
    own, pair, found = InboxConversation, InboxConversationLabel, list[Select[str]]()
    if wanted.bots:
        found.append(select(Contact.id).where(Contact.responder == Responder.BOT.value))
    elif wanted.list is not None:
        found.append(ids_of(ConversationFilter(wanted.list), user_id))
    if wanted.labels:
        found.append(select(pair.contact_id).where(pair.label_id.in_(wanted.labels)))
    if wanted.assignees:
        has = own.assignee_id.in_(wanted.assignees)
        found.append(select(own.contact_id).where(has, own.status != ConversationStatus.RESOLVED.value))
    return found


async def seq_by(connection: AsyncConnection, contact_id: str, at: datetime) -> int | None:
    """The number of the last message of a contact that was written by then; None for none."""
    statement = (
        select(Message.seq)
        .where(Message.contact_id == contact_id, Message.created_at <= at)
        .order_by(Message.created_at.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).scalar_one_or_none()
