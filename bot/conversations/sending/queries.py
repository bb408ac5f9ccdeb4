"""What is read and written for what somebody asks to be sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import NamedTuple, TypedDict

from sqlalchemy import Row, Select, bindparam, case, delete, literal_column, select
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.contacts.models import Contact
from bot.core.addresses import Channel
from bot.core.email import from_body
from bot.core.messages import EmailHeaders
from bot.db.bulk import BulkInsert, among
from bot.messages.models import Direction, Message, MessageKey


class KeyRow(TypedDict):
    """Under which key a message was asked for."""

    key: str
    message_id: str
    created_at: datetime


INSERT_KEYS = BulkInsert(MessageKey, ("key", "message_id", "created_at"), keys=("key",), returning=("key",))
"""Writes keys; gives back those that were not there."""

AccountRow = Row[str, str, bool]
"""id, provider, paused."""


class LastMessage(NamedTuple):
    """Where a conversation was last: a contact's last message to us, or the last one of ours where there is none.

    Attributes:
        contact_id: whose.
        account: through which.
        channel: on which.
        address_id: the contact's.
        email: the headers of a mail; None for no mail.
        thread_id: the mail's thread, or None.
        is_inbound: it is theirs.
        at: when it was written down.
    """

    contact_id: str
    account: str
    channel: Channel
    address_id: str
    email: EmailHeaders | None
    thread_id: str | None
    is_inbound: bool
    at: datetime


async def last_messages(
    connection: AsyncConnection, contact_ids: Iterable[str], channel: Channel | None = None
) -> Mapping[str, LastMessage]:
    """The last message by contact, on one channel or on any."""
    parameters = {"ids": sorted(set(contact_ids)), "channel": channel}
    rows = await connection.execute(_last_messages(connection.dialect.name, of_one=channel is not None), parameters)
    return {row.contact_id: _last_message(row) for row in rows}


def _last_message(row: Row[*tuple[object, ...]]) -> LastMessage:
    email = (row.body or {}).get("email")
    return LastMessage(
        contact_id=row.contact_id,
        account=row.account,
        channel=Channel(row.channel),
        address_id=row.address_id,
        email=None if email is None else from_body(email),
        thread_id=row.thread_id,
        is_inbound=row.direction == Direction.INBOUND,
        at=row.created_at,
    )


@cache
def _last_messages(dialect: str, *, of_one: bool) -> Select[*tuple[object, ...]]:
    last = (
        select(Message.id)
        .where(Message.contact_id == Contact.id)
        .order_by(case((Message.direction == literal_column("'inbound'"), 0), else_=1), Message.seq.desc())
        .limit(literal_column("1"))
    )
    if of_one:
        last = last.where(Message.channel == bindparam("channel"))
    return (
        select(
            *(Message.contact_id, Message.account, Message.channel, Message.address_id, Message.body),
            *(Message.thread_id, Message.direction, Message.created_at),
        )
        .join_from(Contact, Message, Message.id == last.correlate(Contact).scalar_subquery())
        .where(among(dialect, Contact.id, "ids"))
    )


async def accounts(connection: AsyncConnection) -> Sequence[AccountRow]:
    """All accounts, the oldest first."""
    statement = select(Account.id, Account.provider, Account.paused).order_by(Account.created_at, Account.id)
    return (await connection.execute(statement)).all()


async def known_keys(connection: AsyncConnection, keys: Collection[str]) -> Mapping[str, str]:
    """The message that was queued under each of the keys, of those that were used."""
    if not keys:
        return {}
    rows = await connection.execute(_known_keys(connection.dialect.name), {"keys": sorted(keys)})
    return {row.key: row.message_id for row in rows}


@cache
def _known_keys(dialect: str) -> Select[str, str]:
    return select(MessageKey.key, MessageKey.message_id).where(among(dialect, MessageKey.key, "keys"))


async def delete_messages(connection: AsyncConnection, message_ids: Collection[str]) -> None:
    """Take back messages that this transaction has written."""
    await connection.execute(delete(Message).where(Message.id.in_(sorted(message_ids))))
