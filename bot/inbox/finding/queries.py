"""The statements over contacts among whose conversations somebody looks for words."""

from collections.abc import Sequence
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


async def message_by(connection: AsyncConnection, contact_ids: Sequence[str], at: datetime) -> str | None:
    """The id of the last message of these contacts that was written by then; None for none."""
    statement = (
        select(Message.id)
        .where(Message.contact_id.in_(contact_ids), Message.created_at <= at)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
    )
    return (await connection.execute(statement)).scalar_one_or_none()
