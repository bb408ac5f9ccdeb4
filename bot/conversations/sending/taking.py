"""Whoever writes to a contact by hand has the conversation: the bot is silent as long as after a hand-off."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.queries import open_instances
from bot.conversations.responding import take_over
from bot.conversations.takeover import handoff_of
from bot.core.events import TakenBy
from bot.flows.placeholder import NO_FLOW
from bot.flows.service import Catalogue


async def take_over_by_words(
    connection: AsyncConnection, catalogue: Catalogue, contact_id: str, user_id: str, now: datetime
) -> None:
    """Let people have a conversation since one of them wrote; `user_id` is empty for nobody who is logged in."""
    instance = (await open_instances(connection, [contact_id], now)).get(contact_id)
    definitions = await catalogue.with_flows(connection, {instance.flow_id} - {NO_FLOW} if instance else set())
    until = {contact_id: now + handoff_of(instance, definitions)}
    await take_over(connection, until, now, by=TakenBy.SEND, user_id=user_id)
