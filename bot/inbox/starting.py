"""Beginning a flow with a contact because somebody of ours says so."""

from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.conversations import service as conversations
from bot.conversations.service import REASONS, Refused, StartRequest
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.flows.service import Catalogue
from bot.inbox.holding import hold
from bot.inbox.standing import resolve
from bot.inbox.values import NotThereError


async def start_flow(
    connection: AsyncConnection, catalogue: Catalogue, contact_id: str, flow: str, by: Actor, now: datetime
) -> None:
    """Let the bot begin `flow`, `bundle/flow`, with a contact, whose conversation is the bot's from then on.

    The flow that runs ends; what it has collected is kept. Raises NotThereError for no such contact, and BotError where
    the flow cannot begin: the transaction is to be rolled back then, so that all stays as it was.

    Args:
        connection: in a transaction; the contact is locked here.
        catalogue: what is published, and what flows may do.
        contact_id: with whom.
        flow: which one.
        by: who says so.
        now: the moment.
    """
    held = await hold(connection, [contact_id])
    if held.gone:
        raise NotThereError(contact_id)
    (kept,) = held.ids
    await resolve(connection, [kept], by, now, reopens_for=timedelta())
    await conversations.restart(connection, kept, now)
    (outcome,) = await conversations.start(connection, catalogue, [StartRequest(contact_id=kept, flow=flow)], now)
    if isinstance(outcome, Refused):
        raise BotError(REASONS[outcome.code], detail=outcome.detail)
    await record(connection, by, "contact.start_flow", "contact", kept, {"flow": flow}, at=now)
