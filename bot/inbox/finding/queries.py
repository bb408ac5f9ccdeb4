"""The statements over contacts among whose conversations somebody looks for words."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import exists, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import Contact, Responder
from bot.inbox.finding.wanted import FindFilter
from bot.inbox.kinds import ConversationStatus
from bot.inbox.listing.queries import among_wanted
from bot.inbox.listing.wanted import ConversationFilter
from bot.inbox.models import InboxConversation, InboxConversationLabel
from bot.messages.models import Message
from bot.search.service import Among


def within(wanted: FindFilter, user_id: str) -> list[Among]:
    """Each says of a contact's id whether that one's conversation is wanted; what is looked for is in all of them."""
    own, pair, found = InboxConversation, InboxConversationLabel, list[Among]()
    if wanted.bots:
        bots = aliased(Contact)
        found.append(lambda id_: exists().where(bots.id == id_, bots.responder == Responder.BOT.value))
    elif wanted.list is not None:
        found.append(among_wanted(ConversationFilter(wanted.list), user_id))
    if wanted.labels:
        found.append(lambda id_: exists().where(pair.contact_id == id_, pair.label_id.in_(wanted.labels)))
    if wanted.assignees:
        has = (own.assignee_id.in_(wanted.assignees), own.status != ConversationStatus.RESOLVED.value)
        found.append(lambda id_: exists().where(own.contact_id == id_, *has))
    return found


async def last_by(
    connection: AsyncConnection, asked: Sequence[tuple[Collection[str], datetime]]
) -> Sequence[str | None]:
    """The last message that was written by a moment, of each of the families that are asked for; None for none."""
    if not asked:
        return ()
    each = (
        select(Message.id)
        .where(Message.contact_id.in_(sorted(contact_ids)), Message.created_at <= at)
        .order_by(Message.created_at.desc(), Message.id.desc())
        .limit(1)
        .scalar_subquery()
        for contact_ids, at in asked
    )
    return tuple((await connection.execute(select(*each))).one())
