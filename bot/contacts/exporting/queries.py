"""The statements of exports."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, exists, func, or_, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.exporting.wanted import Agreement, Wanted
from bot.contacts.models import Consent, Contact, ContactAddress, ContactTag, Tag
from bot.core.addresses import KINDS_BY_CHANNEL, AddressKind
from bot.db.engine import is_postgresql


async def people(connection: AsyncConnection, wanted: Wanted, after: str, limit: int) -> Sequence[Row[Any]]:
    """The next rows of `contacts`, by id; those whom the simulator made up are nobody."""
    statement = select(Contact.__table__).where(Contact.id > after, *_conditions(wanted))
    return (await connection.execute(statement.order_by(Contact.id).limit(limit))).all()


async def attributes(connection: AsyncConnection, wanted: Wanted) -> Sequence[tuple[str, str]]:
    """The names of all their attributes, each with a type as their JSON has it, the same as each database calls it."""
    on_postgresql = is_postgresql(connection)
    each = func.jsonb_each if on_postgresql else func.json_each
    pairs = each(Contact.attributes).table_valued("key", "value", "type")
    type_ = func.jsonb_typeof(pairs.c.value) if on_postgresql else pairs.c.type
    statement = select(pairs.c.key, type_).select_from(Contact).join(pairs, text("true")).where(*_conditions(wanted))
    return [(row[0], row[1]) for row in await connection.execute(statement.distinct())]


def _conditions(wanted: Wanted) -> list[ColumnElement[bool]]:
    of_them = ContactAddress.contact_id == Contact.id
    found = [Contact.merged_into.is_(None), ~exists().where(of_them, ContactAddress.kind == AddressKind.SIMULATOR)]
    if wanted.tags:
        has = select(ContactTag.contact_id).join(Tag, Tag.id == ContactTag.tag_id).where(Tag.name.in_(wanted.tags))
        found.append(Contact.id.in_(has))
    if wanted.channels:
        kinds = {kind for channel in wanted.channels for kind in KINDS_BY_CHANNEL[channel]}
        found.append(exists().where(of_them, ContactAddress.kind.in_(sorted(kinds))))
    if wanted.consent is not None:
        agreed = wanted.consent is Agreement.AGREED
        said = (Consent.opted_in, Consent.marketing_opted_in) if agreed else (~Consent.opted_in,)
        found.append(exists().where(of_them, Consent.address_id == ContactAddress.id, *said))
    if wanted.locale:
        found.append(or_(Contact.locale == wanted.locale, Contact.locale.startswith(f"{wanted.locale}-")))
    if wanted.seen_since is not None:
        found.append(Contact.last_inbound_at >= wanted.seen_since)
    if wanted.seen_before is not None:
        found.append(Contact.last_inbound_at < wanted.seen_before)
    return found
