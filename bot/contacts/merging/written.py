"""What was merged, as it is written down."""

from collections.abc import Collection, Mapping
from datetime import datetime
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.merging import queries
from bot.contacts.merging.values import Merge, Part, from_json, to_json


async def write_down_merge(connection: AsyncConnection, merge: Merge, user_id: str | None) -> None:
    """Write down that two were merged; `user_id` is who said so, where they were logged in."""
    row = {name: getattr(merge, name) for name in Merge.__slots__}
    await queries.write_down(connection, {**row, "user_id": user_id})


async def set_merge_undone(connection: AsyncConnection, merge_id: str, now: datetime) -> None:
    """Write down that they are two again."""
    await queries.set_undone(connection, merge_id, now)


async def find_merge(connection: AsyncConnection, merge_id: str) -> Merge | None:
    """A merge, be it undone or not."""
    row = await queries.merge(connection, merge_id)
    return None if row is None else _merge(row)


async def merges_of(connection: AsyncConnection, contact_id: str, limit: int = 50) -> list[Merge]:
    """The merges that hold by which others became this contact, the last one first: that is undone first."""
    return [_merge(row) for row in await queries.merges_of(connection, [contact_id], limit)]


async def merge_that_holds(connection: AsyncConnection, merged_id: str) -> Merge | None:
    """The merge by which somebody is another contact now, or None."""
    return next(iter(await merges_that_hold(connection, [merged_id])), None)


async def merges_that_hold(connection: AsyncConnection, merged_ids: Collection[str]) -> list[Merge]:
    """The merges by which these are other contacts now."""
    return [_merge(row) for row in await queries.merges_that_hold(connection, merged_ids)]


async def set_heard(connection: AsyncConnection, moments: Mapping[str, datetime | None], now: datetime) -> None:
    """Set when those contacts last wrote; they are locked."""
    for contact_id, at in sorted(moments.items()):
        await queries.set_contact(connection, contact_id, {"last_inbound_at": at, "updated_at": now})


async def note_moved(connection: AsyncConnection, merge_id: str, room: str, part: object) -> None:
    """Write down what another room moved, in the transaction in which it hears of the merge."""
    row = await queries.merge(connection, merge_id)
    if row is not None:
        await queries.set_moved(connection, merge_id, {**row.moved, room: to_json(part)})


async def noted(connection: AsyncConnection, merge_id: str, room: str, kind: type[Part]) -> Part | None:
    """What that room wrote down, or None."""
    row = await queries.merge(connection, merge_id)
    return None if row is None or room not in row.moved else from_json(kind, row.moved[room])


def _merge(row: Row[Any]) -> Merge:
    return Merge(**{name: row._mapping[name] for name in Merge.__slots__})  # noqa: SLF001 - a Row's public mapping
