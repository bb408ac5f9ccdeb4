"""The statements over posts kept raw, statuses that came early, and spent tokens."""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from functools import cache
from typing import Any, TypedDict

from sqlalchemy import (
    ColumnElement,
    Row,
    Select,
    and_,
    delete,
    func,
    insert,
    literal_column,
    or_,
    select,
    tuple_,
    update,
)
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.bulk import BulkInsert, among, insert_or_pass
from bot.db.counting import count_some
from bot.messages.kept.models import WebhookEvent, WebhookToken
from bot.messages.kept.values import KeptView, PostState, Wanted
from bot.messages.models import Message

BYTES_OF_A_ROW = 1024
"""Bytes that a row of `webhook_events` takes beside its payload."""
_AT_ONCE = 500
"""Early statuses that are applied together."""


# Literals, so that the planner sees the partial index's predicate.
_IS_POST: ColumnElement[bool] = WebhookEvent.kind != literal_column("'status'")
_STATES: Mapping[PostState, ColumnElement[bool]] = {
    PostState.WAITING: and_(WebhookEvent.replayed_at.is_(None), WebhookEvent.dismissed_at.is_(None)),
    PostState.READ: WebhookEvent.replayed_at.is_not(None),
    PostState.DISMISSED: and_(WebhookEvent.replayed_at.is_(None), WebhookEvent.dismissed_at.is_not(None)),
}


class PostRow(TypedDict):
    """A post to be kept raw; see `bot.messages.models.WebhookEvent`."""

    provider: str
    kind: str
    payload: bytes | None
    size: int
    cut: str
    digest: str | None
    request: dict[str, Any] | None
    detail: dict[str, Any] | None
    account: str | None
    received_at: datetime


class StatusDetail(TypedDict):
    """What an early status says, as JSON; `at` in ISO 8601."""

    status: str
    message_id: str
    code: str
    reason: str
    opt_out: str | None
    at: str | None


class EarlyStatusRow(TypedDict):
    """A status whose message is not known yet; see `bot.messages.models.WebhookEvent`."""

    provider: str
    kind: str
    account: str
    provider_message_id: str
    detail: StatusDetail
    received_at: datetime


class TokenRow(TypedDict):
    """What a one-time token stands for; see `bot.messages.models.WebhookToken`."""

    provider: str
    token: str
    used_for: str
    seen_at: datetime


EarlyRow = Row[str | None, str | None, dict[str, Any] | None]
"""account, provider_message_id, detail (a StatusDetail)."""
RipeRow = Row[str, str | None, str | None, dict[str, Any] | None]
"""id, account, provider_message_id, detail (a StatusDetail)."""

INSERT_TOKENS = BulkInsert(
    WebhookToken,
    ("provider", "token", "used_for", "seen_at"),
    keys=("provider", "token"),
    returning=("provider", "token"),
)
"""Notes tokens; gives back those that were not there."""


async def kinds_of(connection: AsyncConnection, provider: str, digest: str) -> set[str]:
    """For which kinds of events that post is kept."""
    same = (WebhookEvent.provider == provider, WebhookEvent.digest == digest)
    return set(await connection.scalars(select(WebhookEvent.kind).where(*same)))


async def insert_post(connection: AsyncConnection, row: PostRow) -> None:
    """Keep a post; one that is there is passed over."""
    await connection.execute(insert_or_pass(connection.dialect.name, WebhookEvent).values(row))


async def trim(connection: AsyncConnection, most: int) -> int:
    """Delete the oldest posts beyond `most` bytes in all; returns how many."""
    of_row = func.coalesce(func.length(WebhookEvent.payload), 0) + BYTES_OF_A_ROW
    newer = func.sum(of_row).over(order_by=(WebhookEvent.received_at.desc(), WebhookEvent.id.desc()))
    posts = (
        select(WebhookEvent.id, newer.label("bytes")).where(WebhookEvent.kind != literal_column("'status'")).subquery()
    )
    beyond = select(posts.c.id).where(posts.c.bytes > most)
    return (await connection.execute(delete(WebhookEvent).where(WebhookEvent.id.in_(beyond)))).rowcount


async def purge(connection: AsyncConnection, before: datetime) -> int:
    """Delete what came before `before`; returns how many events."""
    return (await connection.execute(delete(WebhookEvent).where(WebhookEvent.received_at < before))).rowcount


async def kept_posts(
    connection: AsyncConnection, wanted: Wanted, limit: int, after: tuple[datetime, str] | None = None
) -> list[KeptView]:
    """The newest of the posts that are wanted, newest first; behind that moment and id."""
    statement = _of(wanted).order_by(WebhookEvent.received_at.desc(), WebhookEvent.id.desc()).limit(limit)
    if after is not None:
        statement = statement.where(tuple_(WebhookEvent.received_at, WebhookEvent.id) < tuple_(*after))
    return [KeptView(*row) for row in await connection.execute(statement)]


async def count_kept(connection: AsyncConnection, wanted: Wanted) -> int:
    """How many posts are wanted, as `count_some` counts."""
    return await count_some(connection, _of(wanted).with_only_columns(WebhookEvent.id))


async def next_kept(connection: AsyncConnection, wanted: Wanted, after: str) -> KeptView | None:
    """The first of those that wait with an id above `after`."""
    statement = _of(wanted).where(_STATES[PostState.WAITING], WebhookEvent.id > after)
    row = (await connection.execute(statement.order_by(WebhookEvent.id).limit(1))).one_or_none()
    return None if row is None else KeptView(*row)


async def raw_of(connection: AsyncConnection, event_id: str) -> tuple[bytes | None, dict[str, Any] | None]:
    """What was posted, and what it takes to read it again; an event of another kind may hold it for this one."""
    there, same = WebhookEvent, aliased(WebhookEvent)
    statement = (
        select(same.payload, func.coalesce(there.request, same.request))
        .join(same, or_(same.id == there.id, (same.provider == there.provider) & (same.digest == there.digest)))
        .where(there.id == event_id)
        .order_by(same.payload.is_(None), same.id)
        .limit(1)
    )
    row = (await connection.execute(statement)).one_or_none()
    return (None, None) if row is None else (row[0], row[1])


async def mark_replayed(connection: AsyncConnection, event: KeptView, now: datetime) -> bool:
    """All of this post has been understood; returns whether it waited until now."""
    same = WebhookEvent.id == event.id
    if event.digest is not None:
        same = or_(same, (WebhookEvent.provider == event.provider) & (WebhookEvent.digest == event.digest))
    statement = update(WebhookEvent).where(same, _STATES[PostState.WAITING]).values(replayed_at=now)
    marked = await connection.scalars(statement.returning(WebhookEvent.id))
    return event.id in set(marked)


async def dismiss_posts(connection: AsyncConnection, event_ids: Collection[str], now: datetime) -> frozenset[str]:
    """Leave those of the posts that wait as they are; returns which."""
    those = (
        select(WebhookEvent.id)
        .where(WebhookEvent.id.in_(event_ids), _IS_POST, _STATES[PostState.WAITING])
        .order_by(WebhookEvent.id)
        .with_for_update()
    )
    ids = list(await connection.scalars(those))
    await connection.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(dismissed_at=now))
    return frozenset(ids)


def _of(wanted: Wanted) -> Select[Any]:
    table = WebhookEvent
    statement = select(
        *(table.id, table.provider, table.kind, table.account, table.detail),
        *(table.size, table.cut, table.digest, table.received_at, table.replayed_at, table.dismissed_at),
    ).where(_IS_POST)
    if wanted.ids:
        statement = statement.where(table.id.in_(wanted.ids))
    if wanted.providers:
        statement = statement.where(table.provider.in_(wanted.providers))
    if wanted.kinds:
        statement = statement.where(table.kind.in_(wanted.kinds))
    if wanted.states:
        statement = statement.where(or_(*(_STATES[each] for each in wanted.states)))
    if wanted.since:
        statement = statement.where(table.received_at >= wanted.since)
    return statement


async def early_statuses(connection: AsyncConnection, provider_message_ids: Sequence[str]) -> Sequence[EarlyRow]:
    """The rows (account, provider_message_id, detail) of the early statuses of those messages."""
    rows = await connection.execute(_early(connection.dialect.name), {"ids": provider_message_ids})
    early: Sequence[EarlyRow] = rows.all()
    return early


@cache
def _early(dialect: str) -> Select[str | None, str | None, dict[str, Any] | None]:
    return select(WebhookEvent.account, WebhookEvent.provider_message_id, WebhookEvent.detail).where(
        *_waiting(), among(dialect, WebhookEvent.provider_message_id, "ids")
    )


async def count_early(connection: AsyncConnection, most: int) -> int:
    """How many early statuses wait; `most` where it is more."""
    some = select(literal_column("1")).select_from(WebhookEvent).where(*_waiting()).limit(most).subquery()
    return (await connection.execute(select(func.count()).select_from(some))).scalar_one()


async def insert_early(connection: AsyncConnection, rows: Sequence[EarlyStatusRow]) -> None:
    """Keep early statuses."""
    await connection.execute(insert(WebhookEvent), rows)


async def ripe_statuses(
    connection: AsyncConnection, provider_message_ids: Sequence[str] | None = None
) -> Sequence[RipeRow]:
    """Early statuses whose message has appeared, oldest first; of those messages or of all."""
    of_all = provider_message_ids is None
    statement = ripe(connection.dialect.name, of_all=of_all)
    rows = await connection.execute(statement, {} if of_all else {"ids": provider_message_ids})
    found: Sequence[RipeRow] = rows.all()
    return found


@cache
def ripe(dialect: str, *, of_all: bool) -> Select[str, str | None, str | None, dict[str, Any] | None]:
    """The rows of `ripe_statuses`: id, account, provider_message_id, detail; of the messages `ids`, or of all."""
    statement = (
        select(WebhookEvent.id, WebhookEvent.account, WebhookEvent.provider_message_id, WebhookEvent.detail)
        .join(
            Message,
            (Message.account == WebhookEvent.account)
            & (Message.provider_message_id == WebhookEvent.provider_message_id)
            & (Message.direction == literal_column("'outbound'")),
        )
        .where(*_waiting())
        .order_by(WebhookEvent.id)
        .limit(_AT_ONCE)
    )
    return statement if of_all else statement.where(among(dialect, WebhookEvent.provider_message_id, "ids"))


async def mark_applied(connection: AsyncConnection, ids: Sequence[str], now: datetime) -> None:
    """These early statuses have found their message."""
    await connection.execute(update(WebhookEvent).where(WebhookEvent.id.in_(ids)).values(applied_at=now))


async def forget_statuses(connection: AsyncConnection, before: datetime) -> int:
    """Delete early statuses that came before `before` and never found a message; returns how many."""
    result = await connection.execute(delete(WebhookEvent).where(*_waiting(), WebhookEvent.received_at < before))
    return result.rowcount


def _waiting() -> tuple[ColumnElement[bool], ...]:
    # Literals, so that the planner sees the partial index's predicate.
    return WebhookEvent.kind == literal_column("'status'"), WebhookEvent.applied_at.is_(None)


async def tokens(connection: AsyncConnection, keys: Collection[tuple[str, str]]) -> Sequence[Row[str, str, str]]:
    """The rows (provider, token, used_for) of those of the tokens (provider, token) that are known."""
    statement = select(WebhookToken.provider, WebhookToken.token, WebhookToken.used_for)
    return (
        await connection.execute(statement.where(tuple_(WebhookToken.provider, WebhookToken.token).in_(keys)))
    ).all()


async def forget_tokens(connection: AsyncConnection, before: datetime) -> int:
    """Delete the tokens seen before `before`; returns how many."""
    return (await connection.execute(delete(WebhookToken).where(WebhookToken.seen_at < before))).rowcount
