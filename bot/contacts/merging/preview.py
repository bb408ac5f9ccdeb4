"""What merging two contacts would move and combine of what contacts are made of; nothing is changed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries
from bot.contacts.directory import AddressCard, ContactCard, addresses, cards, tags
from bot.contacts.merging.consents import refusals
from bot.contacts.merging.rules import added, filled
from bot.core.addresses import Channel
from bot.core.purposes import ConsentPurpose


@dataclass(frozen=True, slots=True)
class Refusal:
    """That an address is to refuse what another one of the same person did.

    Attributes:
        address: which.
        channel: where.
        purpose: of what.
    """

    address: str
    channel: Channel
    purpose: ConsentPurpose


@dataclass(frozen=True, slots=True)
class JoinPreview:
    """What would become of two contacts.

    Attributes:
        kept: who goes on.
        merged: of whom nothing but the history would be left.
        addresses: those that would move.
        filled: details that only the merged one has, by name.
        attributes: those that only the merged one has.
        tags: those that only the merged one has.
        refused: what would be refused for both.
    """

    kept: ContactCard
    merged: ContactCard
    addresses: Sequence[AddressCard]
    filled: Mapping[str, str]
    attributes: Mapping[str, Any]
    tags: Sequence[str]
    refused: Sequence[Refusal]


async def preview_join(connection: AsyncConnection, kept_id: str, merged_id: str) -> JoinPreview | None:
    """What would become of two contacts; None where one is gone, or they are one."""
    both = {each.id: each for each in await cards(connection, [kept_id, merged_id])}
    if kept_id == merged_id or {kept_id, merged_id} != set(both):
        return None
    kept, merged = both[kept_id], both[merged_id]
    theirs = await queries.addresses_of_contacts(connection, [kept_id])
    others = await queries.addresses_of_contacts(connection, [merged_id])
    values = {row.id: row.value for row in (*theirs, *others)}
    known = await tags(connection, kept_id)
    return JoinPreview(
        kept=kept,
        merged=merged,
        addresses=await addresses(connection, merged_id),
        filled=filled(_details(kept), _details(merged)),
        attributes=added(kept.attributes, merged.attributes),
        tags=[each for each in await tags(connection, merged_id) if each not in known],
        refused=[
            Refusal(values[each.address_id], each.channel, each.said.purpose)
            for each in await refusals(connection, theirs, others)
        ],
    )


def _details(card: ContactCard) -> dict[str, Any]:
    return {
        "name": card.name,
        "phone": card.phone,
        "email": card.email,
        "locale": card.locale,
        "timezone": card.timezone,
    }
