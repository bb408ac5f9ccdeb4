"""The statements over contacts: their addresses, consents, tags and what is known of them."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import Executable, Row, Select, any_, delete, func, insert, or_, select, text, tuple_, union, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.contacts.models import (
    ChangedContact,
    Consent,
    ConsentChange,
    Contact,
    ContactAddress,
    ContactTag,
    FormerAddress,
    Tag,
)
from bot.core.addresses import OF_AN_ACCOUNT, Address
from bot.core.ids import new_id
from bot.db.bulk import BulkInsert, BulkUpdate, Rows, among
from bot.db.engine import is_postgresql

AddressRow = Row[str, str, str, str]
"""id, contact_id, kind, value."""

_INSERT_ADDRESSES = BulkInsert(
    ContactAddress,
    ("id", "contact_id", "kind", "value", "created_at", "updated_at"),
    keys=("value", "kind"),
    returning=("id",),
)
_INSERT_CONTACTS = BulkInsert(
    Contact, ("id", "phone", "email", "name", "locale", "timezone", "created_at", "updated_at")
)
UPDATE_CONTACTS = BulkUpdate(
    Contact,
    "id",
    ("seq", "name", "phone", "email", "fallback_at", "recent_answers", "last_inbound_at", "opt_in", "updated_at"),
)
"""What a turn changes of a contact that is locked."""
UPDATE_PROFILES = BulkUpdate(Contact, "id", ("locale", "timezone", "attributes", "updated_at"))
"""Sets what is known of contacts that are locked."""
INSERT_TAGS = BulkInsert(Tag, ("id", "name", "created_at", "updated_at"), keys=("name",))
"""Adds the tags that are not there yet."""
INSERT_CONTACT_TAGS = BulkInsert(ContactTag, ("contact_id", "tag_id", "created_at"), keys=("contact_id", "tag_id"))
"""Gives contacts tags that they may have already."""
UPDATE_SEQS = BulkUpdate(Contact, "id", ("seq", "updated_at"))
"""Sets the last number given to a message of contacts that are locked."""
UPDATE_RESPONDERS = BulkUpdate(Contact, "id", ("responder", "epoch", "waiting_since", "reopens_until", "updated_at"))
"""Sets who answers contacts that are locked."""
SET_OPT_IN = BulkUpdate(Contact, "id", ("opt_in", "updated_at"))
"""What follows for a contact from a consent of theirs."""
_AGREED = (
    *("opted_in", "reason", "changed_at", "said_at", "reminded_at"),
    *("marketing_opted_in", "marketing_reason", "marketing_changed_at", "marketing_said_at"),
)
UPSERT_CONSENTS = BulkInsert(
    Consent,
    ("id", "address_id", "channel", *_AGREED, "created_at", "updated_at"),
    keys=("address_id", "channel"),
    set_=(*_AGREED, "updated_at"),
)
"""Sets consents, a row for each (address_id, channel)."""
INSERT_CONSENT_CHANGES = BulkInsert(
    ConsentChange, ("id", "address_id", "channel", "purpose", "opted_in", "reason", "detail", "changed_at", "said_at")
)
"""Adds to the history of consents."""
NOTE_CHANGED = BulkInsert(ChangedContact, ("contact_id", "changed_at"), keys=("contact_id",), set_=("changed_at",))
"""Notes that contacts changed. It sets what is there, so that who takes them up waits until the change is committed."""
_LOCK_NUMBERS = text("SELECT pg_advisory_xact_lock(key) FROM unnest(CAST(:keys AS bigint[])) AS key")


async def addresses_of(connection: AsyncConnection, addresses: Iterable[Address]) -> Sequence[AddressRow]:
    """The rows (id, contact_id, kind, value) of those addresses that are known.

    Another kind's address that is spelled like one of them may be among the rows.
    """
    values = sorted({address.key for address in addresses})
    return (await connection.execute(_by_value(connection.dialect.name), {"values": values})).all()


@cache
def _by_value(dialect: str) -> Select[str, str, str, str]:
    return select(ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value).where(
        among(dialect, ContactAddress.value, "values")
    )


async def addresses_of_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[AddressRow]:
    """The rows (id, contact_id, kind, value) of all addresses of those contacts."""
    ids = sorted(set(contact_ids))
    return (await connection.execute(_by_contact(connection.dialect.name), {"ids": ids})).all()


@cache
def _by_contact(dialect: str) -> Select[str, str, str, str]:
    return select(ContactAddress.id, ContactAddress.contact_id, ContactAddress.kind, ContactAddress.value).where(
        among(dialect, ContactAddress.contact_id, "ids")
    )


async def owners_of(connection: AsyncConnection, address_ids: Iterable[str]) -> dict[str, str]:
    """The contacts' ids by the ids of their addresses."""
    found = await connection.execute(_owners(connection.dialect.name), {"ids": sorted(set(address_ids))})
    return {row.id: row.contact_id for row in found}


@cache
def _owners(dialect: str) -> Select[str, str]:
    return select(ContactAddress.id, ContactAddress.contact_id).where(among(dialect, ContactAddress.id, "ids"))


async def lock_numbers(connection: AsyncConnection, numbers: Iterable[Address]) -> bool:
    """Let one batch at a time, until it ends, make contacts of those numbers; returns whether it may have waited.

    Each stands for both of its spellings, which no unique index holds together. Locked in one order. SQLite has but one
    writer anyway.
    """
    if not is_postgresql(connection):
        return False
    # No other key of an advisory lock in this database is as high as a number with its country.
    keys = sorted({int(each.value) for each in numbers})
    await connection.execute(_LOCK_NUMBERS, {"keys": keys})
    return True


async def insert_addresses(connection: AsyncConnection, rows: Rows) -> int:
    """Insert addresses in the order of their unique key; returns how many of them were new.

    Two batches that insert the same address wait for each other here, in one order, so they never deadlock.
    """
    ordered = sorted(rows, key=lambda row: (row["value"], row["kind"]))
    return len(await _INSERT_ADDRESSES.execute(connection, ordered))


async def insert_contacts(connection: AsyncConnection, rows: Rows) -> None:
    """Insert new contacts; nobody else can see them before the commit."""
    await _INSERT_CONTACTS.execute(connection, rows)


async def respell_address(connection: AsyncConnection, address_id: str, key: str, now: datetime) -> None:
    """Give an address's row another key, which nobody has."""
    await connection.execute(
        update(ContactAddress).where(ContactAddress.id == address_id).values(value=key, updated_at=now)
    )


async def insert_former(connection: AsyncConnection, contact_id: str, address: Address, now: datetime) -> None:
    """Write down that a contact was reached there until now."""
    values = {"contact_id": contact_id, "kind": address.kind.value, "value": address.key}
    await connection.execute(insert(FormerAddress).values(id=new_id(), created_at=now, updated_at=now, **values))


async def former_addresses(
    connection: AsyncConnection, contact_ids: Sequence[str]
) -> Sequence[Row[str, str, datetime]]:
    """The rows (kind, value, created_at) of where those contacts were reached before, the last one first."""
    return (await connection.execute(_former(connection.dialect.name), {"ids": list(contact_ids)})).all()


@cache
def _former(dialect: str) -> Select[str, str, datetime]:
    columns = (FormerAddress.kind, FormerAddress.value, FormerAddress.created_at)
    theirs = select(*columns).where(among(dialect, FormerAddress.contact_id, "ids"))
    return theirs.order_by(FormerAddress.created_at.desc(), FormerAddress.id)


async def change_phone(
    connection: AsyncConnection, contact_id: str, old: Address, new: Address | None, now: datetime
) -> None:
    """Let a contact whose primary phone is `old` have `new`, or none."""
    phone = None if new is None else new.value
    statement = update(Contact).where(Contact.id == contact_id, Contact.phone == old.value)
    await connection.execute(statement.values(phone=phone, updated_at=now))


async def lock_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """Lock contacts in the order of their ids and read them as they are under the lock."""
    ids = sorted(set(contact_ids))
    return (await connection.execute(_locking(connection.dialect.name, skip_held=False), {"ids": ids})).all()


async def lock_kept(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """As `lock_contacts`, but of those who were merged whoever goes on for them, as far as that was known at once."""
    ids = sorted(set(contact_ids))
    return (await connection.execute(_locking_kept(connection.dialect.name), {"ids": ids})).all()


@cache
def _locking_kept(dialect: str) -> Executable:
    asked = aliased(Contact)
    kept = select(func.coalesce(asked.merged_into, asked.id)).where(among(dialect, asked.id, "ids"))
    # As an array, so that it is looked up in the index however few contacts there were when the plan was made.
    found = Contact.id == any_(func.array(kept.scalar_subquery())) if dialect == "postgresql" else Contact.id.in_(kept)
    return _columns().where(found).order_by(Contact.id).with_for_update(key_share=True)


async def kept(connection: AsyncConnection, contact_ids: Iterable[str]) -> Mapping[str, str]:
    """By the id of each of those contacts who was merged the one of who goes on."""
    rows = await connection.execute(_kept(connection.dialect.name), {"ids": sorted(set(contact_ids))})
    return {row.id: row.merged_into for row in rows}


@cache
def _kept(dialect: str) -> Select[str, str | None]:
    return select(Contact.id, Contact.merged_into).where(
        among(dialect, Contact.id, "ids"), Contact.merged_into.is_not(None)
    )


async def merged(connection: AsyncConnection, contact_ids: Iterable[str]) -> Mapping[str, str]:
    """By the id of each contact who was merged into one of those the one of who goes on."""
    rows = await connection.execute(_merged(connection.dialect.name), {"ids": sorted(set(contact_ids))})
    return {row.id: row.merged_into for row in rows}


@cache
def _merged(dialect: str) -> Select[str, str | None]:
    return select(Contact.id, Contact.merged_into).where(
        among(dialect, Contact.merged_into, "ids"), Contact.merged_into.is_not(None)
    )


async def kin(connection: AsyncConnection, contact_id: str) -> Mapping[str, str | None]:
    """A contact and all who were merged into them, by id: who goes on, or None."""
    statement = select(Contact.id, Contact.merged_into).where(
        or_(Contact.id == contact_id, Contact.merged_into == contact_id)
    )
    return {row.id: row.merged_into for row in await connection.execute(statement)}


async def look_at_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """What `lock_contacts` gives, without a lock: it may change at any time."""
    return (await connection.execute(_looking(connection.dialect.name), {"ids": sorted(set(contact_ids))})).all()


async def try_lock_contacts(
    connection: AsyncConnection, contact_ids: Iterable[str]
) -> tuple[Sequence[Row[Any]], frozenset[str]]:
    """Lock those of the contacts that nobody else holds, without waiting; gives their rows and the ids of the others.

    One that is gone is in neither. On SQLite nobody else holds any: whoever writes is alone.
    """
    ids = sorted(set(contact_ids))
    rows = (await connection.execute(_locking(connection.dialect.name, skip_held=True), {"ids": ids})).all()
    missing = set(ids).difference([row.id for row in rows]) if len(rows) < len(ids) else ()
    if not missing:
        return rows, frozenset()
    there = await connection.execute(_there(connection.dialect.name), {"ids": sorted(missing)})
    return rows, frozenset(there.scalars())


@cache
def _there(dialect: str) -> Select[str]:
    return select(Contact.id).where(among(dialect, Contact.id, "ids"))


@cache
def _locking(dialect: str, *, skip_held: bool) -> Executable:
    return _looking(dialect).with_for_update(key_share=True, skip_locked=skip_held)


@cache
def _looking(dialect: str) -> Select[*tuple[Any, ...]]:
    return _columns().where(among(dialect, Contact.id, "ids")).order_by(Contact.id)


def _columns() -> Select[*tuple[Any, ...]]:
    return select(
        Contact.id,
        Contact.seq,
        Contact.name,
        Contact.phone,
        Contact.email,
        Contact.locale,
        Contact.opt_in,
        Contact.fallback_at,
        Contact.recent_answers,
        Contact.last_inbound_at,
        Contact.responder,
        Contact.epoch,
        Contact.waiting_since,
        Contact.reopens_until,
        Contact.timezone,
        Contact.attributes,
        Contact.merged_into,
        Contact.has_merged,
    )


async def consents_of(connection: AsyncConnection, address_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """The rows of `consents` of those addresses that ever said something."""
    statement = _consents(connection.dialect.name)
    return (await connection.execute(statement, {"ids": sorted(set(address_ids))})).all()


@cache
def _consents(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(Consent.__table__).where(among(dialect, Consent.address_id, "ids"))


async def consent_changes(
    connection: AsyncConnection, contact_id: str, limit: int
) -> Sequence[Row[str, str, str, bool, str, str | None, datetime, datetime | None]]:
    """The rows (value, channel, purpose, opted_in, reason, detail, changed_at, said_at) of the history, newest first.

    `value` is the address's.
    """
    columns = (ConsentChange.channel, ConsentChange.purpose, ConsentChange.opted_in, ConsentChange.reason)
    statement = (
        select(ContactAddress.value, *columns, ConsentChange.detail, ConsentChange.changed_at, ConsentChange.said_at)
        .join_from(ContactAddress, ConsentChange, ConsentChange.address_id == ContactAddress.id)
        .where(ContactAddress.contact_id == contact_id)
        .order_by(ConsentChange.changed_at.desc(), ConsentChange.id.desc())
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def tag_ids(connection: AsyncConnection, names: Iterable[str]) -> Mapping[str, str]:
    """The ids of those tags that there are, by name."""
    rows = await connection.execute(select(Tag.name, Tag.id).where(Tag.name.in_(sorted(names))))
    return {row.name: row.id for row in rows}


async def delete_contact_tags(connection: AsyncConnection, pairs: Iterable[tuple[str, str]]) -> None:
    """Take tags from contacts; pairs of a contact's id and a tag's."""
    await connection.execute(
        delete(ContactTag).where(tuple_(ContactTag.contact_id, ContactTag.tag_id).in_(sorted(pairs)))
    )


async def tags_of_contacts(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[str, str]]:
    """The contact's id and the name of each tag that those contacts have, by name."""
    statement = _tags_of_contacts(connection.dialect.name)
    return (await connection.execute(statement, {"ids": sorted(contact_ids)})).all()


@cache
def _tags_of_contacts(dialect: str) -> Select[str, str]:
    return (
        select(ContactTag.contact_id, Tag.name)
        .join_from(ContactTag, Tag, Tag.id == ContactTag.tag_id)
        .where(among(dialect, ContactTag.contact_id, "ids"))
        .order_by(Tag.name)
    )


async def find(
    connection: AsyncConnection, spellings: Sequence[str], *, at_any_account: str = ""
) -> Sequence[Row[Any]]:
    """The contacts with one of these as their id or an address of theirs; newest first, three at most.

    Args:
        connection: any.
        spellings: of ids and keys of addresses.
        at_any_account: the value of an address that means somebody only at an account; empty for none.
    """
    by_address = select(ContactAddress.contact_id)
    by_id = select(func.coalesce(Contact.merged_into, Contact.id)).where(Contact.id.in_(spellings))
    found = [by_id, by_address.where(ContactAddress.value.in_(spellings))]
    if at_any_account:
        ends = ContactAddress.value.endswith(f"/{at_any_account}", autoescape=True)
        found.append(by_address.where(ContactAddress.kind.in_(OF_AN_ACCOUNT), ends))
    # Each by itself: what asks for any of them at once reads all contacts.
    statement = (
        select(Contact.__table__).where(Contact.id.in_(union(*found))).order_by(Contact.created_at.desc()).limit(3)
    )
    return (await connection.execute(statement)).all()


async def contacts_of(connection: AsyncConnection, contact_ids: Iterable[str]) -> Sequence[Row[Any]]:
    """Those of the contacts that there are, in any order."""
    ids = sorted(set(contact_ids))
    return (await connection.execute(_contacts(connection.dialect.name), {"ids": ids})).all()


@cache
def _contacts(dialect: str) -> Select[*tuple[Any, ...]]:
    return select(Contact.__table__).where(among(dialect, Contact.id, "ids"))


async def recent(connection: AsyncConnection, limit: int) -> Sequence[Row[Any]]:
    """The contacts who wrote last, newest first."""
    statement = (
        select(Contact.__table__)
        .where(Contact.merged_into.is_(None))
        .order_by(Contact.last_inbound_at.desc().nulls_last(), Contact.created_at.desc())
        .limit(limit)
    )
    return (await connection.execute(statement)).all()


async def address_value(connection: AsyncConnection, address_id: str) -> str:
    """What the address is; empty when it is not there any more."""
    found = await connection.execute(select(ContactAddress.value).where(ContactAddress.id == address_id))
    return found.scalar_one_or_none() or ""


async def set_profile(
    connection: AsyncConnection, contact_id: str, values: Mapping[str, object], now: datetime
) -> None:
    """Set those columns of a contact."""
    await connection.execute(update(Contact).where(Contact.id == contact_id).values(**values, updated_at=now))
