"""What somebody agrees to, set by the one door there is."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.consent import set_consents
from bot.contacts.service import SetConsent
from bot.core.addresses import Channel
from bot.core.consents import ConsentReason, Said
from bot.core.events import ConsentChanged
from bot.core.purposes import ConsentPurpose


async def set_consent(  # noqa: PLR0913 - a test says but a few of them
    connection: AsyncConnection,
    address_id: str,
    channel: Channel,
    opted_in: bool,
    reason: ConsentReason,
    now: datetime,
    detail: str = "",
    *,
    said_at: datetime | None = None,
    purpose: ConsentPurpose = ConsentPurpose.ALL,
) -> list[ConsentChanged]:
    """Set one consent; returns what truly changed."""
    said = Said(opted_in, reason, purpose, said_at, detail)
    return await set_consents(connection, [SetConsent(address_id, channel, said)], now)
