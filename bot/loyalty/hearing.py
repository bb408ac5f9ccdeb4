"""What loyalty hears of what happens below: whoever is erased leaves their accounts behind, nameless.

Of a merge only notices hear: accounts stay whose they were, and are read and spent with those of who goes on.
"""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.events import ContactErased, ContactsMerged, StatusChanged
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.listeners.service import Listener, Listeners
from bot.loyalty.accounts import queries
from bot.loyalty.notices.hearing import HEARS_MERGED, HEARS_STATUS


async def _erased(connection: AsyncConnection, values: Sequence[ContactErased], now: datetime) -> None:
    nameless = await queries.forget_contacts(connection, [each.contact_id for each in values], now)
    hint(connection, Topic.POINTS, nameless)


LISTENERS: Listeners = {
    ContactErased: (Listener("loyalty", _erased),),
    ContactsMerged: (HEARS_MERGED,),
    StatusChanged: (HEARS_STATUS,),
}
"""What is heard, by kind of value."""
