"""The customer window: how long after a person last wrote anything may be sent to them, where a channel limits that."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from types import MappingProxyType
from typing import Any

from sqlalchemy import Integer, Row, Select, bindparam, func, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact
from bot.core.addresses import Channel
from bot.db.bulk import among
from bot.db.types import UtcDateTime
from bot.messages.models import Message
from bot.providers.table import PROVIDERS

_NONE: Mapping[Channel, timedelta] = MappingProxyType({})


def windows_of(account: str) -> Mapping[Channel, timedelta]:
    """The windows of an account's provider, by channel; none for the simulator and where nothing is limited."""
    provider = PROVIDERS.get(account.partition(":")[0])
    return _NONE if provider is None else provider.windows


def is_closed(account: str, channel: str, heard_at: datetime | None, now: datetime) -> bool:
    """Whether only an approved template may be sent to someone who last wrote at `heard_at`, or never."""
    window = windows_of(account).get(Channel(channel))
    return window is not None and (heard_at is None or heard_at <= now - window)


async def closed_for(connection: AsyncConnection, account: str, rows: Sequence[Row[Any]], now: datetime) -> set[str]:
    """The ids of those queued messages of `account` whose windows are closed.

    Replies are not looked at: they are stale long before a window closes.
    """
    windows = windows_of(account)
    asked = [row for row in rows if row.reply_to_id is None and row.channel in windows] if windows else []
    if not asked:
        return set()
    heard: set[tuple[str, str]] = set()
    for channel in sorted({row.channel for row in asked}):
        parameters = {
            "account": account,
            "channel": channel,
            "contacts": sorted({row.contact_id for row in asked if row.channel == channel}),
            "since": now - windows[channel],
        }
        found = await connection.execute(last_heard(connection.dialect.name), parameters)
        heard |= {(contact_id, channel) for contact_id, at in found if at is not None}
    return {row.id for row in asked if (row.contact_id, row.channel) not in heard}


@cache
def last_heard(dialect: str) -> Select[*tuple[Any, ...]]:
    """When each of `contacts` last wrote to `account` on `channel`, or NULL where that was before `since`."""
    at = (
        select(Message.created_at)
        .where(
            Message.contact_id == Contact.id,
            Message.created_at > bindparam("since", type_=UtcDateTime),
            # What came late opens the window only from when it was said.
            func.coalesce(Message.sent_at, Message.created_at) > bindparam("since", type_=UtcDateTime),
            # As an expression, so that no plan goes through all that was ever written to us.
            Message.direction + literal_column("''") == literal_column("'inbound'"),
            Message.account == bindparam("account"),
            Message.channel == bindparam("channel"),
        )
        .order_by(Message.created_at.desc())
        .limit(literal_column("1", Integer))
        .scalar_subquery()
    )
    return select(Contact.id, at).where(among(dialect, Contact.id, "contacts"))
