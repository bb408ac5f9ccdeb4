"""Writing messages and reading conversations."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypedDict, Unpack, cast

from sqlalchemy import ColumnElement, Row, Select, and_, literal_column, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import ContactAddress
from bot.core.addresses import Address
from bot.core.messages import Status
from bot.db.bulk import BulkInsert
from bot.messages.models import Direction, Message, TurnState


class MessageRow(TypedDict, total=False):
    """A row of `messages` by column name, as far as it is known; see `bot.messages.models.Message`."""

    id: str
    contact_id: str
    account: str
    channel: str
    address_id: str
    address: str
    address_kind: str
    direction: str
    status: str
    turn_state: str | None
    seq: int
    kind: str
    content: str
    body: dict[str, Any] | None
    provider_message_id: str | None
    reply_to_id: str | None
    thread_id: str | None
    trigger_id: str | None
    flow_instance_id: str | None
    template_id: str | None
    sent_at: datetime | None
    trace: list[Any] | None
    next_attempt_at: datetime | None
    expires_at: datetime | None
    despite_opt_out: bool
    scheduled_at: datetime | None
    origin: str | None
    purpose: str
    lane: str
    epoch: int | None
    error: str | None
    error_reason: str | None
    created_at: datetime
    updated_at: datetime


ECHO = "echo"
"""In the body of an outbound message: a person of ours wrote it in the provider's own app."""


@dataclass(frozen=True, slots=True)
class MessageView:
    """A message as it is shown; the attributes are the columns of the same name."""

    id: str
    contact_id: str
    account: str
    channel: str
    address: str
    direction: str
    status: str
    turn_state: str | None
    seq: int
    kind: str
    content: str
    body: dict[str, Any]
    provider_message_id: str | None
    reply_to_id: str | None
    trace: list[Any]
    error: str | None
    error_reason: str | None
    created_at: datetime
    updated_at: datetime
    sent_at: datetime | None = None

    @property
    def said_at(self) -> datetime:
        """When it was said, as far as is known."""
        return self.sent_at or self.created_at


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
)


_WRITTEN = (
    *("id", "contact_id", "account", "channel", "address_id", "address", "address_kind", "direction", "status"),
    *("turn_state", "seq", "kind", "content", "body", "provider_message_id", "reply_to_id", "thread_id", "sent_at"),
    *("trigger_id", "flow_instance_id", "template_id", "trace", "expires_at", "despite_opt_out"),
    *("epoch", "error", "error_reason", "created_at", "updated_at"),
)
_BLANK = cast("MessageRow", {**dict.fromkeys(_WRITTEN), "kind": "text", "despite_opt_out": False})
INSERT = BulkInsert(
    Message,
    _WRITTEN,
    keys=("account", "provider_message_id"),
    where="direction = 'inbound'",
    returning=("id",),
)
"""Writes messages, each inbound one before the answers to it.

Gives back the ids of those that were written: all but inbound ones whose (account, provider_message_id) was there.
"""

INSERT_QUEUED = BulkInsert(Message, (*_WRITTEN, "scheduled_at", "origin", "purpose", "lane"))
"""Writes messages that somebody beside the bot's turns asks to be sent."""


def row(now: datetime, **values: Unpack[MessageRow]) -> MessageRow:
    """A new message written at `now`; what `values` leave out is empty."""
    return {**_BLANK, "created_at": now, "updated_at": now, **values}


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


async def latest(
    connection: AsyncConnection,
    *,
    contact_id: str | None = None,
    turn_state: TurnState | None = None,
    direction: Direction | None = None,
    error: str | None = None,
    limit: int = 50,
) -> list[MessageView]:
    """The newest messages, newest first, of all contacts or of one; with an `error`, those that failed by it."""
    statement = _view().order_by(Message.created_at.desc(), Message.seq.desc()).limit(limit)
    if contact_id is not None:
        statement = statement.where(Message.contact_id == contact_id)
    if turn_state is not None:
        statement = statement.where(Message.turn_state == turn_state)
    if direction is not None:
        statement = statement.where(Message.direction == direction)
    if error is not None:
        statement = statement.where(failed_by(error))
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
