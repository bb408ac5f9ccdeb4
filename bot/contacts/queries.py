"""Finding, making and locking the contacts of a batch."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Consent, Contact, ContactAddress
from bot.core.addresses import Address, AddressKind
from bot.db.bulk import insert_ignoring, upsert

AddressRow = Row[str, str, str, str]
"""id, contact_id, kind, value."""


async def addresses_of(connection: AsyncConnection, addresses: Iterable[Address]) -> Sequence[AddressRow]:
    """The rows (id, contact_id, kind, value) of those addresses that are known."""
    pairs = [(address.kind.value, address.value) for address in sorted(set(addresses))]
    statement = select(ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value).where(
        tuple_(ContactAddress.kind, ContactAddress.value).in_(pairs)
    )
    return (await connection.execute(statement)).all()


async def addresses_of_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[AddressRow]:
    """The rows (id, contact_id, kind, value) of all addresses of those contacts."""
    statement = select(ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value).where(
        ContactAddress.contact_id.in_(sorted(set(contact_ids)))
    )
    return (await connection.execute(statement)).all()


async def insert_addresses(connection: AsyncConnection, rows: Sequence[dict[str, str]]) -> int:
    """Insert addresses in the order of their unique key; returns how many of them were new.

    Two batches that insert the same address wait for each other here, in one order, so they never deadlock.
    """
    ordered = sorted(rows, key=lambda row: (row["kind"], row["value"]))
    statement = insert_ignoring(connection, ContactAddress, ("kind", "value")).returning(ContactAddress.id)
    return len((await connection.execute(statement, ordered)).all())


async def insert_contacts(connection: AsyncConnection, rows: Sequence[dict[str, str | None]]) -> None:
    """Insert new contacts; nobody else can see them before the commit."""
    await connection.execute(insert(Contact), list(rows))


async def lock_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """Lock contacts in the order of their ids and read them as they are under the lock."""
    statement = (
        select(Contact.__table__)
        .where(Contact.id.in_(sorted(set(contact_ids))))
        .order_by(Contact.id)
        .with_for_update(key_share=True)
    )
    return (await connection.execute(statement)).all()


async def consents_of(
    connection: AsyncConnection, address_ids: Iterable[str]
) -> Sequence[Row[str, str, bool, str, datetime, datetime | None]]:
    """Address id, channel and state of those addresses that ever said something."""
    statement = select(
        Consent.address_id,
        Consent.channel,
        Consent.opted_in,
        Consent.reason,
        Consent.changed_at,
        Consent.reminded_at,
    ).where(Consent.address_id.in_(sorted(set(address_ids))))
    return (await connection.execute(statement)).all()


async def write_consents(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Set consents, a row for each (address_id, channel)."""
    set_ = ("opted_in", "reason", "changed_at", "reminded_at", "updated_at")
    await connection.execute(upsert(connection, Consent, ("address_id", "channel"), set_), list(rows))


async def find(connection: AsyncConnection, spellings: Sequence[str]) -> Sequence[Row[Any]]:
    """The contacts with one of these as their id or an address of theirs; newest first, three at most."""
    by_address = select(ContactAddress.contact_id).where(
        ContactAddress.value.in_(spellings),
        ContactAddress.kind.in_(list(AddressKind)),
    )
    statement = (
        select(Contact.__table__)
        .where(Contact.id.in_(spellings) | Contact.id.in_(by_address))
        .order_by(Contact.created_at.desc())
        .limit(3)
    )
    return (await connection.execute(statement)).all()


async def update_contacts(connection: AsyncConnection, rows: Sequence[dict[str, object]]) -> None:
    """Set what a turn changes, by `id`; each row names `id` and the same further columns."""
    table = Contact.__table__
    columns = [name for name in rows[0] if name != "id"]
    statement = (
        update(Contact)
        .where(table.c.id == bindparam("id_"))
        .values({table.c[name]: bindparam(f"{name}_") for name in columns})
    )
    await connection.execute(statement, [{f"{name}_": value for name, value in row.items()} for row in rows])
