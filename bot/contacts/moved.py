"""People who have another number or user id now: the same contact, to whom nothing is sent at the old one any more.

The address keeps its row, and with it what it agreed to and what was said there, and takes the new value. Who writes
from the old one later is somebody else.
"""

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Select, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.consent import take_over_opt_outs
from bot.contacts.models import Contact, ContactAddress, FormerAddress
from bot.core.addresses import Address, AddressKind
from bot.core.ids import new_id

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


async def move(connection: AsyncConnection, wanted: Iterable[Move], now: datetime) -> None:
    """Let the contacts of the old addresses have the new ones instead; an address that nobody has is passed over.

    Where somebody has written from the new one already, that contact keeps it, the old one's opt-outs go along, and
    the old address is of no use to anybody.
    """
    for old, new in sorted(wanted):
        rows = {row.value: row for row in await connection.execute(_of(old, new))}
        before, after = rows.get(old.value), rows.get(new.value)
        if before is None:
            continue
        # No message and nobody's post can name the old one's row where another has the new address.
        value = new.value if after is None else f"{old.value} {before.id}"
        await connection.execute(
            update(ContactAddress).where(ContactAddress.id == before.id).values(value=value, updated_at=now)
        )
        former = {"contact_id": before.contact_id, "kind": old.kind.value, "value": old.value}
        await connection.execute(insert(FormerAddress).values(id=new_id(), created_at=now, updated_at=now, **former))
        if old.kind is AddressKind.PHONE:
            phone = new.value if after is None else None
            await connection.execute(
                update(Contact)
                .where(Contact.id == before.contact_id, Contact.phone == old.value)
                .values(phone=phone, updated_at=now)
            )
        if after is not None:
            await take_over_opt_outs(connection, {after.id: [before.id]}, now)


def _of(*addresses: Address) -> Select[str, str, str]:
    kinds = {each.kind.value for each in addresses}
    values = [each.value for each in addresses]
    return select(ContactAddress.id, ContactAddress.contact_id, ContactAddress.value).where(
        ContactAddress.value.in_(values), ContactAddress.kind.in_(kinds)
    )
