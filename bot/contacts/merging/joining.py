"""What contacts are made of, given to who goes on, and given back: addresses, details, tags, consents.

Messages stay where they are, and so does what an address agreed to.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries as contact_queries
from bot.contacts.changed import changed
from bot.contacts.merging import queries
from bot.contacts.merging.consents import combine, restore
from bot.contacts.merging.rules import added, filled, latest, without
from bot.contacts.merging.values import ContactMove
from bot.contacts.tags import change_tags

Locked = Row[Any]
"""A row of `bot.contacts.queries.lock_contacts`."""


async def join(connection: AsyncConnection, kept: Locked, merged: Locked, now: datetime) -> ContactMove:
    """Give to `kept` what is theirs from now on; both are locked, and nobody of them is merged."""
    theirs = await contact_queries.addresses_of_contacts(connection, [kept.id])
    others = await contact_queries.addresses_of_contacts(connection, [merged.id])
    ids = sorted(row.id for row in others)
    if ids:
        await queries.give_addresses(connection, ids, merged.id, kept.id, now)
    family = sorted(await contact_queries.merged(connection, [merged.id]))
    if family:
        await queries.set_merged(connection, family, merged.id, kept.id, now)
    await queries.set_merged(connection, [merged.id], None, kept.id, now)
    consents = await combine(connection, theirs, others, now)
    details = filled(kept._asdict(), merged._asdict())
    attributes = added(kept.attributes, merged.attributes)
    tags = await _give_tags(connection, kept.id, merged.id, now)
    opt_in = kept.opt_in and not any(not each.after.opted_in for each in consents)
    values: dict[str, object] = {
        **details,
        "attributes": {**(kept.attributes or {}), **attributes} or None,
        "last_inbound_at": latest(kept.last_inbound_at, merged.last_inbound_at),
        "fallback_at": latest(kept.fallback_at, merged.fallback_at),
        "opt_in": opt_in,
        "has_merged": True,
    }
    await queries.set_contact(connection, kept.id, {**values, "updated_at": now})
    await changed(connection, [kept.id, merged.id], now)
    return ContactMove(
        addresses=ids,
        family=family,
        filled=details,
        attributes=attributes,
        tags=tags,
        last_inbound_at=kept.last_inbound_at,
        fallback_at=kept.fallback_at,
        fallback_at_after=latest(kept.fallback_at, merged.fallback_at),
        reopens_until=kept.reopens_until,
        reopens_until_after=latest(kept.reopens_until, merged.reopens_until),
        opt_in=kept.opt_in,
        opt_in_after=opt_in,
        consents=consents,
    )


async def part(
    connection: AsyncConnection, kept: Locked, merged: Locked, moved: ContactMove, now: datetime
) -> Sequence[str]:
    """Give back what `join` gave; returns the ids of the addresses that are the merged one's again.

    Of details, attributes and tags those stay that somebody changed since.
    """
    back = await queries.give_addresses(connection, moved.addresses, kept.id, merged.id, now)
    if moved.family:
        await queries.set_merged(connection, moved.family, kept.id, merged.id, now)
    await queries.set_merged(connection, [merged.id], kept.id, None, now)
    own = {row.id for row in back}
    for owner, moves in (
        (merged.id, [each for each in moved.consents if each.address_id in own]),
        (kept.id, [each for each in moved.consents if each.address_id not in own]),
    ):
        if moves:
            await restore(connection, moves, owner, now)
    emptied = {name for name, value in moved.filled.items() if getattr(kept, name) == value}
    # A turn takes the first number there is for somebody's primary one.
    values_gone = {row.value for row in back}
    emptied |= {name for name in ("phone", "email") if getattr(kept, name) in values_gone}
    values: dict[str, object] = {
        **dict.fromkeys(emptied),
        "attributes": without(kept.attributes, moved.attributes),
        "has_merged": bool(await contact_queries.merged(connection, [kept.id])),
    }
    if kept.opt_in == moved.opt_in_after:
        values["opt_in"] = moved.opt_in
    if kept.fallback_at == moved.fallback_at_after:
        values["fallback_at"] = moved.fallback_at
    await queries.set_contact(connection, kept.id, {**values, "updated_at": now})
    if moved.tags:
        await change_tags(connection, {kept.id: dict.fromkeys(moved.tags, False)}, now)
    await changed(connection, [kept.id, merged.id], now)
    return sorted(own)


async def _give_tags(connection: AsyncConnection, kept_id: str, merged_id: str, now: datetime) -> list[str]:
    rows = await contact_queries.tags_of_contacts(connection, [kept_id, merged_id])
    has = {row.name for row in rows if row.contact_id == kept_id}
    new = sorted({row.name for row in rows if row.contact_id == merged_id} - has)
    if new:
        await change_tags(connection, {kept_id: dict.fromkeys(new, True)}, now)
    return new
