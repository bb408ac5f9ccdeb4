"""Managing users: whom there is, what they may do, and letting them in or not.

There is always an ADMIN who is let in: whoever takes one away locks all of them first, so that of two who take away
each other's the second one sees what the first has done.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.email_addresses import read_email
from bot.core.errors import BotError
from bot.core.events import UserLimited
from bot.core.i18n import N_
from bot.core.ids import new_id
from bot.core.spelled import read_name
from bot.core.text import MAX_NAME, clean
from bot.listeners.service import tell
from bot.users import queries
from bot.users.held import queries as held
from bot.users.held.sessions import end_sessions
from bot.users.models import LinkKind
from bot.users.rules import Role
from bot.users.signing import queries as signing
from bot.users.signing.links import Link, make
from bot.users.values import LastAdminError, NoUserError, TakenError, UserView


class NewUser(NamedTuple):
    """Somebody who was invited.

    Attributes:
        id: theirs.
        email: as it is kept.
        link: by which they choose a password.
    """

    id: str
    email: str
    link: Link


async def add_user(
    connection: AsyncConnection, email: str, role: Role, by: Actor, now: datetime, *, name: str = ""
) -> NewUser:
    """Invite somebody; raises BotError for what is no address, TakenError where a user has it.

    Args:
        connection: in a transaction.
        email: by which they will log in.
        role: what they may do.
        by: who invites them.
        now: when.
        name: as they are called; empty for what stands before the @.
    """
    address = read_email(email)
    row = queries.new_row(new_id(), address, read_name(name or address.partition("@")[0]), role, now)
    # Whoever has the link that makes the first user is too late; it is locked before the user is there.
    await signing.end_links(connection, None)
    if not await queries.insert_user(connection, row):
        raise TakenError(address)
    told = {"after": {"email": address, "name": row["name"], "role": role}}
    await record(connection, by, "user.add", "user", row["id"], told, at=now)
    return NewUser(row["id"], address, await make(connection, LinkKind.INVITATION, row["id"], now))


async def find_user(connection: AsyncConnection, spelled: str, *, deleted: bool = False) -> UserView:
    """The user of that id or address, also one who is `deleted`; raises NoUserError."""
    try:
        email = read_email(spelled)
    except BotError:
        email = ""
    found = await queries.find(connection, id_=clean(spelled.strip(), MAX_NAME)[0], email=email)
    for each in found:
        if deleted or each.deleted_at is None:
            return each
    raise NoUserError(spelled)


async def lock_user(connection: AsyncConnection, user_id: str) -> UserView:
    """The user of that id, whom nobody else changes until the transaction ends; deleted ones, too. Raises NoUserError.

    All ADMINs are locked with them, in the order of whatever may come next.
    """
    user, _admins = await queries.lock_with_admins(connection, user_id)
    if user is None:
        raise NoUserError(user_id)
    return user


async def change_role(connection: AsyncConnection, user_id: str, role: Role, by: Actor, now: datetime) -> UserView:
    """Let a user do more or less; their sessions end, so that they log in again with a token of the new rights.

    Raises NoUserError, and LastAdminError.
    """
    user, admins = await queries.lock_with_admins(connection, user_id)
    user = _living(user, user_id)
    if user.role is role:
        return user
    _require_another(user, admins)
    await _change(connection, user, {"role": role.value}, "user.role", by, now)
    await end_sessions(connection, user.id, by, now)
    await tell(connection, [UserLimited(user_id=user.id, by=by, at=now)], now)
    return user._replace(role=role)


async def disable_user(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> UserView:
    """Let a user in no more, until `enable_user`; sessions and links end, tokens are worth nothing meanwhile.

    Raises NoUserError, and LastAdminError.
    """
    user, admins = await queries.lock_with_admins(connection, user_id)
    user = _living(user, user_id)
    if user.disabled_at is not None:
        return user
    _require_another(user, admins)
    await _change(connection, user, {"disabled_at": now}, "user.disable", by, now)
    await _shut_out(connection, user.id, by, now)
    return user._replace(disabled_at=now)


async def enable_user(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> UserView:
    """Let a user in again; raises NoUserError."""
    user = _living(await queries.lock(connection, user_id), user_id)
    if user.disabled_at is not None:
        await _change(connection, user, {"disabled_at": None}, "user.enable", by, now)
    return user._replace(disabled_at=None)


async def reset_user(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> Link:
    """A link by which a user chooses another password; the present one stays good until then.

    Raises NoUserError, and BotError for who is disabled.
    """
    user = _living(await queries.lock(connection, user_id), user_id)
    if user.disabled_at is not None:
        raise BotError(
            N_("{email} is disabled"), mend=N_("`bot.py users disable --undo {email}` lets them in."), email=user.email
        )
    await record(connection, by, "user.reset", "user", user.id, at=now)
    kind = LinkKind.RESET if user.has_password or user.provider else LinkKind.INVITATION
    return await make(connection, kind, user.id, now)


async def delete_user(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> UserView:
    """Delete a user: sessions, links and tokens end, the address is free, and the name stays on what they did.

    Raises NoUserError, and LastAdminError.
    """
    user, admins = await queries.lock_with_admins(connection, user_id)
    user = _living(user, user_id)
    _require_another(user, admins)
    # Whoever signs in at a provider joins again after being restored.
    values = {"deleted_at": now, "provider": None, "provider_id": None}
    await _change(connection, user, values, "user.delete", by, now)
    await _shut_out(connection, user.id, by, now)
    for token_id in await held.revoke_tokens(connection, now, user_id=user.id):
        await record(connection, by, "token.revoke", "token", token_id, at=now)
    return user._replace(deleted_at=now, provider=None)


async def restore_user(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> UserView:
    """Take a deletion back, with role and password; tokens stay revoked.

    Raises NoUserError, and TakenError where a living user has the address by now.
    """
    user = await queries.lock(connection, user_id)
    if user is None:
        raise NoUserError(user_id)
    if user.deleted_at is None:
        return user
    try:
        async with connection.begin_nested():
            await _change(connection, user, {"deleted_at": None}, "user.restore", by, now)
    except IntegrityError:
        raise TakenError(user.email) from None
    return user._replace(deleted_at=None)


async def _change(
    connection: AsyncConnection, user: UserView, values: Mapping[str, Any], action: str, by: Actor, now: datetime
) -> None:
    await queries.change(connection, user.id, values, now)
    before = {name: getattr(user, name) for name in values if name in UserView._fields}
    after = {name: value for name, value in values.items() if name in UserView._fields}
    await record(connection, by, action, "user", user.id, difference(before, after), at=now)


async def _shut_out(connection: AsyncConnection, user_id: str, by: Actor, now: datetime) -> None:
    await signing.end_links(connection, user_id)
    await end_sessions(connection, user_id, by, now)
    await tell(connection, [UserLimited(user_id=user_id, by=by, at=now)], now)


def _living(user: UserView | None, user_id: str) -> UserView:
    if user is None or user.deleted_at is not None:
        raise NoUserError(user_id)
    return user


def _require_another(user: UserView, admins: frozenset[str]) -> None:
    if admins == {user.id}:
        raise LastAdminError
