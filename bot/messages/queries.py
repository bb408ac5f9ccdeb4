"""The statements over messages: what is written, shown and reported of them."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import ContactAddress
from bot.core.addresses import Address
from bot.core.messages import Status
from bot.core.purposes import Lane
from bot.db.bulk import BulkInsert, BulkUpdate, among
from bot.messages.models import UNCLAIMED, Direction, Message, TurnState
from bot.messages.records import WRITTEN, MessageView

INSERT_MESSAGES = BulkInsert(
    Message,
    WRITTEN,
    keys=("account", "provider_message_id"),
    where="direction = 'inbound'",
    returning=("id",),
)
"""Writes messages, each inbound one before the answers to it.

Gives back the ids of those that were written: all but inbound ones whose (account, provider_message_id) was there.
"""

INSERT_QUEUED = BulkInsert(Message, (*WRITTEN, "scheduled_at", "origin", "purpose", "lane"))
"""Writes messages that somebody beside the bot's turns asks to be sent."""
RAISE_STATUSES = BulkUpdate(
    Message,
    "id",
    (
        *("status", "provider_message_id", "error", "error_reason", "updated_at"),
        *UNCLAIMED,
    ),
)
"""Writes what reports made of messages."""

LockedRow = Row[
    *tuple[str, str, str, str, str, str | None],
    *tuple[str | None, str | None, str, str | None, str],
    *tuple[str, bool | None],
]
"""id, account, channel, address_id, status, provider_message_id; error, error_reason, contact_id, origin, purpose;
address, and whether others got a copy."""
_VIEWED = (
    Message.id,
    Message.contact_id,
    Message.account,
    Message.channel,
    Message.address,
    Message.direction,
    Message.status,
    Message.turn_state,
    Message.seq,
    Message.kind,
    Message.content,
    Message.body,
    Message.provider_message_id,
    Message.reply_to_id,
    Message.trace,
    Message.error,
    Message.error_reason,
    Message.sent_at,
    Message.created_at,
    Message.updated_at,
    Message.origin,
    Message.purpose,
    Message.lane,
    Message.scheduled_at,
)


async def readdress(connection: AsyncConnection, moves: Iterable[tuple[Address, Address]], now: datetime) -> None:
    """Let what is queued for each first address go to the second, which somebody has."""
    for old, new in moves:
        there = select(ContactAddress.id).where(ContactAddress.value == new.key, ContactAddress.kind == new.kind.value)
        await connection.execute(
            update(Message)
            .where(
                Message.address == old.value,
                Message.address_kind == old.kind.value,
                Message.direction == Direction.OUTBOUND,
                Message.status == Status.QUEUED,
            )
            .values(address=new.value, address_id=there.scalar_subquery(), updated_at=now)
        )


async def timeline(
    connection: AsyncConnection, contact_id: str, *, after_seq: int = 0, limit: int = 100
) -> list[MessageView]:
    """A contact's messages with a higher `seq`, in order."""
    statement = (
        _view().where(Message.contact_id == contact_id, Message.seq > after_seq).order_by(Message.seq).limit(limit)
    )
    return _views(await connection.execute(statement))


async def timeline_before(
    connection: AsyncConnection, contact_id: str, *, before_seq: int | None = None, limit: int = 100
) -> list[MessageView]:
    """A contact's newest messages with a lower `seq`, in order; None for the newest of all."""
    given: dict[str, Any] = {"id": contact_id, "most": limit}
    if before_seq is not None:
        given["before"] = before_seq
    return _views(await connection.execute(_timeline_before(is_newest=before_seq is None), given))[::-1]


@cache
def _timeline_before(*, is_newest: bool) -> Select[Any]:
    statement = _view().where(Message.contact_id == bindparam("id"))
    if not is_newest:
        statement = statement.where(Message.seq < bindparam("before"))
    return statement.order_by(Message.seq.desc()).limit(bindparam("most"))


async def news(
    connection: AsyncConnection, contact_id: str, *, after_seq: int, since: datetime, limit: int
) -> list[MessageView]:
    """A contact's messages with a higher `seq`, up to `limit` and one more, in order.

    Before them stand those of the `limit` messages up to that number that changed since then.
    """
    given = {"id": contact_id, "after": after_seq, "behind": after_seq - limit, "since": since, "most": 2 * limit + 1}
    found = _views(await connection.execute(_news(), given))
    earlier = [each for each in found if each.seq <= after_seq]
    return earlier + found[len(earlier) :][: limit + 1]


@cache
def _news() -> Select[Any]:
    is_new = or_(Message.seq > bindparam("after"), Message.updated_at >= bindparam("since"))
    within = (Message.contact_id == bindparam("id"), Message.seq > bindparam("behind"), is_new)
    return _view().where(*within).order_by(Message.seq).limit(bindparam("most"))


async def moment_of(connection: AsyncConnection, contact_id: str, seq: int) -> datetime | None:
    """When a contact's message of that number was written down; None where there is none."""
    return await connection.scalar(
        select(Message.created_at).where(Message.contact_id == contact_id, Message.seq == seq)
    )


async def last_until(connection: AsyncConnection, contact_id: str, moment: datetime | None) -> int:
    """The number of a contact's last message that was written down by that moment; 0 for none."""
    if moment is None:
        return 0
    statement = select(func.max(Message.seq)).where(Message.contact_id == contact_id, Message.created_at <= moment)
    return await connection.scalar(statement) or 0


async def latest(
    connection: AsyncConnection,
    *,
    contact_ids: Sequence[str] | None = None,
    turn_state: TurnState | None = None,
    direction: Direction | None = None,
    error: str | None = None,
    lane: Lane | None = None,
    limit: int = 50,
) -> list[MessageView]:
    """The newest messages, newest first, of all contacts or of some.

    Args:
        connection: not changed.
        contact_ids: theirs alone: those of one person.
        turn_state: those whose turn is there.
        direction: inbound or outbound alone.
        error: those that failed by it.
        lane: those that left, or are to leave, in it.
        limit: how many at most.
    """
    statement = _view().order_by(Message.created_at.desc(), Message.seq.desc()).limit(limit)
    if contact_ids is not None:
        statement = statement.where(Message.contact_id.in_(contact_ids))
    if turn_state is not None:
        statement = statement.where(Message.turn_state == turn_state)
    if direction is not None:
        statement = statement.where(Message.direction == direction)
    if error is not None:
        statement = statement.where(failed_by(error))
    if lane is not None:
        statement = statement.where(Message.direction == Direction.OUTBOUND, Message.lane == lane)
    return _views(await connection.execute(statement))


def failed_by(error: str) -> ColumnElement[bool]:
    """It was not sent, by this error; literals, so that the planner sees the partial index's predicate."""
    return and_(
        Message.direction == literal_column("'outbound'"),
        Message.status == literal_column("'failed'"),
        Message.error == error,
    )


async def message(connection: AsyncConnection, message_id: str) -> MessageView | None:
    """One message, or None."""
    return next(iter(_views(await connection.execute(_view().where(Message.id == message_id)))), None)


async def messages_of(connection: AsyncConnection, message_ids: Sequence[str]) -> list[MessageView]:
    """Those of the messages that there are, in the order in which they are given."""
    statement = _view().where(among(connection.dialect.name, Message.id, "ids"))
    views = {each.id: each for each in _views(await connection.execute(statement, {"ids": sorted(set(message_ids))}))}
    return [views[each] for each in message_ids if each in views]


async def message_by_provider_id(
    connection: AsyncConnection, account: str, provider_message_id: str
) -> MessageView | None:
    """The inbound message with that id of its provider's, or None."""
    statement = _view().where(
        Message.direction == Direction.INBOUND,
        Message.account == account,
        Message.provider_message_id == provider_message_id,
    )
    return next(iter(_views(await connection.execute(statement))), None)


async def replies(connection: AsyncConnection, message_id: str) -> list[MessageView]:
    """What the turn of an inbound message queued, in order."""
    statement = _view().where(Message.reply_to_id == message_id).order_by(Message.seq)
    return _views(await connection.execute(statement))


def _view() -> Select[Any]:
    return select(*_VIEWED)


def _views(rows: Iterable[Row[Any]]) -> list[MessageView]:
    return [
        MessageView(**{**row._mapping, "body": row.body or {}, "trace": row.trace or []})  # noqa: SLF001 - a Row's public mapping
        for row in rows
    ]


@cache
def by_provider_ids(dialect: str) -> Select[str, str, str | None]:
    """The messages (id, account, provider_message_id) of `accounts` that have one of the provider's `ids`."""
    return select(Message.id, Message.account, Message.provider_message_id).where(
        Message.direction == literal_column("'outbound'"),
        among(dialect, Message.account, "accounts"),
        among(dialect, Message.provider_message_id, "ids"),
    )


@cache
def addressed(dialect: str) -> Select[str, str]:
    """The id of each of the messages `ids`, and of the address to which it goes."""
    return select(Message.id, Message.address_id).where(among(dialect, Message.id, "ids"))


@cache
def locking(
    dialect: str,
) -> Select[
    *tuple[str, str, str, str, str, str | None],
    *tuple[str | None, str | None, str, str | None, str],
    *tuple[str, bool | None],
]:
    """The outbound messages `ids` as `LockedRow`s, locked in their order, so that two batches never deadlock."""
    return (
        select(
            Message.id,
            Message.account,
            Message.channel,
            Message.address_id,
            Message.status,
            Message.provider_message_id,
            Message.error,
            Message.error_reason,
            Message.contact_id,
            Message.origin,
            Message.purpose,
            Message.address,
            or_(*(Message.body[("email", name)].as_string().is_not(None) for name in ("cc", "bcc"))).label("copied"),
        )
        .where(among(dialect, Message.id, "ids"), Message.direction == literal_column("'outbound'"))
        .order_by(Message.id)
        .with_for_update(key_share=True)
    )


@cache
def told(dialect: str) -> Select[*tuple[Any, ...]]:
    """What is told of the messages `ids` that are no longer queued.

    Gives id, contact_id, account, channel, address_id, origin, purpose, status, error.
    """
    columns = (Message.contact_id, Message.account, Message.channel, Message.address_id, Message.origin)
    return (
        select(Message.id, *columns, Message.purpose, Message.status, Message.error)
        .where(among(dialect, Message.id, "ids"), Message.status != literal_column("'queued'"))
        .order_by(Message.id)
    )
