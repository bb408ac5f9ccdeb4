"""Who wrote: the contacts of a batch, found or made, and locked.

A phone number may have two spellings (`bot.core.phones.alias`): an unknown one joins the contact who has the other.

Order of locks, the same for every batch, so that no two deadlock: new numbers of two spellings, new addresses by
(value, kind), then contacts by id. Whatever else a batch writes comes after. A contact that somebody else holds is
not waited for, since all the others of the batch would wait along.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.changed import changed
from bot.contacts.consent import spellings, take_over_opt_outs
from bot.contacts.holding import ContactsHeldError
from bot.contacts.locking import LockedContact, locked_from
from bot.contacts.merging.duplicates.certain import told_alike
from bot.contacts.moved import Move, move, moves
from bot.contacts.rows import AddressRow, ContactRow
from bot.core.addresses import Address, AddressKind
from bot.core.ids import new_id
from bot.core.phones import Whereabouts, alias, locale_of, whereabouts


class ContactsChangedError(Exception):
    """Another batch made or merged one of these contacts a moment ago: roll back and begin again."""


class Sender(NamedTuple):
    """Who sent a message.

    Attributes:
        addresses: the preferred one first; never empty.
        name: as the provider gives it, or empty.
        former: addresses that were theirs until now.
        locale: their language, where it is told; of somebody new alone.
    """

    addresses: tuple[Address, ...]
    name: str = ""
    former: tuple[Address, ...] = ()
    locale: str = ""

    @property
    def moves(self) -> Sequence[Move]:
        """Which of their addresses stands for each former one."""
        return moves(self.former, self.addresses) if self.former else ()


async def identify(
    connection: AsyncConnection, senders: Sequence[Sender], now: datetime
) -> dict[Address, LockedContact]:
    """Find, make and lock the contacts of `senders`; gives each sender's contact by its preferred address.

    Of a sender's several addresses the first that is known decides, else the first whose other spelling is; the others
    are added to that contact, and hold its opt-outs too. Raises ContactsChangedError when another batch was first, and
    ContactsHeldError when somebody else holds some of the contacts.
    """
    moving = [sender for sender in senders if sender.former]
    moved: frozenset[str] = frozenset()
    if moving:
        await _hold(connection, moving)
        moved = await move(connection, (each for sender in moving for each in sender.moves), now)
    aliases = _aliases(senders)
    wanted = [*(each for sender in senders for each in sender.addresses), *aliases.values()]
    known = await _known(connection, wanted)
    new_numbers = [min(each, other) for each, other in aliases.items() if each not in known and other not in known]
    if new_numbers and await queries.lock_numbers(connection, new_numbers):
        known = await _known(connection, wanted)
    new_contacts, new_addresses = _assign(senders, known, aliases, now)
    if new_addresses and await queries.insert_addresses(connection, new_addresses) < len(new_addresses):
        raise ContactsChangedError
    if new_contacts:
        await queries.insert_contacts(connection, list(new_contacts.values()))
    locked = await _lock(connection, senders, known)
    alike = _alike(senders, known, aliases)
    if alike:
        await told_alike(connection, alike, now)
    joined = [row for row in new_addresses if row["contact_id"] not in new_contacts]
    if joined:
        await take_over_opt_outs(connection, _known_before(joined, known), now)
        await changed(connection, {row["contact_id"] for row in joined}, now)
        moved = moved.union(row["contact_id"] for row in joined)
    if not new_contacts and not moved:
        return locked
    return {
        address: each._replace(is_new=each.id in new_contacts, has_moved=each.id in moved)
        for address, each in locked.items()
    }


def _aliases(senders: Sequence[Sender]) -> dict[Address, Address]:
    """The numbers among the senders' addresses that have another spelling, with it."""
    return {
        address: Address(AddressKind.PHONE, other)
        for sender in senders
        for address in sender.addresses
        if address.kind is AddressKind.PHONE and (other := alias(address.value))
    }


async def _known(connection: AsyncConnection, addresses: Sequence[Address]) -> dict[Address, tuple[str, str]]:
    """The id and the contact's id of those addresses that are known."""
    return {
        Address.stored(AddressKind(kind), key): (address_id, contact_id)
        for address_id, contact_id, kind, key in await queries.addresses_of(connection, addresses)
    }


def _assign(
    senders: Sequence[Sender],
    known: dict[Address, tuple[str, str]],
    aliases: Mapping[Address, Address],
    now: datetime,
) -> tuple[dict[str, ContactRow], list[AddressRow]]:
    """Complete `known` with fresh ids for what is missing; returns the rows to insert."""
    contacts: dict[str, ContactRow] = {}
    addresses: list[AddressRow] = []
    for sender in senders:
        contact_id = _contact_of(sender, known, aliases)
        if contact_id is None:
            contact_id = new_id()
            contacts[contact_id] = _new_contact(contact_id, sender, now)
        for address in sender.addresses:
            if address not in known:
                known[address] = (new_id(), contact_id)
                addresses.append(
                    {
                        "id": known[address][0],
                        "contact_id": contact_id,
                        "kind": address.kind.value,
                        "value": address.key,
                        "created_at": now,
                        "updated_at": now,
                    }
                )
    return contacts, addresses


def _known_before(joined: Sequence[AddressRow], known: Mapping[Address, tuple[str, str]]) -> dict[str, list[str]]:
    """For each address that joined a contact the ids of those by which the batch found them."""
    new = {row["id"] for row in joined}
    return {
        row["id"]: [
            address_id
            for address_id, contact_id in known.values()
            if contact_id == row["contact_id"] and address_id not in new
        ]
        for row in joined
    }


def _contact_of(
    sender: Sender, known: Mapping[Address, tuple[str, str]], aliases: Mapping[Address, Address]
) -> str | None:
    for address in sender.addresses:
        if address in known:
            return known[address][1]
    spelled_otherwise = (aliases[each] for each in sender.addresses if each in aliases)
    return next((known[each][1] for each in spelled_otherwise if each in known), None)


def _alike(
    senders: Sequence[Sender], known: Mapping[Address, tuple[str, str]], aliases: Mapping[Address, Address]
) -> set[tuple[str, str]]:
    """Contacts who are one person: their addresses are one sender's, or two spellings of one number."""
    pairs: set[tuple[str, str]] = set()
    for sender in senders:
        owner = known[sender.addresses[0]][1]
        for address in sender.addresses:
            for each in (address, aliases.get(address, address)):
                if each in known and known[each][1] != owner:
                    pairs.add((owner, known[each][1]))
    return pairs


def _new_contact(contact_id: str, sender: Sender, now: datetime) -> ContactRow:
    values = {each.kind: each.value for each in reversed(sender.addresses)}
    guessed = _whereabouts(values)
    return {
        "id": contact_id,
        "phone": values.get(AddressKind.PHONE),
        "email": values.get(AddressKind.EMAIL),
        "name": sender.name or None,
        "locale": sender.locale or guessed.locale or None,
        "timezone": guessed.timezone or None,
        "created_at": now,
        "updated_at": now,
    }


def _whereabouts(values: Mapping[AddressKind, str]) -> Whereabouts:
    """Where somebody new probably is: by their number, else by the country in the id of who hides it on WhatsApp."""
    # Behind the channel's name a made-up person has the look of a number.
    number = values.get(AddressKind.PHONE) or values.get(AddressKind.SIMULATOR, "").partition(":")[2]
    if number.startswith("+"):
        return whereabouts(number)
    return Whereabouts(locale_of(values.get(AddressKind.WA_USER, "").partition(".")[0].upper()), "")


async def _lock(
    connection: AsyncConnection,
    senders: Sequence[Sender],
    known: Mapping[Address, tuple[str, str]],
) -> dict[Address, LockedContact]:
    contact_ids = {known[sender.addresses[0]][1] for sender in senders}
    found, held = await queries.try_lock_contacts(connection, contact_ids)
    if held:
        raise _held(senders, {address for address, (_id, contact_id) in known.items() if contact_id in held})
    if len(found) < len(contact_ids) or any(row.merged_into for row in found):
        raise ContactsChangedError
    rows = {row.id: row for row in found}
    by_contact: dict[str, dict[Address, str]] = {}
    for address, (address_id, contact_id) in known.items():
        by_contact.setdefault(contact_id, {})[address] = address_id
    locked = {contact_id: locked_from(row, by_contact[contact_id]) for contact_id, row in rows.items()}
    return {sender.addresses[0]: locked[known[sender.addresses[0]][1]] for sender in senders}


async def _hold(connection: AsyncConnection, moving: Sequence[Sender]) -> None:
    """Lock the contacts of whoever moves before any of their rows changes, for that would wait for who holds them."""
    wanted = {each: spellings(each) for sender in moving for each in (*sender.former, *sender.addresses)}
    known = await _known(connection, [each for both in wanted.values() for each in both])
    _rows, held = await queries.try_lock_contacts(connection, {contact_id for _id, contact_id in known.values()})
    if held:
        theirs = {each for each, both in wanted.items() if any(known.get(one, ("", ""))[1] in held for one in both)}
        raise _held(moving, theirs)


def _held(senders: Iterable[Sender], theirs: set[Address]) -> ContactsHeldError:
    """The error that names all addresses of those senders who are known by one of `theirs`."""
    return ContactsHeldError(
        frozenset(
            address
            for sender in senders
            if not theirs.isdisjoint((*sender.addresses, *sender.former))
            for address in sender.addresses
        )
    )
