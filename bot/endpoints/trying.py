"""Trying an endpoint in place: for a command, which has no loop that would tell it."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.db.clock import database_now
from bot.endpoints.delivery.claimed import Attempt
from bot.endpoints.delivery.claims import held_by
from bot.endpoints.delivery.loop import LEASE_SECONDS
from bot.endpoints.delivery.outcomes import record
from bot.endpoints.delivery.sending import open_session, send
from bot.endpoints.events.writing import Held
from bot.endpoints.resending import send_test
from bot.endpoints.shown.queries import delivery
from bot.endpoints.values import DeliveryCard, NoDeliveryError, Terms


async def try_endpoint(engine: AsyncEngine, terms: Terms, endpoint_id: str, by: Actor) -> DeliveryCard:
    """Tell an endpoint, enabled or not, that somebody tries it, and wait for its answer; returns the delivery.

    Where it fails, what tells endpoints tries it again as any other. Raises NoEndpointError.
    """
    held = Held(f"trial:{new_id()}", timedelta(seconds=LEASE_SECONDS))
    async with engine.begin() as connection:
        now = await database_now(connection)
        delivery_id = await send_test(connection, endpoint_id, by, now, held)
        claimed = await held_by(connection, held.owner, endpoint_id, terms.sealer, now)
    async with open_session(terms.own) as session:
        outcome = await send(session, claimed, terms.own, utc_now())
    async with engine.begin() as connection:
        await record(connection, [Attempt(claimed, now, outcome)], await database_now(connection))
        card = await delivery(connection, delivery_id)
    if card is None:
        raise NoDeliveryError(delivery_id)
    return card
