"""The statements over messages that failed and about which nobody has decided, by an index of theirs alone."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, func, literal_column, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.bulk import among
from bot.db.counting import count_some
from bot.messages.models import Message
from bot.messages.queries import messages_of
from bot.messages.records import WRITTEN, MessageView

_MOST_KINDS = 50
COPIED = (*(getattr(Message, name) for name in WRITTEN), Message.origin, Message.purpose, Message.lane)


@dataclass(frozen=True, slots=True)
class Failures:
    """Messages that failed by one error.

    Attributes:
        error: its code.
        count: how many, as `bot.db.counting` counts.
        reason: what is said of the newest one.
        newest_at: when that was written.
    """

    error: str
    count: int
    reason: str
    newest_at: datetime


async def failures(connection: AsyncConnection) -> list[Failures]:
    """What failed, by kind: the first kinds of very many."""
    kinds: list[Failures] = []
    last = ""
    while len(kinds) < _MOST_KINDS:
        error = await connection.scalar(select(func.min(Message.error)).where(_undecided(), Message.error > last))
        if error is None:
            break
        of_kind = select(Message.error_reason, Message.created_at).where(undecided(error))
        newest = (await connection.execute(of_kind.order_by(Message.created_at.desc()).limit(1))).one_or_none()
        if newest is not None:
            count = await count_some(connection, select(Message.id).where(undecided(error)))
            kinds.append(Failures(error, count, newest.error_reason or "", newest.created_at))
        last = error
    return kinds


async def failed_messages(
    connection: AsyncConnection, error: str, limit: int, after: tuple[datetime, str] | None = None
) -> Sequence[MessageView]:
    """Those that failed by `error`, the newest first, behind the one that was written then and has that id."""
    statement = select(Message.id).where(undecided(error))
    if after is not None:
        moment, id_ = after
        earlier = or_(Message.created_at < moment, Message.id < id_)
        statement = statement.where(Message.created_at <= moment, earlier)
    ordered = statement.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)
    return await messages_of(connection, (await connection.scalars(ordered)).all())


async def failed_ids(connection: AsyncConnection, error: str, limit: int) -> Sequence[str]:
    """The ids of those that failed by `error`, the newest first."""
    statement = select(Message.id).where(undecided(error))
    ordered = statement.order_by(Message.created_at.desc(), Message.id.desc()).limit(limit)
    return (await connection.scalars(ordered)).all()


async def owners(connection: AsyncConnection, message_ids: Collection[str]) -> Collection[str]:
    """The contacts to whom those messages go."""
    statement = select(Message.contact_id).where(among(connection.dialect.name, Message.id, "ids")).distinct()
    return (await connection.scalars(statement, {"ids": sorted(message_ids)})).all()


async def lock_undecided(connection: AsyncConnection, message_ids: Collection[str]) -> Sequence[Row[Any]]:
    """Lock those of the messages about which nobody has decided, in the order of their ids; gives what is written."""
    statement = select(*COPIED).where(among(connection.dialect.name, Message.id, "ids"), _undecided())
    locked = statement.order_by(Message.id).with_for_update(key_share=True)
    return (await connection.execute(locked, {"ids": sorted(message_ids)})).all()


async def decide(connection: AsyncConnection, message_ids: Collection[str], now: datetime) -> None:
    """Let those that are locked be listed no more."""
    statement = update(Message).where(Message.id.in_(sorted(message_ids))).values(dismissed_at=now, updated_at=now)
    await connection.execute(statement)


def undecided(error: str) -> ColumnElement[bool]:
    """It failed by this error, and nobody has decided about it."""
    return and_(_undecided(), Message.error == error)


def _undecided() -> ColumnElement[bool]:
    # Literals, so that the planner sees the partial index's predicate.
    return and_(
        Message.direction == literal_column("'outbound'"),
        Message.status == literal_column("'failed'"),
        Message.dismissed_at.is_(None),
    )
