"""Contacts that are known already, locked: whoever changes what belongs to one holds it until the transaction ends.

They are locked by id, so that no two who lock several wait for each other.
"""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from types import MappingProxyType
from typing import Any, NamedTuple

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.models import Responder
from bot.contacts.rules import attributes_in
from bot.core.addresses import Address, AddressKind
from bot.core.messages import RecentAnswer
from bot.engine.conversation import StateValue

_NO_ATTRIBUTES: Mapping[str, StateValue] = MappingProxyType({})


class LockedContact(NamedTuple):
    """A contact as it is under this transaction's lock.

    Attributes:
        phone: the primary one, be it only now known; empty when there is none.
        email: likewise.
        recent_answers: what the bot said to them a moment ago.
        address_ids: of the addresses the batch named.
        responder: who answers them.
        epoch: how often people took the conversation over.
        waiting_since: since when they wait for a person, or None.
        reopens_until: until when what they write goes to the person who answered them last, or None.
        has_merged: others were merged into them, whose messages are theirs, too.
        is_new: this transaction has made them.
        has_moved: it has given them another address, or one more.
    """

    id: str
    seq: int
    name: str
    phone: str
    email: str
    locale: str
    opt_in: bool
    fallback_at: datetime | None
    last_inbound_at: datetime | None
    recent_answers: tuple[RecentAnswer, ...] = ()
    address_ids: Mapping[Address, str] = MappingProxyType({})
    responder: Responder = Responder.BOT
    epoch: int = 0
    waiting_since: datetime | None = None
    reopens_until: datetime | None = None
    timezone: str = ""
    attributes: Mapping[str, StateValue] = _NO_ATTRIBUTES
    has_merged: bool = False
    is_new: bool = False
    has_moved: bool = False


async def lock(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, LockedContact]:
    """Lock known contacts, with all their addresses; by contact id. One that is gone is missing.

    The id of one who was merged gives who goes on.
    """
    ids = set(contact_ids)
    rows = await _lock_who_goes_on(connection, await queries.lock_kept(connection, ids))
    merged = await _merged(connection, ids, rows)
    looked_for = set[str]()
    while others := {merged.get(each, each) for each in ids}.difference((row.id for row in rows), looked_for):
        # They are gone; or they were made two again while who had gone on for them was waited for.
        looked_for |= others
        rows = await _lock_who_goes_on(connection, [*rows, *await queries.lock_contacts(connection, others)])
        merged = await _merged(connection, ids, rows)
    return _by_asked(ids, merged, await _with_addresses(connection, rows))


async def look_at(connection: AsyncConnection, contact_ids: Iterable[str]) -> dict[str, LockedContact]:
    """What `lock` gives, without a lock: for what only shows something."""
    ids = set(contact_ids)
    rows = await queries.look_at_contacts(connection, ids)
    merged = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    if merged:
        rows = await queries.look_at_contacts(connection, {merged.get(each, each) for each in ids})
    return _by_asked(ids, merged, await _with_addresses(connection, rows))


async def try_lock(
    connection: AsyncConnection, contact_ids: Iterable[str]
) -> tuple[dict[str, LockedContact], frozenset[str]]:
    """Lock those of the contacts that nobody else holds, without waiting; gives them by id, and the ids of the others.

    One that is gone is in neither; the id of one who was merged gives who goes on.
    """
    ids = set(contact_ids)
    rows, held = await queries.try_lock_contacts(connection, ids)
    merged = {row.id: row.merged_into for row in rows if row.merged_into is not None}
    if merged:
        more, further = await queries.try_lock_contacts(connection, merged.values())
        rows = [*rows, *(row for row in more if row.id not in ids)]
        held = held.union(each for each, kept in merged.items() if kept in further)
    return _by_asked(ids, merged, await _with_addresses(connection, rows)), held


def locked_from(row: Row[Any], addresses: Mapping[Address, str]) -> LockedContact:
    """The contact of a row that is locked; `addresses` are the ids of those that are asked for."""
    return LockedContact(
        id=row.id,
        seq=row.seq,
        name=row.name or "",
        phone=row.phone or _first(addresses, AddressKind.PHONE),
        email=row.email or _first(addresses, AddressKind.EMAIL),
        locale=row.locale or "",
        opt_in=row.opt_in,
        fallback_at=row.fallback_at,
        last_inbound_at=row.last_inbound_at,
        recent_answers=tuple([(at, what) for at, what in row.recent_answers or ()]),
        address_ids=addresses,
        responder=row.responder,
        epoch=row.epoch,
        waiting_since=row.waiting_since,
        reopens_until=row.reopens_until,
        timezone=row.timezone or "",
        attributes=attributes_in(row.attributes) if row.attributes else _NO_ATTRIBUTES,
        has_merged=row.has_merged,
    )


async def _lock_who_goes_on(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> Sequence[Row[Any]]:
    """Those that are locked, with who goes on in the place of each who was merged while they were waited for."""
    while passed := {row.merged_into for row in rows if row.merged_into is not None}:
        others = {row.id for row in rows if row.merged_into is None}
        rows = [
            *(row for row in rows if row.merged_into is None),
            *await queries.lock_contacts(connection, passed - others),
        ]
    return rows


async def _merged(connection: AsyncConnection, ids: set[str], rows: Sequence[Row[Any]]) -> Mapping[str, str]:
    """Who goes on for each of the contacts who was merged; `rows` are those that are locked themselves."""
    missing = ids.difference(row.id for row in rows)
    return await queries.kept(connection, missing) if missing else {}


def _by_asked(
    ids: Iterable[str], merged: Mapping[str, str], locked: Mapping[str, LockedContact]
) -> dict[str, LockedContact]:
    return {each: locked[kept] for each in sorted(ids) if (kept := merged.get(each, each)) in locked}


async def _with_addresses(connection: AsyncConnection, rows: Sequence[Row[Any]]) -> dict[str, LockedContact]:
    addresses: dict[str, dict[Address, str]] = {row.id: {} for row in rows}
    for address_id, contact_id, kind, key in await queries.addresses_of_contacts(connection, addresses):
        addresses[contact_id][Address.stored(AddressKind(kind), key)] = address_id
    return {row.id: locked_from(row, addresses[row.id]) for row in rows}


def _first(addresses: Iterable[Address], kind: AddressKind) -> str:
    return next((each.value for each in addresses if each.kind is kind), "")
