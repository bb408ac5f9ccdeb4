"""The statements of merging: whose an address is, who goes on, and what is written down of it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, delete, insert, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.consent import ConsentKey
from bot.contacts.merging.models import ContactMerge
from bot.contacts.models import Consent, Contact, ContactAddress

_ADDRESS = (ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value)


async def give_addresses(
    connection: AsyncConnection, address_ids: Collection[str], before: str, after: str, now: datetime
) -> Sequence[Row[str, str, str, str]]:
    """Give those of the addresses that are one contact's to another; returns the rows (id, contact_id, kind, value)."""
    statement = (
        update(ContactAddress)
        .where(ContactAddress.id.in_(sorted(address_ids)), ContactAddress.contact_id == before)
        .values(contact_id=after, updated_at=now)
        .returning(*_ADDRESS)
    )
    return (await connection.execute(statement)).all()


async def set_merged(
    connection: AsyncConnection, contact_ids: Collection[str], before: str | None, after: str | None, now: datetime
) -> None:
    """Let those of the contacts who were merged into `before` be merged into `after`; None for nobody."""
    is_so = Contact.merged_into.is_(None) if before is None else Contact.merged_into == before
    statement = update(Contact).where(Contact.id.in_(sorted(contact_ids)), is_so)
    await connection.execute(statement.values(merged_into=after, updated_at=now))


async def set_contact(connection: AsyncConnection, contact_id: str, values: Mapping[str, object]) -> None:
    """Set columns of a contact who is locked."""
    await connection.execute(update(Contact).where(Contact.id == contact_id).values(**values))


async def write_down(connection: AsyncConnection, row: Mapping[str, object]) -> None:
    """Write down that two were merged."""
    await connection.execute(insert(ContactMerge).values(**row))


async def set_moved(connection: AsyncConnection, merge_id: str, moved: Mapping[str, Any]) -> None:
    """Set what went over."""
    await connection.execute(update(ContactMerge).where(ContactMerge.id == merge_id).values(moved=moved))


async def set_undone(connection: AsyncConnection, merge_id: str, now: datetime) -> None:
    """Write down that they are two again."""
    await connection.execute(update(ContactMerge).where(ContactMerge.id == merge_id).values(undone_at=now))


async def merge(connection: AsyncConnection, merge_id: str) -> Row[Any] | None:
    """The row of a merge."""
    return (await connection.execute(select(ContactMerge.__table__).where(ContactMerge.id == merge_id))).one_or_none()


async def merges_of(connection: AsyncConnection, contact_ids: Collection[str], limit: int) -> Sequence[Row[Any]]:
    """The merges that hold of which those contacts are what was kept, the newest first."""
    statement = (
        select(ContactMerge.__table__)
        .where(ContactMerge.kept_id.in_(sorted(contact_ids)), ContactMerge.undone_at.is_(None))
        .order_by(ContactMerge.at.desc(), ContactMerge.id.desc())
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def merges_that_hold(connection: AsyncConnection, merged_ids: Collection[str]) -> Sequence[Row[Any]]:
    """The merges by which these are other ones now."""
    statement = select(ContactMerge.__table__).where(
        ContactMerge.merged_id.in_(sorted(merged_ids)), ContactMerge.undone_at.is_(None)
    )
    return (await connection.execute(statement)).all()


async def delete_consents(connection: AsyncConnection, keys: Collection[ConsentKey]) -> None:
    """Let addresses be as if they had never said anything on those channels."""
    await connection.execute(delete(Consent).where(tuple_(Consent.address_id, Consent.channel).in_(sorted(keys))))
