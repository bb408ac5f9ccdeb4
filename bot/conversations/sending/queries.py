"""What is read and written for what somebody asks to be sent."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, case, delete, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.channels.models import Account
from bot.contacts.models import Contact
from bot.conversations.sending.requests import BY_A_USER, BY_TERMINAL
from bot.core.addresses import Channel
from bot.core.email import from_body
from bot.core.messages import EmailHeaders, MessageKind
from bot.db.bulk import BulkInsert, among
from bot.messages.models import Direction, Message, MessageKey
from bot.messages.records import ECHO, PART


class KeyRow(TypedDict):
    """Under which key a message was asked for."""

    key: str
    message_id: str
    fingerprint: str | None
    created_at: datetime


class Known(NamedTuple):
    """What was queued under a key.

    Attributes:
        message_id: of the message, or of its first part.
        fingerprint: of what was asked for; None where the key alone decides.
    """

    message_id: str
    fingerprint: str | None


INSERT_KEYS = BulkInsert(
    MessageKey, ("key", "message_id", "fingerprint", "created_at"), keys=("key",), returning=("key",)
)
"""Writes keys; gives back those that were not there."""

AccountRow = Row[str, str, bool, str | None]
"""id, provider, paused, name."""


_LAST = (
    *(Message.contact_id, Message.account, Message.channel, Message.address_id, Message.body),
    *(Message.thread_id, Message.direction, Message.created_at),
)
"""What is read of a `LastMessage`."""


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


async def mails(connection: AsyncConnection, message_ids: Collection[str]) -> Mapping[str, LastMessage]:
    """Those of the messages that are mails, by id."""
    if not message_ids:
        return {}
    mine = (Message.id.in_(sorted(message_ids)), Message.channel == Channel.EMAIL)
    found = await connection.execute(select(Message.id, *_LAST).where(*mine))
    return {row.id: _last_message(row) for row in found}


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
        select(*_LAST)
        .join_from(Contact, Message, Message.id == last.correlate(Contact).scalar_subquery())
        .where(among(dialect, Contact.id, "ids"))
    )


_ACCOUNTS = select(Account.id, Account.provider, Account.paused, Account.name).order_by(Account.created_at, Account.id)


async def accounts(connection: AsyncConnection) -> Sequence[AccountRow]:
    """All accounts, the oldest first."""
    return (await connection.execute(_ACCOUNTS)).all()


async def known_keys(connection: AsyncConnection, keys: Collection[str]) -> Mapping[str, Known]:
    """What was queued under each of the keys, of those that were used."""
    if not keys:
        return {}
    rows = await connection.execute(_known_keys(connection.dialect.name), {"keys": sorted(keys)})
    return {row.key: Known(row.message_id, row.fingerprint) for row in rows}


@cache
def _known_keys(dialect: str) -> Select[str, str, str | None]:
    return select(MessageKey.key, MessageKey.message_id, MessageKey.fingerprint).where(
        among(dialect, MessageKey.key, "keys")
    )


async def delete_messages(connection: AsyncConnection, message_ids: Collection[str]) -> None:
    """Take back messages that this transaction has written."""
    await connection.execute(delete(Message).where(Message.id.in_(sorted(message_ids))))


async def channel_of(connection: AsyncConnection, message_id: str) -> str:
    """On which channel a message that this transaction has written goes."""
    return (await connection.execute(select(Message.channel).where(Message.id == message_id))).scalar_one()


async def schedule(connection: AsyncConnection, message_ids: Sequence[str], at: datetime) -> None:
    """Let messages that this transaction has written go at a moment."""
    await connection.execute(update(Message).where(Message.id.in_(message_ids)).values(scheduled_at=at))


MOST_SAID = 100
"""What was said since somebody looked is told so far back: who says that they saw nothing has not the whole read."""


class MailRow(NamedTuple):
    """A mail of a conversation, by which somebody can go on with its thread.

    Attributes:
        id: the message's.
        thread_id: as of `messages`.
        email: its headers.
        is_inbound: it is theirs.
        at: when it was written down.
    """

    id: str
    thread_id: str | None
    email: EmailHeaders
    is_inbound: bool
    at: datetime


async def newest_mails(connection: AsyncConnection, contact_id: str, limit: int) -> Sequence[MailRow]:
    """The newest mails with a contact, the newest first, without those that were not sent."""
    statement = (
        select(Message.id, Message.thread_id, Message.body, Message.direction, Message.created_at)
        .where(
            Message.contact_id == contact_id,
            Message.channel == literal_column("'email'"),
            Message.status != literal_column("'failed'"),
        )
        .order_by(Message.seq.desc())
        .limit(limit)
    )

    def mail(row: Row[str, str | None, Any, str, datetime]) -> MailRow:
        headers = from_body((row.body or {}).get("email", {}))
        return MailRow(row.id, row.thread_id, headers, row.direction == Direction.INBOUND, row.created_at)

    return [mail(row) for row in await connection.execute(statement)]


class Part(NamedTuple):
    """A part of something that was asked to be sent; the columns of `messages` of the same names."""

    id: str
    contact_id: str
    account: str
    channel: str
    origin: str | None
    seq: int
    content: str
    body: dict[str, Any] | None
    status: str
    scheduled_at: datetime | None
    thread_id: str | None

    @property
    def number(self) -> int:
        """Which it is, from 0."""
        return int((self.body or {}).get(PART, (0, 1))[0])

    @property
    def of_how_many(self) -> int:
        """How many there are."""
        return int((self.body or {}).get(PART, (0, 1))[1])


async def parts_of_message(connection: AsyncConnection, message_id: str) -> Sequence[Part]:
    """The parts of what was asked for at once, in order, by the first of them."""
    columns = [getattr(Message, name) for name in Part._fields]
    found = (await connection.execute(select(*columns).where(Message.id == message_id))).one_or_none()
    if found is None:
        return ()
    first = Part(*found)
    behind = select(*columns).where(
        Message.contact_id == first.contact_id,
        Message.seq > first.seq,
        Message.seq < first.seq + first.of_how_many,
    )
    rows = await connection.execute(behind.order_by(Message.seq)) if first.of_how_many > 1 else ()
    return [first, *(Part(*row) for row in rows)]


async def scheduled_parts(connection: AsyncConnection, contact_id: str) -> Sequence[Part]:
    """What people wrote to a contact to be sent later and nobody has begun to send, in order."""
    return [Part(*row) for row in await connection.execute(_scheduled_parts(), {"id": contact_id})]


@cache
def _scheduled_parts() -> Select[*tuple[Any, ...]]:
    return (
        select(*(getattr(Message, name) for name in Part._fields))
        .where(
            Message.contact_id == bindparam("id"),
            Message.direction == literal_column("'outbound'"),
            Message.status == literal_column("'queued'"),
            Message.scheduled_at.is_not(None),
            Message.attempts == 0,
            _by_people(),
        )
        .order_by(Message.seq)
    )


async def rewrite(connection: AsyncConnection, part: Part, at: datetime, expires_at: datetime, now: datetime) -> None:
    """Write what a part says by now, and when it goes."""
    values = {
        "content": part.content,
        "body": part.body,
        "scheduled_at": at,
        "expires_at": expires_at,
        "updated_at": now,
    }
    await connection.execute(update(Message).where(Message.id == part.id).values(values))


def _by_people() -> ColumnElement[bool]:
    return or_(Message.origin == BY_TERMINAL, Message.origin.startswith(BY_A_USER, autoescape=True))


async def said_since(
    connection: AsyncConnection, contact_id: str, seq: int, but: str
) -> Sequence[Row[int, str, str | None]]:
    """The last things that the contact said after that number, and people of ours, in order: seq, direction, origin.

    Not what they took back, nor what is of the origin `but`.
    """
    by_people = or_(_by_people(), Message.body[ECHO].as_boolean())
    ours = and_(by_people, or_(Message.error.is_(None), Message.error.not_in(("cancelled", "replaced"))))
    theirs = and_(Message.direction == Direction.INBOUND, Message.kind != MessageKind.REACTION)
    of_others = (Message.origin.is_distinct_from(but), or_(theirs, ours))
    statement = (
        select(Message.seq, Message.direction, Message.origin)
        .where(Message.contact_id == contact_id, Message.seq > seq, *of_others)
        .order_by(Message.seq.desc())
        .limit(MOST_SAID)
    )
    return (await connection.execute(statement)).all()[::-1]
