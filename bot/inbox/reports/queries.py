"""The statements of reports: each counts what is asked for, by group, in one pass over an index of its moment."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import (
    ColumnElement,
    Integer,
    Row,
    Select,
    SQLColumnExpression,
    String,
    case,
    func,
    literal,
    literal_column,
    select,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.models import Contact
from bot.conversations.service import BY_A_USER
from bot.core.messages import Status
from bot.db.moments import epoch_seconds
from bot.inbox.kinds import By, EndedAs, OpenedBy
from bot.inbox.models import InboxConversation, InboxPeriod
from bot.inbox.reports.spans import Offset
from bot.inbox.reports.values import Key, ReportQuery
from bot.messages.models import Direction, Message

_Value = SQLColumnExpression[Any]
_Row = Row[*tuple[Any, ...]]
_Statement = Select[*tuple[Any, ...]]
_DAY, _HOUR = 86_400, 3_600
_SENT = (Status.SENT.value, Status.DELIVERED.value, Status.READ.value)
_NEW = (OpenedBy.HANDOFF.value, OpenedBy.TAKEOVER.value, OpenedBy.UNKNOWN.value)
_HOLDER = case((InboxPeriod.ended_at.is_(None), InboxConversation.assignee_id), else_=InboxPeriod.user_id)
"""Who has the conversation, or had it at the end."""
_RESOLVED = InboxPeriod.ended_as == EndedAs.RESOLVED.value


class Messages(NamedTuple):
    """How many came in and went out in a group."""

    key: Key
    received: int
    sent: int


class Openings(NamedTuple):
    """How many conversations became people's in a group, for the first time and again."""

    key: Key
    opened: int
    reopened: int


class _Measure(NamedTuple):
    """How long something took.

    Attributes:
        what: its name in `Figures`.
        seconds: so long.
        at: when it was over, by which it is dated.
        whose: who did it.
        where: which periods have it.
    """

    what: str
    seconds: _Value
    at: _Value
    whose: _Value
    where: ColumnElement[bool]


_MEASURES = (
    _Measure(
        "response",
        InboxPeriod.answered_after,
        InboxPeriod.replied_at,
        InboxPeriod.replied_by,
        InboxPeriod.answered_after.is_not(None),
    ),
    _Measure(
        "resolution",
        InboxPeriod.lasted,
        InboxPeriod.ended_at,
        InboxPeriod.resolved_by,
        _RESOLVED & (InboxPeriod.opened_by != OpenedBy.REOPENED.value),
    ),
    _Measure(
        "total",
        InboxPeriod.lasted_in_all,
        InboxPeriod.ended_at,
        InboxPeriod.resolved_by,
        _RESOLVED & InboxPeriod.reopened_at.is_(None),
    ),
)


async def messages(connection: AsyncConnection, query: ReportQuery, by: By | None) -> Sequence[Messages]:
    """Messages by group; in one group without `by`."""
    author = func.substr(Message.origin, len(BY_A_USER) + 1)
    key = _key(connection.dialect.name, query, by, Message.created_at, Message.channel, author)
    is_in = Message.direction == Direction.INBOUND.value
    received, sent = func.count().filter(is_in), func.count().filter(~is_in, Message.status.in_(_SENT))
    statement: _Statement = select(key.label("key"), received.label("received"), sent.label("sent")).where(
        *_within(query, Message.created_at, Message.channel)
    )
    if query.user_ids:
        statement = statement.where(Message.origin.in_([f"{BY_A_USER}{each}" for each in query.user_ids]))
    elif by is By.AGENT:
        statement = statement.where(Message.origin.startswith(BY_A_USER, autoescape=True))
    rows = await connection.execute(statement.group_by(literal_column("1")))
    return [Messages(*row) for row in rows]


async def openings(connection: AsyncConnection, query: ReportQuery, by: By | None) -> Sequence[Openings]:
    """Conversations that became people's, by group."""
    key = _key(connection.dialect.name, query, by, InboxPeriod.opened_at, InboxPeriod.channel, _HOLDER)
    opened = func.count().filter(InboxPeriod.opened_by.in_(_NEW))
    reopened = func.count().filter(InboxPeriod.opened_by == OpenedBy.REOPENED.value)
    statement: _Statement = (
        select(key.label("key"), opened.label("opened"), reopened.label("reopened"))
        .select_from(InboxPeriod)
        .where(*_within(query, InboxPeriod.opened_at, InboxPeriod.channel))
    )
    if by is By.AGENT or query.user_ids:
        statement = statement.outerjoin(InboxConversation, InboxConversation.contact_id == InboxPeriod.contact_id)
    if query.user_ids:
        statement = statement.where(_HOLDER.in_(query.user_ids))
    rows = await connection.execute(statement.group_by(literal_column("1")))
    return [Openings(*row) for row in rows]


async def durations(connection: AsyncConnection, query: ReportQuery, by: By | None) -> Sequence[_Row]:
    """How long things took, by group: `what`, `key`, `times`, `median` and `most`.

    A percentile is the least value that so many of a hundred do not exceed, as PostgreSQL's `percentile_disc` has it.
    """
    took = union_all(*(_took(connection.dialect.name, query, by, each) for each in _MEASURES)).subquery()
    group = (took.c.what, took.c.key)
    ranked = select(
        *group,
        took.c.seconds,
        func.row_number().over(partition_by=group, order_by=took.c.seconds).label("rank"),
        func.count().over(partition_by=group).label("times"),
    ).subquery()
    statement = select(
        ranked.c.what,
        ranked.c.key,
        ranked.c.times,
        func.min(ranked.c.seconds).filter(ranked.c.rank * 2 >= ranked.c.times).label("median"),
        func.min(ranked.c.seconds).filter(ranked.c.rank * 10 >= ranked.c.times * 9).label("most"),
    ).group_by(ranked.c.what, ranked.c.key, ranked.c.times)
    return (await connection.execute(statement)).all()


async def waiting(connection: AsyncConnection, query: ReportQuery) -> _Row:
    """How many contacts wait for a person, and since when the one who waits longest does; `people` and `since`."""
    statement = select(func.count().label("people"), func.min(Contact.waiting_since).label("since")).where(
        Contact.waiting_since.is_not(None), Contact.merged_into.is_(None)
    )
    if query.channels or query.user_ids:
        statement = statement.join(InboxConversation, InboxConversation.contact_id == Contact.id)
    if query.channels:
        statement = statement.where(InboxConversation.channel.in_(query.channels))
    if query.user_ids:
        statement = statement.where(InboxConversation.assignee_id.in_(query.user_ids))
    return (await connection.execute(statement)).one()


def _took(dialect: str, query: ReportQuery, by: By | None, measure: _Measure) -> _Statement:
    key = _key(dialect, query, by, measure.at, InboxPeriod.channel, measure.whose)
    statement: _Statement = select(
        literal(measure.what, String).label("what"), key.label("key"), measure.seconds.label("seconds")
    )
    statement = statement.where(measure.where, *_within(query, measure.at, InboxPeriod.channel))
    return statement.where(measure.whose.in_(query.user_ids)) if query.user_ids else statement


def _within(query: ReportQuery, at: _Value, channel: _Value) -> Sequence[ColumnElement[bool]]:
    within = [at >= query.span.since, at < query.span.until]
    return [*within, channel.in_(query.channels)] if query.channels else within


def _key(
    dialect: str,
    query: ReportQuery,
    by: By | None,
    at: _Value,
    channel: _Value,
    whose: _Value,
) -> _Value:
    """What tells groups apart; the same for all without `by`."""
    if by is None:
        return literal_column("0", Integer)
    if by is By.CHANNEL:
        return channel
    if by is By.AGENT:
        return whose
    local = epoch_seconds(dialect, at) + _ahead(at, query.span.offsets)
    if by is By.HOUR:
        return local // _HOUR % 24
    days = local // _DAY
    return {By.DAY: days, By.WEEK: (days + 3) // 7, By.WEEKDAY: (days + 3) % 7}[by]


def _ahead(at: _Value, offsets: Sequence[Offset]) -> ColumnElement[int]:
    """How far the zone's clocks were ahead at that moment."""
    *changes, last = offsets
    end = literal_column(str(last.seconds), Integer)
    if not changes:
        return end
    return case(*((at < each.until, literal_column(str(each.seconds), Integer)) for each in changes), else_=end)
