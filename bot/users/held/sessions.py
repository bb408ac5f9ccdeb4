"""Sessions: a browser shows an opaque token, of which a row keeps the hash.

A look-up is one statement by its index that also brings the user as they are now, so that whoever is disabled, or may
do less than before, is refused at the next click.
"""

from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.ids import new_id, new_token
from bot.core.text import clean
from bot.db.engine import reading
from bot.db.faults import is_contention
from bot.users.digests import digest
from bot.users.held import queries
from bot.users.rules import Role, permissions_of
from bot.users.values import Known, SessionView, SignedIn, Visitor

IDLE = timedelta(hours=12)
LONGEST = timedelta(days=30)
NOTED_EVERY = timedelta(minutes=1)
"""How often it is written down that one is used."""
_AGENT = 255


async def start_session(connection: AsyncConnection, user_id: str, visitor: Visitor, now: datetime) -> SignedIn:
    """Begin a session of somebody who has proved who they are."""
    begun = SignedIn(user_id, new_id(), new_token(), now + LONGEST)
    row: queries.NewSessionRow = {
        "id": begun.session_id,
        "user_id": user_id,
        "token_hash": digest(begun.token),
        "csrf": new_token(),
        "created_at": now,
        "last_used_at": now,
        "expires_at": begun.expires_at,
        "address": visitor.address[:64],
        "agent": clean(visitor.agent, _AGENT)[0],
    }
    await queries.insert_session(connection, row)
    await queries.touch_user(connection, user_id, now, now)
    return begun


async def identify_session(engine: AsyncEngine, token: str, now: datetime) -> Known | None:
    """Whose session that token is of; None for one that is unknown, over or idle, or where they are not let in.

    Notes, once a minute, that they were seen.
    """
    async with reading(engine) as connection:
        row = await queries.known(connection, digest(token), now, now - IDLE)
    if row is None:
        return None
    if row.last_used_at <= now - NOTED_EVERY:
        await _note(engine, row.session_id, row.user_id, now)
    values = row._asdict()
    del values["last_used_at"]
    role = values["role"] = Role(row.role)
    return Known(**values, permissions=permissions_of(role))


async def sessions(connection: AsyncConnection, user_id: str, now: datetime) -> list[SessionView]:
    """A user's sessions, the last used first."""
    return await queries.sessions_of(connection, user_id, now, now - IDLE)


async def sign_out(connection: AsyncConnection, token: str) -> bool:
    """End the session of that token; whether there was one."""
    return await queries.end_session_by_token(connection, digest(token))


async def end_session(connection: AsyncConnection, user_id: str, session_id: str, by: Actor, now: datetime) -> bool:
    """End one of a user's sessions; whether it was there."""
    ended = await queries.end_sessions(connection, user_id, only=session_id)
    if ended:
        await record(connection, by, "session.end", "user", user_id, {"session": session_id}, at=now)
    return ended > 0


async def end_sessions(
    connection: AsyncConnection, user_id: str, by: Actor, now: datetime, *, but: str | None = None
) -> int:
    """End a user's sessions, all or all `but` one; how many there were."""
    ended = await queries.end_sessions(connection, user_id, but=but)
    if ended:
        await record(connection, by, "session.end_all", "user", user_id, {"sessions": ended}, at=now)
    return ended


async def renew_session(connection: AsyncConnection, user_id: str, session_id: str) -> SignedIn | None:
    """Give a session another token, at a change of what its user may do or is known by; None where it is over."""
    token = new_token()
    expires_at = await queries.renew_session(connection, session_id, digest(token), new_token())
    return None if expires_at is None else SignedIn(user_id, session_id, token, expires_at)


async def _note(engine: AsyncEngine, session_id: str, user_id: str, now: datetime) -> None:
    try:
        async with engine.begin() as connection:
            # In the order of whoever ends sessions, who holds the user.
            await queries.touch_user(connection, user_id, now - NOTED_EVERY, now)
            await queries.touch_session(connection, session_id, now - NOTED_EVERY, now)
    except DBAPIError as error:
        # Where somebody else holds the row, the next click notes it.
        if not is_contention(error):
            raise
