"""People who have another number or user id now: the same contact, to whom nothing is sent at the old one any more.

The address keeps its row, and with it what it agreed to and what was said there, and takes the new value. Who writes
from the old one later is somebody else.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.changed import changed
from bot.contacts.consent import spellings, take_over_opt_outs
from bot.core.addresses import Address, AddressKind

Move = tuple[Address, Address]
"""From an address to the one of its kind that stands for it now."""


def moves(former: Iterable[Address], present: Iterable[Address]) -> list[Move]:
    """Which of the present addresses stands for each former one; none where there is none of its kind.

    >>> a, b = Address(AddressKind.PHONE, "+15550001"), Address(AddressKind.PHONE, "+15550002")
    >>> moves([a], [b]) == [(a, b)]
    True
    """
    by_kind = {each.kind: each for each in present}
    return [(old, by_kind[old.kind]) for old in former if old.kind in by_kind]


async def move(connection: AsyncConnection, wanted: Iterable[Move], now: datetime) -> frozenset[str]:
    """Let the contacts of the old addresses have the new ones instead; an address that nobody has is passed over.

    A number is found in either of its spellings. Where somebody has written from the new one already, that contact
    keeps it, the old one's opt-outs go along, and the old address is of no use to anybody.

    Returns the contacts who left an address.
    """
    moved = set()
    for old, new in sorted(wanted):
        both = dict.fromkeys((*spellings(old), *spellings(new)))
        rows = {(row.kind, row.value): row for row in await queries.addresses_of(connection, both)}
        known = [(each, rows.get((each.kind, each.key))) for each in both]
        after = next((row for each, row in known if row and each in spellings(new)), None)
        left = [(each, row) for each, row in known if row and each in spellings(old)]
        if old in spellings(new):
            # Only its spelling is another.
            after, left = rows.get((new.kind, new.key)), [pair for pair in left if pair[0] == old]
        for each, row in left:
            await _leave(connection, each, row, None if after else new, now)
            moved.add(row.contact_id)
            if after is not None:
                await take_over_opt_outs(connection, {after.id: [row.id]}, now)
            after = after or row
    return frozenset(moved)


async def _leave(
    connection: AsyncConnection, old: Address, row: queries.AddressRow, new: Address | None, now: datetime
) -> None:
    """Let the old address's row have the new one; None where another row has it."""
    # Nobody's post can name the old one's row then.
    await queries.respell_address(connection, row.id, new.key if new else f"{old.key} {row.id}", now)
    await queries.insert_former(connection, row.contact_id, old, now)
    await changed(connection, [row.contact_id], now)
    if old.kind is AddressKind.PHONE:
        await queries.change_phone(connection, row.contact_id, old, new, now)
