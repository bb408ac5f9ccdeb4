"""The statements over sessions and API tokens."""

from datetime import datetime
from typing import Any, NamedTuple, TypedDict

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, delete, func, insert, or_, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection
from sqlalchemy.orm import aliased

from bot.db.counting import count_some
from bot.users.models import ApiToken, Session, User
from bot.users.rules import USUAL_RATE
from bot.users.values import SessionView, TokenView


class NewSessionRow(TypedDict):
    """A session that is inserted; see `bot.users.models.Session`."""

    id: str
    user_id: str
    token_hash: str
    csrf: str
    created_at: datetime
    last_used_at: datetime
    expires_at: datetime
    address: str
    agent: str


class NewTokenRow(TypedDict):
    """An API token that is inserted; see `bot.users.models.ApiToken`."""

    id: str
    user_id: str
    name: str
    hash: str
    scopes: list[str]
    created_at: datetime
    expires_at: datetime | None
    rate_limit: int | None


class TokenFilter(NamedTuple):
    """Which tokens are wanted.

    Attributes:
        user_id: of this user; None for everybody's.
        words: a part of its name, or of its owner's name or address.
        good_at: those alone that are good then; None for those that are over or revoked, too.
    """

    user_id: str | None = None
    words: str = ""
    good_at: datetime | None = None


_KNOWN: list[ColumnElement[Any]] = [
    Session.id.label("session_id"),
    Session.csrf.label("csrf"),
    Session.last_used_at.label("last_used_at"),
    User.id.label("user_id"),
    User.email.label("email"),
    User.name.label("name"),
    User.role.label("role"),
    User.locale.label("locale"),
    User.timezone.label("timezone"),
    User.theme.label("theme"),
    User.totp.is_not(None).label("has_totp"),
]
_LETS_IN = (User.disabled_at.is_(None), User.deleted_at.is_(None))
_KNOWN_SESSION = (
    select(*_KNOWN)
    .join(User, User.id == Session.user_id)
    .where(
        Session.token_hash == bindparam("of_hash"),
        Session.expires_at > bindparam("at"),
        Session.last_used_at > bindparam("idle_since"),
        *_LETS_IN,
    )
)
_OF_USER: dict[str, ColumnElement[Any]] = {
    "user": User.name.label("user"),
    "email": User.email.label("email"),
    "is_let_in": and_(*_LETS_IN).label("is_let_in"),
}
_TOKEN = [_OF_USER[name] if name in _OF_USER else getattr(ApiToken, name) for name in TokenView._fields]


_others = aliased(ApiToken)
_FASTEST = (
    select(func.max(func.coalesce(_others.rate_limit, USUAL_RATE)))
    .where(
        _others.user_id == ApiToken.user_id,
        _others.revoked_at.is_(None),
        or_(_others.expires_at.is_(None), _others.expires_at > bindparam("at")),
    )
    .scalar_subquery()
)
"""The highest limit of all that its owner's tokens have."""
_KNOWN_TOKEN = (
    select(
        ApiToken.id.label("token_id"),
        ApiToken.name.label("token_name"),
        ApiToken.scopes,
        ApiToken.last_used_at,
        ApiToken.rate_limit,
        _FASTEST.label("rate_limit_of_user"),
        ApiToken.expires_at,
        User.id.label("user_id"),
        User.name,
        User.role,
    )
    .join(User, User.id == ApiToken.user_id)
    .where(
        ApiToken.hash == bindparam("of_hash"),
        ApiToken.revoked_at.is_(None),
        or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > bindparam("at")),
        *_LETS_IN,
    )
)


async def insert_session(connection: AsyncConnection, row: NewSessionRow) -> None:
    """Begin a session."""
    await connection.execute(insert(Session).values(row))


async def known(connection: AsyncConnection, token_hash: str, now: datetime, idle_since: datetime) -> Row[Any] | None:
    """Whose session it is, with their role, unless it is over, idle, or they are not let in any more."""
    given = {"of_hash": token_hash, "at": now, "idle_since": idle_since}
    return (await connection.execute(_KNOWN_SESSION, given)).one_or_none()


async def touch_session(connection: AsyncConnection, session_id: str, before: datetime, now: datetime) -> None:
    """Note that it is used, unless that was noted after `before`."""
    stale = (Session.id == session_id, Session.last_used_at <= before)
    await connection.execute(update(Session).where(*stale).values(last_used_at=now))


async def touch_user(connection: AsyncConnection, user_id: str, before: datetime, now: datetime) -> None:
    """Note that somebody was seen, unless that was noted after `before`."""
    stale = or_(User.last_seen_at.is_(None), User.last_seen_at <= before)
    values = {"last_seen_at": now, "updated_at": User.updated_at}
    await connection.execute(update(User).where(User.id == user_id, stale).values(values))


async def sessions_of(
    connection: AsyncConnection, user_id: str | None, now: datetime, idle_since: datetime
) -> list[SessionView]:
    """The sessions of a user, or of all, that are not over, the last used first."""
    columns = [getattr(Session, name) for name in SessionView._fields]
    statement = select(*columns).where(Session.expires_at > now, Session.last_used_at > idle_since)
    if user_id is not None:
        statement = statement.where(Session.user_id == user_id)
    rows = await connection.execute(statement.order_by(Session.last_used_at.desc(), Session.id))
    return [SessionView(*row) for row in rows]


async def end_sessions(
    connection: AsyncConnection, user_id: str, *, only: str | None = None, but: str | None = None
) -> int:
    """Delete a user's sessions: `only` one, or all `but` one; how many there were."""
    statement = delete(Session).where(Session.user_id == user_id)
    if only is not None:
        statement = statement.where(Session.id == only)
    if but is not None:
        statement = statement.where(Session.id != but)
    return (await connection.execute(statement)).rowcount


async def end_session_by_token(connection: AsyncConnection, token_hash: str) -> bool:
    """Delete the session of a token; whether there was one."""
    return (await connection.execute(delete(Session).where(Session.token_hash == token_hash))).rowcount > 0


async def renew_session(connection: AsyncConnection, session_id: str, token_hash: str, csrf: str) -> datetime | None:
    """Give a session another token; gives when it ends, or None where there is none."""
    statement = update(Session).where(Session.id == session_id).values(token_hash=token_hash, csrf=csrf)
    return (await connection.execute(statement.returning(Session.expires_at))).scalar_one_or_none()


async def purge_sessions(connection: AsyncConnection, now: datetime, idle_since: datetime) -> int:
    """Delete those that are over; how many."""
    over = or_(Session.expires_at <= now, Session.last_used_at <= idle_since)
    return (await connection.execute(delete(Session).where(over))).rowcount


async def insert_token(connection: AsyncConnection, row: NewTokenRow) -> None:
    """Insert a token."""
    await connection.execute(insert(ApiToken).values(row))


async def known_token(connection: AsyncConnection, token_hash: str, now: datetime) -> Row[Any] | None:
    """Whose token it is, with their role, unless it is over, revoked, or they are not let in any more."""
    return (await connection.execute(_KNOWN_TOKEN, {"of_hash": token_hash, "at": now})).one_or_none()


async def touch_token(connection: AsyncConnection, token_id: str, before: datetime, now: datetime) -> None:
    """Note that it is used, unless that was noted after `before`."""
    stale = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= before)
    await connection.execute(update(ApiToken).where(ApiToken.id == token_id, stale).values(last_used_at=now))


async def token_of(connection: AsyncConnection, token_id: str) -> TokenView | None:
    """The token of that id."""
    statement = select(*_TOKEN).join(User, User.id == ApiToken.user_id).where(ApiToken.id == token_id)
    row = (await connection.execute(statement)).one_or_none()
    return None if row is None else TokenView(*row)


async def tokens(
    connection: AsyncConnection,
    wanted: TokenFilter,
    limit: int | None = None,
    after: tuple[datetime, str] | None = None,
) -> list[TokenView]:
    """The tokens that are wanted, the newest first, those behind (created_at, id) of the last one shown; None: all."""
    statement = _narrowed(select(*_TOKEN), wanted)
    if after is not None:
        statement = statement.where(tuple_(ApiToken.created_at, ApiToken.id) < after)
    rows = await connection.execute(statement.order_by(ApiToken.created_at.desc(), ApiToken.id.desc()).limit(limit))
    return [TokenView(*row) for row in rows]


async def count_tokens(connection: AsyncConnection, wanted: TokenFilter) -> int:
    """How many tokens are wanted, as `count_some` counts."""
    return await count_some(connection, _narrowed(select(ApiToken.id), wanted))


def _narrowed(statement: Select[Any], wanted: TokenFilter) -> Select[Any]:
    statement = statement.join(User, User.id == ApiToken.user_id)
    if wanted.user_id is not None:
        statement = statement.where(ApiToken.user_id == wanted.user_id)
    if wanted.words:
        found = (column.icontains(wanted.words, autoescape=True) for column in (ApiToken.name, User.name, User.email))
        statement = statement.where(or_(*found))
    if wanted.good_at is not None:
        lives = or_(ApiToken.expires_at.is_(None), ApiToken.expires_at > wanted.good_at)
        statement = statement.where(ApiToken.revoked_at.is_(None), lives, *_LETS_IN)
    return statement


async def revoke_tokens(
    connection: AsyncConnection, now: datetime, *, token_id: str | None = None, user_id: str | None = None
) -> list[str]:
    """Revoke that token, or all of a user's; gives the ids of those that were not yet."""
    statement = update(ApiToken).where(ApiToken.revoked_at.is_(None))
    if token_id is not None:
        statement = statement.where(ApiToken.id == token_id)
    if user_id is not None:
        statement = statement.where(ApiToken.user_id == user_id)
    return list(await connection.scalars(statement.values(revoked_at=now).returning(ApiToken.id)))
