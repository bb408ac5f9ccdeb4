"""What two contacts agree to once they are one: whatever either refused on a channel, both refuse there.

The rows stay with their addresses, and the refusals are written there, since whoever sends looks up one row alone. Who
comes back says so as ever, at the address from which they write. Once they are two again, what was written is taken
back, but for what was said since.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import queries as contact_queries
from bot.contacts.consent import ConsentKey, SetConsent, change_row, consents_of, set_consents
from bot.contacts.merging import queries
from bot.contacts.merging.values import ConsentMove, Held
from bot.core.addresses import AddressKind, Channel, channels_of
from bot.core.consents import NOTHING, Agreed, ConsentReason, Said
from bot.core.events import ConsentChanged
from bot.core.ids import new_id
from bot.core.purposes import ConsentPurpose
from bot.listeners.service import tell

MERGED, UNMERGED = "merged", "unmerged"
"""What the history tells of a change that nobody said."""
AddressRow = contact_queries.AddressRow


async def combine(
    connection: AsyncConnection, kept: Sequence[AddressRow], merged: Sequence[AddressRow], now: datetime
) -> list[ConsentMove]:
    """Let the addresses of either side refuse what those of the other do; gives what that changed.

    Args:
        connection: in a transaction that holds the contacts' locks.
        kept: the addresses of who goes on.
        merged: those of who is merged.
        now: when.
    """
    changes = await refusals(connection, kept, merged)
    if not changes:
        return []
    keys = {(each.address_id, each.channel) for each in changes}
    before = await _held(connection, keys)
    await set_consents(connection, changes, now)
    after = await _held(connection, keys)
    return [
        ConsentMove(*key, before=before.get(key), after=after[key])
        for key in sorted(keys)
        if before.get(key) != after[key]
    ]


async def refusals(
    connection: AsyncConnection, kept: Sequence[AddressRow], merged: Sequence[AddressRow]
) -> list[SetConsent]:
    """What the addresses of either side are to refuse, since those of the other do."""
    agreed = await consents_of(connection, [row.id for row in (*kept, *merged)])
    return [*_refusals(agreed, kept, merged), *_refusals(agreed, merged, kept)]


async def restore(connection: AsyncConnection, moves: Sequence[ConsentMove], contact_id: str, now: datetime) -> None:
    """Let those consents be as they were that are still as `combine` left them.

    `contact_id` is whose the addresses are, for what is told of them.
    """
    present = await _held(connection, {(each.address_id, each.channel) for each in moves})
    back = [each for each in moves if present.get((each.address_id, each.channel)) == each.after]
    gone = [(each.address_id, each.channel) for each in back if each.before is None]
    if gone:
        await queries.delete_consents(connection, gone)
    rows = [_row(each, each.before, now) for each in back if each.before is not None]
    if rows:
        await contact_queries.UPSERT_CONSENTS.execute(connection, rows)
    news = [change for each in back for change in _changes(each, contact_id, now)]
    await contact_queries.INSERT_CONSENT_CHANGES.execute(connection, [change_row(each) for each in news])
    await tell(connection, news, now)


def _refusals(
    agreed: Mapping[ConsentKey, Agreed], of: Sequence[AddressRow], for_: Sequence[AddressRow]
) -> Iterable[SetConsent]:
    """What is to be said for some addresses, since other ones refuse it."""
    theirs = {row.id for row in of}
    refused: dict[tuple[Channel, ConsentPurpose], ConsentReason] = {}
    for (address_id, channel), each in sorted(agreed.items()):
        if address_id not in theirs:
            continue
        # That an address takes no messages says nothing of another one.
        if each.all is not None and each.refuses and each.all.reason is not ConsentReason.BOUNCE:
            refused.setdefault((channel, ConsentPurpose.ALL), each.all.reason)
        marketing = each.of_marketing
        if marketing is not None and not marketing.opted_in:
            refused.setdefault((channel, ConsentPurpose.MARKETING), marketing.reason)
    for row in for_:
        for (channel, purpose), reason in sorted(refused.items()):
            held = agreed.get((row.id, channel), NOTHING)
            marketing = held.of_marketing
            holds = held.refuses if purpose is ConsentPurpose.ALL else marketing is not None and not marketing.opted_in
            if not holds and channel in channels_of(AddressKind(row.kind), row.value):
                # Without a time, as of now: it holds although they agreed later than the other refused.
                yield SetConsent(row.id, channel, Said(False, reason, purpose, detail=MERGED))


async def _held(connection: AsyncConnection, keys: Collection[ConsentKey]) -> dict[ConsentKey, Held]:
    rows = await contact_queries.consents_of(connection, {address_id for address_id, _channel in keys})
    return {key: _of(row) for row in rows if (key := (row.address_id, Channel(row.channel))) in keys}


def _of(row: Row[Any]) -> Held:
    return Held(
        opted_in=row.opted_in,
        reason=row.reason,
        changed_at=row.changed_at,
        said_at=row.said_at,
        marketing_opted_in=row.marketing_opted_in,
        marketing_reason=row.marketing_reason,
        marketing_changed_at=row.marketing_changed_at,
        marketing_said_at=row.marketing_said_at,
    )


def _row(move: ConsentMove, held: Held, now: datetime) -> dict[str, object]:
    columns = {name: getattr(held, name) for name in Held.__slots__}
    about = {"id": new_id(), "address_id": move.address_id, "channel": move.channel, "reminded_at": None}
    return {**about, **columns, "created_at": now, "updated_at": now}


def _changes(move: ConsentMove, contact_id: str, now: datetime) -> Iterable[ConsentChanged]:
    before, after = move.before, move.after
    opted_in = before is None or before.opted_in
    if opted_in != after.opted_in:
        yield _change(move, contact_id, ConsentPurpose.ALL, before.reason if before else after.reason, now, opted_in)
    marketing = None if before is None else before.marketing_opted_in
    if before is not None and marketing is not None and marketing != after.marketing_opted_in:
        yield _change(move, contact_id, ConsentPurpose.MARKETING, before.marketing_reason or "", now, marketing)


def _change(
    move: ConsentMove, contact_id: str, purpose: ConsentPurpose, reason: str, now: datetime, opted_in: bool
) -> ConsentChanged:
    return ConsentChanged(
        contact_id=contact_id,
        address_id=move.address_id,
        channel=move.channel,
        purpose=purpose,
        opted_in=opted_in,
        reason=ConsentReason(reason),
        detail=UNMERGED,
        said_at=None,
        at=now,
    )
