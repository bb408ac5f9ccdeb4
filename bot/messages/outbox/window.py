"""The customer window: how long after a person last wrote anything may be sent to them, where a channel limits that."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.core.addresses import Channel
from bot.messages.outbox import queries
from bot.providers.table import PROVIDERS

_NONE: Mapping[Channel, timedelta] = MappingProxyType({})


def windows_of(account: str) -> Mapping[Channel, timedelta]:
    """The windows of an account's provider, by channel; none for the simulator and where nothing is limited."""
    provider = PROVIDERS.get(account.partition(":")[0])
    return _NONE if provider is None else provider.windows


async def closed_for(connection: AsyncConnection, account: str, rows: Sequence[Row[Any]], now: datetime) -> set[str]:
    """The ids of those queued messages of `account` whose windows are closed.

    Replies are not looked at: they are stale long before a window closes.
    """
    windows = windows_of(account)
    asked = [row for row in rows if row.reply_to_id is None and row.channel in windows] if windows else []
    if not asked:
        return set()
    closed: set[str] = set()
    for channel in sorted({row.channel for row in asked}):
        those = [row for row in asked if row.channel == channel]
        heard = await heard_within(connection, account, Channel(channel), {row.contact_id for row in those}, now)
        closed |= {row.id for row in those if row.contact_id not in heard}
    return closed


async def heard_within(
    connection: AsyncConnection, account: str, channel: Channel, contact_ids: Collection[str], now: datetime
) -> set[str]:
    """Those of the contacts to whom anything may be sent; all of them where nothing limits the channel."""
    if channel not in windows_of(account):
        return set(contact_ids)
    return set(await open_until(connection, account, channel, contact_ids, now))


async def open_until(
    connection: AsyncConnection, account: str, channel: Channel, contact_ids: Collection[str], now: datetime
) -> Mapping[str, datetime]:
    """Until when anything may be sent to the contacts, on a channel that limits that; where that is over, none."""
    window = windows_of(account)[channel]
    parameters = {"account": account, "channel": channel, "since": now - window}
    statement = queries.last_heard(connection.dialect.name)
    rows = (await connection.execute(statement, {**parameters, "contacts": sorted(contact_ids)})).all()
    heard = {row.id: row.at + window for row in rows if row.at is not None}
    merged = await contacts.merged(connection, [row.id for row in rows if row.at is None and row.has_merged])
    if merged:
        rows = (await connection.execute(statement, {**parameters, "contacts": sorted(merged)})).all()
        heard |= {merged[row.id]: row.at + window for row in rows if row.at is not None}
    return heard
