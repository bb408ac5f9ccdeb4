"""API tokens: a program shows one, of which a row keeps the hash; its scopes are cut by its owner's role."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.ids import new_id, new_token
from bot.core.permissions import Permission
from bot.core.spelled import read_name
from bot.db.engine import reading
from bot.db.faults import is_contention
from bot.users.digests import digest
from bot.users.held import queries
from bot.users.rules import Role, permissions_of
from bot.users.values import KnownToken, UserView

PREFIX = "rcd_"
"""What each token begins with, so that scanners of sources know one."""
NOTED_EVERY = timedelta(minutes=1)
MOST_A_MINUTE = 100_000
"""Requests that a token may be allowed."""
_LONGEST = 128


async def add_token(
    connection: AsyncConnection,
    user: UserView,
    name: str,
    scopes: Collection[Permission],
    by: Actor,
    now: datetime,
    *,
    expires_at: datetime | None = None,
    rate_limit: int | None = None,
) -> tuple[str, str]:
    """Make a token; gives its id, and the token, which is never shown again.

    Raises BotError for an empty name, for no scopes, for a scope that the owner's role does not have, for a time that
    is over, and for a limit that is none.

    Args:
        connection: in a transaction.
        user: its owner, who may log in.
        name: what they call it.
        scopes: what it may do.
        by: who makes it.
        now: when.
        expires_at: from when on it is worth nothing; None for a token that does not end by itself.
        rate_limit: requests a minute; None: as many as the usual one.
    """
    label = read_name(name)
    beyond = sorted(set(scopes) - permissions_of(user.role))
    if not scopes:
        raise BotError(N_("a token without scopes can do nothing"), mend=N_("Say what it may do: contacts.read."))
    if beyond:
        raise BotError(
            N_("the role {role} does not have {scopes}"),
            mend=N_("Take these scopes away, or give the user another role."),
            role=user.role,
            scopes=", ".join(beyond),
        )
    if expires_at is not None and expires_at <= now:
        raise BotError(N_("a token cannot end before it begins"), mend=N_("Take a later moment."))
    if rate_limit is not None and not 1 <= rate_limit <= MOST_A_MINUTE:
        raise BotError(
            N_("a token may ask 1 to {most} times a minute"), mend=N_("Take such a number."), most=MOST_A_MINUTE
        )
    id_, token = new_id(), f"{PREFIX}{new_token()}"
    row: queries.NewTokenRow = {
        "id": id_,
        "user_id": user.id,
        "name": label,
        "hash": digest(token),
        "scopes": sorted(each.value for each in set(scopes)),
        "created_at": now,
        "expires_at": expires_at,
        "rate_limit": rate_limit,
    }
    await queries.insert_token(connection, row)
    told = {"name": label, "scopes": row["scopes"], "expires_at": expires_at, "user": user.id}
    await record(connection, by, "token.add", "token", id_, {"after": told}, at=now)
    return id_, token


async def revoke_token(connection: AsyncConnection, token_id: str, by: Actor, now: datetime) -> bool:
    """Let a token be worth nothing from now on; False where there is none, or where it was revoked before."""
    revoked = await queries.revoke_tokens(connection, now, token_id=token_id)
    for each in revoked:
        await record(connection, by, "token.revoke", "token", each, at=now)
    return bool(revoked)


async def identify_token(engine: AsyncEngine, token: str, now: datetime) -> KnownToken | None:
    """Whose token it is; None for one that is unknown, over or revoked, or where its owner is not let in.

    Notes, once a minute, that it is used.
    """
    if not token.startswith(PREFIX) or len(token) > _LONGEST:
        return None
    async with reading(engine) as connection:
        row = await queries.known_token(connection, digest(token), now)
    if row is None:
        return None
    if row.last_used_at is None or row.last_used_at <= now - NOTED_EVERY:
        await _note(engine, row.token_id, now)
    role = Role(row.role)
    scopes = frozenset(each for each in permissions_of(role) if each.value in row.scopes)
    return KnownToken(
        token_id=row.token_id,
        token_name=row.token_name,
        user_id=row.user_id,
        name=row.name,
        role=role,
        permissions=scopes,
        rate_limit=row.rate_limit,
        rate_limit_of_user=row.rate_limit_of_user,
        expires_at=row.expires_at,
    )


async def _note(engine: AsyncEngine, token_id: str, now: datetime) -> None:
    try:
        async with engine.begin() as connection:
            await queries.touch_token(connection, token_id, now - NOTED_EVERY, now)
    except DBAPIError as error:
        # Where somebody else holds the row, the next request notes it.
        if not is_contention(error):
            raise
