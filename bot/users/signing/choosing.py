"""Whoever has a link chooses a password: the first of all, who is invited, and who chooses another one."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.ids import new_id
from bot.users import queries as users
from bot.users.digests import digest
from bot.users.held.sessions import end_sessions
from bot.users.models import FailureKind, LinkKind
from bot.users.queries import Credentials
from bot.users.rules import Role
from bot.users.signing import links, queries, throttle
from bot.users.values import LinkError, TakenError, Visitor


async def make_first(
    connection: AsyncConnection, token: str, email: str, name: str, hashed: str, visitor: Visitor, now: datetime
) -> Credentials:
    """Make the first user, an ADMIN. The link is one row: of two who use it at once, one finds it."""
    await links.take(connection, token, now, {LinkKind.WELCOME})
    if await users.any_user(connection):
        raise LinkError
    row = users.new_row(new_id(), email, name, Role.ADMIN, now, password_hash=hashed)
    if not await users.insert_user(connection, row):
        raise TakenError(email)
    by = Actor(name, row["id"], address=visitor.address)
    told = {"after": {"email": email, "role": Role.ADMIN}}
    await record(connection, by, "user.first", "user", row["id"], told, at=now)
    return users.credentials_in(row)


async def choose(
    connection: AsyncConnection, token: str, name: str, hashed: str, visitor: Visitor, now: datetime
) -> Credentials:
    """Give whose link it is another password; all their sessions and other links end."""
    # The user is locked before their links, as by whoever disables them.
    row = await queries.link_of(connection, digest(token), now)
    user = None if row is None or row.user_id is None else await users.lock_credentials(connection, row.user_id)
    if user is None or not user.is_let_in:
        raise LinkError
    await links.take(connection, token, now, {LinkKind.INVITATION, LinkKind.RESET})
    await users.change(connection, user.id, {"password_hash": hashed, "name": name}, now)
    by = Actor(name, user.id, address=visitor.address)
    await record(connection, by, "user.password", "user", user.id, at=now)
    await queries.end_links(connection, user.id)
    await end_sessions(connection, user.id, by, now)
    await throttle.forgive(connection, FailureKind.ACCOUNT, user.email)
    return user._replace(name=name)
