"""Contacts that somebody else holds: nobody waits for them while others wait along."""

from collections.abc import Iterable

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.core.addresses import Address
from bot.core.messages import ReportKey

Named = Address | ReportKey
"""By what an item of a batch tells whose it is: their address, or the message that a report is of."""


class ContactsHeldError(Exception):
    """Somebody else holds the contacts of `named`: roll back and go on without them, who are to be tried later."""

    def __init__(self, named: frozenset[Named]) -> None:
        super().__init__(f"somebody else holds the contacts of {len(named)} addresses or reports")
        self.named = named


async def hold_owners(connection: AsyncConnection, address_ids: Iterable[str]) -> frozenset[str]:
    """Lock the contacts who have those addresses, without waiting; gives the addresses of whom it could not lock.

    Those are to be tried later: somebody else holds their contact, or has just given them to another one.
    """
    wanted = set(address_ids)
    owners = await queries.owners_of(connection, wanted)
    rows, _held = await queries.try_lock_contacts(connection, owners.values())
    locked = {row.id for row in rows}
    still = await queries.owners_of(connection, wanted)
    return frozenset(each for each in wanted if owners.get(each) not in locked or still.get(each) != owners[each])
