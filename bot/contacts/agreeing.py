"""What somebody of ours writes down that a person said about messages: on the telephone, on paper, at the counter."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts import queries
from bot.contacts.consent import SetConsent, set_consents
from bot.core.actors import Actor
from bot.core.addresses import AddressKind, channels_of
from bot.core.errors import BotError
from bot.core.i18n import N_


async def write_down_consent(
    connection: AsyncConnection, contact_id: str, consent: SetConsent, by: Actor, now: datetime
) -> bool:
    """Take what a person said of one address of theirs; returns whether that is something new.

    Raises BotError where the contact has no such address, or it is not reached on that channel.

    Args:
        connection: in a transaction.
        contact_id: whose.
        consent: what they said; its detail tells the history how we know.
        by: who writes it down.
        now: when.
    """
    rows = await queries.addresses_of_contacts(connection, [contact_id])
    address = next((row for row in rows if row.id == consent.address_id), None)
    if address is None or consent.channel not in channels_of(AddressKind(address.kind), address.value):
        raise BotError(N_("they are not reached there"), mend=N_("Choose one of their addresses."))
    if not await set_consents(connection, [consent], now):
        return False
    said = consent.said
    told = {"channel": consent.channel.value, "purpose": said.purpose.value, "opted_in": said.opted_in}
    await record(connection, by, "contact.consent", "contact", contact_id, told, at=now)
    return True
