"""Setting what an address agreed to hear."""

from datetime import datetime

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact, ContactAddress
from bot.contacts.queries import UPSERT_CONSENTS
from bot.core.addresses import Channel
from bot.core.ids import new_id
from bot.core.messages import ConsentReason


async def set_consent(
    connection: AsyncConnection, address_id: str, channel: Channel, opted_in: bool, reason: ConsentReason, now: datetime
) -> None:
    """Set the consent of one address on one channel, and the contact's copy of it.

    The contact is locked first, as in a turn, so that the two never wait for each other crosswise.

    Args:
        connection: the caller's transaction.
        address_id: an existing address; another one's consent fails by its foreign key.
        channel: where it holds.
        opted_in: the new state.
        reason: why.
        now: when.
    """
    owner = select(ContactAddress.contact_id).where(ContactAddress.id == address_id).scalar_subquery()
    await connection.execute(update(Contact).where(Contact.id == owner).values(opt_in=opted_in, updated_at=now))
    row = {
        "id": new_id(),
        "address_id": address_id,
        "channel": channel,
        "opted_in": opted_in,
        "reason": reason,
        "changed_at": now,
        "reminded_at": None,
        "created_at": now,
        "updated_at": now,
    }
    await UPSERT_CONSENTS.execute(connection, [row])
