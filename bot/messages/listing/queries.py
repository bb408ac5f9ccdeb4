"""The statements over all messages, the newest first.

Few columns that people filter by are indexed, since each index would cost every turn. So a statement looks at so many
messages at most, in their order, and tells how far it has looked: whoever asked may go on from there.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.counting import count_some
from bot.messages.listing.wanted import TURNS, MessageFilter, MessageState
from bot.messages.models import Direction, Message

LOOKED_AT = 20_000
"""Messages that one statement looks at."""
_SEEN = (
    *(Message.id, Message.created_at, Message.channel, Message.direction, Message.status, Message.turn_state),
    *(Message.account, Message.lane),
)


class Place(NamedTuple):
    """Where a message stands in the list.

    Attributes:
        created_at: when it was written down.
        id: its id, which parts those of one moment.
    """

    created_at: datetime
    id: str


class Stretch(NamedTuple):
    """Some messages of the list.

    Attributes:
        places: theirs, the newest first.
        further: behind which message others may fit; None where enough fit, or there are no more.
    """

    places: Sequence[Place]
    further: Place | None


async def stretch(connection: AsyncConnection, wanted: MessageFilter, limit: int, after: Place | None) -> Stretch:
    """The newest messages that fit.

    Args:
        connection: not changed.
        wanted: which.
        limit: how many at most.
        after: the place before them; None for the newest.
    """
    seen = select(*_SEEN).where(*_within(wanted, after)).order_by(Message.created_at.desc(), Message.id.desc())
    if not wanted.picks:
        rows = await connection.execute(seen.with_only_columns(Message.created_at, Message.id).limit(limit))
        return Stretch([Place(*row) for row in rows], None)
    inner = seen.limit(LOOKED_AT).subquery()
    among_them = aliased(Message, inner)
    fitting = select(inner.c.created_at, inner.c.id).where(*conditions(wanted, among_them))
    ordered = fitting.order_by(inner.c.created_at.desc(), inner.c.id.desc()).limit(limit)
    places = [Place(*row) for row in await connection.execute(ordered)]
    if len(places) == limit:
        return Stretch(places, None)
    last = seen.with_only_columns(Message.created_at, Message.id).offset(LOOKED_AT - 1).limit(1)
    row = (await connection.execute(last)).one_or_none()
    return Stretch(places, None if row is None else Place(*row))


async def count_messages(connection: AsyncConnection, since: datetime | None, until: datetime | None) -> int:
    """How many messages there are of that time, as `count_some` counts; by more, no index would bound that."""
    within_time = within(MessageFilter(since=since, until=until))
    return await count_some(connection, select(Message.id).where(*within_time))


def conditions(wanted: MessageFilter, message: type[Message] = Message) -> list[ColumnElement[bool]]:
    """What the filter asks of a message, but for its time."""
    asked = (
        (message.channel, wanted.channels),
        (message.direction, wanted.directions),
        (message.account, wanted.accounts),
    )
    found: list[ColumnElement[bool]] = [column.in_(values) for column, values in asked if values]
    if wanted.lanes:
        found.append(and_(message.direction == Direction.OUTBOUND, message.lane.in_(wanted.lanes)))
    if wanted.states:
        found.append(or_(*(_state(MessageState(each), message) for each in wanted.states)))
    return found


def within(wanted: MessageFilter) -> list[ColumnElement[bool]]:
    """What the filter asks of a message's time."""
    found: list[ColumnElement[bool]] = []
    if wanted.since is not None:
        found.append(Message.created_at >= wanted.since)
    if wanted.until is not None:
        found.append(Message.created_at < wanted.until)
    return found


def _within(wanted: MessageFilter, after: Place | None) -> list[ColumnElement[bool]]:
    found = within(wanted)
    if after is not None:
        earlier = or_(Message.created_at < after.created_at, Message.id < after.id)
        found += [Message.created_at <= after.created_at, earlier]
    return found


def _state(state: MessageState, message: type[Message]) -> ColumnElement[bool]:
    if state in TURNS:
        return message.turn_state == TURNS[state]
    return and_(message.direction == Direction.OUTBOUND, message.status == state)
