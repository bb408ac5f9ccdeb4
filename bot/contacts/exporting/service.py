"""The public face of exporting: people as a sheet that the import reads again."""

from collections.abc import AsyncIterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.contacts.consent import consents_of
from bot.contacts.exporting import queries
from bot.contacts.exporting.rules import Attribute, consent_cells, header, spelled, type_of
from bot.contacts.exporting.wanted import Agreement, Wanted
from bot.contacts.importing.claim import REACHED
from bot.contacts.importing.columns import Type
from bot.contacts.queries import addresses_of_contacts, tags_of_contacts
from bot.contacts.rules import attributes_in
from bot.core.actors import Actor
from bot.core.addresses import AddressKind, Channel
from bot.core.consents import Agreed
from bot.db.engine import Reading

__all__ = ["BOM", "Agreement", "Wanted", "record_export", "sheet_of"]

BOM = "\ufeff"
"""Begins a sheet, so that Excel reads it as UTF-8."""
_PAGE = 500
_TYPES = {"string": Type.TEXT, "text": Type.TEXT, "true": Type.BOOLEAN, "false": Type.BOOLEAN, "boolean": Type.BOOLEAN}


async def record_export(connection: AsyncConnection, by: Actor, wanted: Wanted, now: datetime) -> None:
    """That somebody exports people is a line of the audit."""
    asked = {name: value for name, value in wanted._asdict().items() if value}
    told = {name: value.isoformat() if isinstance(value, datetime) else value for name, value in asked.items()}
    await record(connection, by, "contact.export", "contact", "", told, at=now)


async def sheet_of(reading: Reading, wanted: Wanted) -> AsyncIterator[list[list[str]]]:
    """The header and then the people, some rows at a time; no connection is kept while they are taken."""
    async with reading() as connection:
        found = await queries.attributes(connection, wanted)
    columns = sorted({(name, _TYPES.get(type_, Type.NUMBER)) for name, type_ in found})
    yield [header(columns)]
    after = ""
    while True:
        async with reading() as connection:
            rows = await queries.people(connection, wanted, after, _PAGE)
            cells = await _cells(connection, rows, columns)
        if not rows:
            return
        yield cells
        after = rows[-1].id


async def _cells(
    connection: AsyncConnection, rows: Sequence[Row[Any]], columns: Sequence[Attribute]
) -> list[list[str]]:
    ids = [row.id for row in rows]
    tags: dict[str, list[str]] = {}
    for contact_id, name in await tags_of_contacts(connection, ids):
        tags.setdefault(contact_id, []).append(name)
    addresses: dict[str, dict[AddressKind, dict[str, str]]] = {}
    for address_id, contact_id, kind, key in await addresses_of_contacts(connection, ids):
        addresses.setdefault(contact_id, {}).setdefault(AddressKind(kind), {})[key] = address_id
    chosen = {row.id: _chosen(row, addresses.get(row.id, {})) for row in rows}
    agreed = await consents_of(connection, [id_ for of_one in chosen.values() for _key, id_ in of_one.values()])
    return [
        [
            row.id,
            row.name or "",
            *(chosen[row.id].get(kind, ("",))[0] for kind in (AddressKind.PHONE, AddressKind.EMAIL)),
            row.locale or "",
            row.timezone or "",
            ", ".join(tags.get(row.id, ())),
            *consent_cells(_by_channel(chosen[row.id], agreed)),
            *_attribute_cells(row, columns),
        ]
        for row in rows
    ]


def _chosen(row: Row[Any], addresses: Mapping[AddressKind, Mapping[str, str]]) -> dict[AddressKind, tuple[str, str]]:
    """The address of each kind that is given, with its id: the primary one, if they have it still."""
    primary = {AddressKind.PHONE: row.phone, AddressKind.EMAIL: row.email}
    chosen = {}
    for kind, first in primary.items():
        own = addresses.get(kind)
        if own:
            key = first if first in own else min(own)
            chosen[kind] = (key, own[key])
    return chosen


def _by_channel(
    chosen: Mapping[AddressKind, tuple[str, str]], agreed: Mapping[tuple[str, Channel], Agreed]
) -> dict[Channel, Agreed]:
    return {
        channel: agreed[id_, channel]
        for kind, (_key, id_) in chosen.items()
        for channel in REACHED[kind]
        if (id_, channel) in agreed
    }


def _attribute_cells(row: Row[Any], columns: Sequence[Attribute]) -> list[str]:
    own = attributes_in(row.attributes)
    return [spelled(own[name]) if name in own and type_of(own[name]) is type_ else "" for name, type_ in columns]
