"""All contacts as a list, the newest first."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.directory import ContactCard, cards
from bot.contacts.listing import queries
from bot.contacts.listing.wanted import ContactFilter


@dataclass(frozen=True, slots=True)
class ListedContacts:
    """Some contacts of the list.

    Attributes:
        contacts: the newest first.
        further: behind which id others may fit, where the look ended before there were enough; else None.
    """

    contacts: Sequence[ContactCard]
    further: str | None


async def list_contacts(
    connection: AsyncConnection, wanted: ContactFilter, limit: int, after: str | None = None
) -> ListedContacts:
    """The newest contacts that fit, up to `limit`, behind the id `after`; None begins with the newest.

    However rarely one fits, no more than a bounded stretch of all contacts is looked at.
    """
    found = await queries.stretch(connection, wanted, limit, after)
    return ListedContacts(await cards(connection, found.ids), found.further)


async def waiting_contacts(connection: AsyncConnection, limit: int) -> list[ContactCard]:
    """Those who wait for a person, the longest first."""
    return await cards(connection, await queries.waiting(connection, limit))
