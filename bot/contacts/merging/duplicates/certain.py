"""Contacts of whom a provider says that they are one person: suggested before all others, and merged where that is set.

A provider names two addresses as one sender's, or a number has two spellings; or it vouches for a number that somebody
shares as their own. What people said of such a pair holds: dismissed, it is not suggested again.
"""

from collections.abc import Iterable, Mapping
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries as contact_queries
from bot.contacts.merging.duplicates import queries
from bot.contacts.merging.duplicates.likeness import Likeness
from bot.core.addresses import Address
from bot.core.ids import new_id
from bot.core.phones import alias
from bot.jobs import service as jobs

MERGE_CERTAIN = "merge_certain"
"""The job that merges them, where that is set."""


async def told_alike(connection: AsyncConnection, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Suggest pairs of contacts that are certain, once."""
    wanted = {(min(pair), max(pair)) for pair in pairs}
    known = await queries.known(connection, wanted)
    rows = [
        {
            "id": known.get(pair, ("",))[0] or new_id(),
            "first_id": pair[0],
            "second_id": pair[1],
            "score": queries.CERTAIN,
            "reasons": [Likeness.TOLD.value],
            "found_at": now,
        }
        for pair in sorted(wanted)
        if pair not in known or known[pair].may_be_raised
    ]
    if rows:
        await queries.WRITE.execute(connection, rows)
        await jobs.schedule(
            connection, [jobs.NewJob(MERGE_CERTAIN, str(row["id"]), now, {"suggestion": row["id"]}) for row in rows]
        )


async def told_own(connection: AsyncConnection, numbers: Mapping[str, Address], now: datetime) -> None:
    """Suggest who has a number that a provider says is a contact's own.

    Args:
        connection: in a transaction.
        numbers: by contact's id theirs.
        now: the moment.
    """
    spelled = {
        contact_id: [number, *([number._replace(value=other)] if (other := alias(number.value)) else [])]
        for contact_id, number in numbers.items()
    }
    found = await contact_queries.addresses_of(connection, [each for both in spelled.values() for each in both])
    owners = {(kind, value): owner for _id, owner, kind, value in found}
    pairs = [
        (contact_id, owner)
        for contact_id, both in spelled.items()
        for each in both
        if (owner := owners.get((each.kind.value, each.key), contact_id)) != contact_id
    ]
    if pairs:
        await told_alike(connection, pairs, now)
