"""Looking people up: by id, phone or e-mail, or the ones who wrote last."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.consent import consents_of
from bot.core.addresses import Channel
from bot.core.consents import Agreed
from bot.core.purposes import ConsentPurpose


@dataclass(frozen=True, slots=True)
class ContactCard:
    """A contact as it is shown; the attributes are the columns of the same name.

    Attributes:
        reached: the values of all addresses.
        attributes: what is kept of them, by name.
        responder: who answers them.
        waiting_since: since when they wait for a person, or None.
        has_merged: others were merged into them, whose messages are theirs, too.
    """

    id: str
    name: str | None
    phone: str | None
    email: str | None
    opt_in: bool
    locale: str | None
    timezone: str | None
    last_inbound_at: datetime | None
    created_at: datetime
    reached: tuple[str, ...]
    attributes: Mapping[str, Any]
    responder: str
    waiting_since: datetime | None
    has_merged: bool


@dataclass(frozen=True, slots=True)
class HeldConsent:
    """What an address last said of one purpose on a channel.

    Attributes:
        channel: where it holds.
        purpose: for what, a ConsentPurpose.
        opted_in: whether it agrees.
        reason: who or what set it, a ConsentReason.
        changed_at: when we came to know it.
        said_at: when it was last said, or None.
    """

    channel: str
    purpose: str
    opted_in: bool
    reason: str
    changed_at: datetime
    said_at: datetime | None


@dataclass(frozen=True, slots=True)
class AddressCard:
    """One address of a contact.

    Attributes:
        id: its own.
        kind: as in AddressKind.
        value: the address.
        opted_out: the channels on which it wants no more.
        consents: what it said of each channel and purpose.
    """

    id: str
    kind: str
    value: str
    opted_out: tuple[str, ...]
    consents: tuple[HeldConsent, ...]


@dataclass(frozen=True, slots=True)
class FormerCard:
    """Where a contact was reached before.

    Attributes:
        kind: as in AddressKind.
        value: the address.
        left_at: when they took another one.
    """

    kind: str
    value: str
    left_at: datetime


async def find_contacts(connection: AsyncConnection, spelled: str) -> list[ContactCard]:
    """The contacts with that id, phone, e-mail or other address; several where it is one on more than one channel.

    An address that means somebody only at an account is found with its account (`generic:app/ana`) and without it. A
    made-up person of the simulator is only found where no real one is.
    """
    wanted = spelled.strip()
    rows = await queries.find(connection, [wanted, wanted.lower(), f"+{wanted.lstrip('+')}"], at_any_account=wanted)
    return await _cards(connection, rows or await queries.find(connection, [f"{each}:{wanted}" for each in Channel]))


async def recent_contacts(connection: AsyncConnection, limit: int) -> list[ContactCard]:
    """Those who wrote last, newest first."""
    return await _cards(connection, await queries.recent(connection, limit))


async def cards(connection: AsyncConnection, contact_ids: Sequence[str]) -> list[ContactCard]:
    """Those of the contacts that there are, in the order in which they are given; of one who was merged who goes on."""
    by_id = {row.id: row for row in await queries.contacts_of(connection, contact_ids)}
    merged = {row.id: row.merged_into for row in by_id.values() if row.merged_into is not None}
    if merged:
        by_id |= {row.id: row for row in await queries.contacts_of(connection, merged.values())}
    ids = dict.fromkeys(merged.get(each, each) for each in contact_ids)
    return await _cards(connection, [by_id[each] for each in ids if each in by_id])


async def cards_of_merged(connection: AsyncConnection, contact_ids: Sequence[str]) -> Mapping[str, ContactCard]:
    """Those of the contacts that there are, by id: they themselves, though they were merged."""
    return {each.id: each for each in await _cards(connection, await queries.contacts_of(connection, contact_ids))}


async def addresses(connection: AsyncConnection, contact_id: str) -> list[AddressCard]:
    """A contact's addresses and what they opted out of."""
    rows = await queries.addresses_of_contacts(connection, [contact_id])
    consents = await consents_of(connection, [row.id for row in rows])
    return [
        AddressCard(
            id=row.id,
            kind=row.kind,
            value=row.value,
            opted_out=tuple(channel for (owner, channel), each in consents.items() if owner == row.id and each.refuses),
            consents=tuple(
                held for (owner, channel), each in consents.items() if owner == row.id for held in _held(channel, each)
            ),
        )
        for row in rows
    ]


async def tags(connection: AsyncConnection, contact_id: str) -> list[str]:
    """A contact's tags, by name."""
    return [name for _id, name in await queries.tags_of_contacts(connection, [contact_id])]


def _held(channel: str, agreed: Agreed) -> Iterator[HeldConsent]:
    for purpose, standing in ((ConsentPurpose.ALL, agreed.all), (ConsentPurpose.MARKETING, agreed.marketing)):
        if standing is not None:
            yield HeldConsent(channel, purpose, *standing)


async def former_addresses(connection: AsyncConnection, contact_ids: Sequence[str]) -> list[FormerCard]:
    """Where a person was reached before, by the ids of their family, the last one first."""
    rows = await queries.former_addresses(connection, contact_ids)
    return [FormerCard(row.kind, row.value, row.created_at) for row in rows]


async def _cards(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> list[ContactCard]:
    reached: dict[str, list[str]] = {}
    for address in await queries.addresses_of_contacts(connection, [row.id for row in rows]):
        reached.setdefault(address.contact_id, []).append(address.value)
    return [_card(row, tuple(sorted(reached.get(row.id, ())))) for row in rows]


def _card(row: Row[Any], reached: tuple[str, ...]) -> ContactCard:
    return ContactCard(
        id=row.id,
        name=row.name,
        phone=row.phone,
        email=row.email,
        opt_in=row.opt_in,
        locale=row.locale,
        timezone=row.timezone,
        last_inbound_at=row.last_inbound_at,
        created_at=row.created_at,
        reached=reached,
        attributes=row.attributes or {},
        responder=row.responder,
        waiting_since=row.waiting_since,
        has_merged=row.has_merged,
    )
