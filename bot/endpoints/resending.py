"""Telling an endpoint once more: what it was told, what was given up, or nothing, to see whether it answers."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.db.hub import hint
from bot.endpoints import queries
from bot.endpoints.events.queries import INSERT_DELIVERIES
from bot.endpoints.events.writing import Happening, Held, delivery, write
from bot.endpoints.kinds import TEST, DeliveryStatus, EndpointStatus
from bot.endpoints.payloads import TrialPayload
from bot.endpoints.shown import queries as shown
from bot.endpoints.values import NoDeliveryError, NoEndpointError

AT_ONCE = 5000
"""Deliveries made again in one transaction."""


async def send_test(
    connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime, held: Held | None = None
) -> str:
    """Tell an endpoint that somebody tries it; returns the delivery's id.

    Raises NoEndpointError, and BotError where it is not enabled, unless whoever asks tells it, too (`held`).
    """
    card = await queries.endpoint(connection, endpoint_id)
    if card is None:
        raise NoEndpointError(endpoint_id)
    if held is None and card.status != EndpointStatus.ENABLED:
        raise BotError(N_("this endpoint is told of nothing now"), mend=N_("Enable it first."))
    happening = Happening(TEST, None, now, {"test": TrialPayload(endpoint_id=endpoint_id, asked_by=by.name)})
    [delivery_id] = await write(connection, [happening], [(endpoint_id, frozenset({TEST}))], now, held)
    await record(connection, by, "endpoint.test", "endpoint", endpoint_id, at=now)
    return delivery_id


async def resend(connection: AsyncConnection, delivery_id: str, by: Actor, now: datetime) -> str:
    """Deliver an event once more, by the same id, behind all that waits; returns the new delivery's id.

    Raises NoDeliveryError, and BotError while it is still on its way.
    """
    card = await shown.delivery(connection, delivery_id)
    if card is None:
        raise NoDeliveryError(delivery_id)
    if card.status == DeliveryStatus.PENDING:
        raise BotError(
            N_("this event is still on its way"), mend=N_("Wait until it has arrived, or has been given up.")
        )
    row = delivery(card.event_id, card.contact_id, card.endpoint_id, now)
    await INSERT_DELIVERIES.execute(connection, [row])
    await shown.mark_resent(connection, [card.number], now)
    await _note(connection, card.endpoint_id, by, now, 1)
    return row["id"]


async def resend_failed(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime) -> int:
    """Deliver once more what was given up and not delivered again, in its order; returns how many, at most AT_ONCE.

    Raises NoEndpointError.
    """
    if await queries.endpoint(connection, endpoint_id) is None:
        raise NoEndpointError(endpoint_id)
    failed = await shown.to_resend(connection, endpoint_id, AT_ONCE)
    if failed:
        rows = [delivery(row.event_id, row.contact_id, endpoint_id, now) for row in failed]
        await INSERT_DELIVERIES.execute(connection, rows)
        await shown.mark_resent(connection, [row.number for row in failed], now)
        await _note(connection, endpoint_id, by, now, len(failed))
    return len(failed)


async def _note(connection: AsyncConnection, endpoint_id: str, by: Actor, now: datetime, count: int) -> None:
    hint(connection, Topic.ENDPOINTS, [endpoint_id])
    await record(connection, by, "endpoint.resend", "endpoint", endpoint_id, {"deliveries": count}, at=now)
