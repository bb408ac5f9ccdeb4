"""What `users` does in the database."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.cli.caller import caller
from bot.cli.common import _
from bot.cli.database import opened
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.settings import Settings
from bot.users import service as users
from bot.users.service import Link, NewUser, Role, SessionView, TokenView, UserStatus, UserView


class ShownUser(NamedTuple):
    """All that `show` tells of a user."""

    user: UserView
    recovery_codes: int
    sessions: Sequence[SessionView]
    tokens: Sequence[TokenView]


async def add(settings: Settings, email: str, role: Role, name: str) -> NewUser:
    """Invite somebody."""
    async with _writing(settings) as connection:
        return await users.add_user(connection, email, role, caller(), utc_now(), name=name)


async def listed(settings: Settings, role: Role | None, status: UserStatus | None, limit: int) -> list[UserView]:
    """Users by name."""
    async with _reading(settings) as connection:
        wanted = users.UserFilter(() if role is None else (role,), () if status is None else (status,))
        return await users.list_users(connection, wanted, limit)


async def show(settings: Settings, spelled: str) -> ShownUser:
    """All of a user, also of a deleted one."""
    async with _reading(settings) as connection:
        user = await users.find_user(connection, spelled, deleted=True)
        return ShownUser(
            user,
            await users.recovery_codes_left(connection, user.id),
            await users.sessions(connection, user.id, utc_now()),
            await users.tokens(connection, users.TokenFilter(user.id)),
        )


async def change_role(settings: Settings, spelled: str, role: Role) -> UserView:
    """Give a user another role."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled)
        return await users.change_role(connection, user.id, role, caller(), utc_now())


async def disable(settings: Settings, spelled: str, *, undo: bool) -> UserView:
    """Let a user in no more, or again."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled)
        change = users.enable_user if undo else users.disable_user
        return await change(connection, user.id, caller(), utc_now())


async def reset(settings: Settings, spelled: str, *, second_factor: bool) -> tuple[UserView, Link]:
    """A link by which a user chooses another password."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled)
        if second_factor:
            await users.remove_second_factor(connection, user.id, caller(), utc_now())
        return user, await users.reset_user(connection, user.id, caller(), utc_now())


async def delete(settings: Settings, spelled: str) -> UserView:
    """Delete a user."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled)
        return await users.delete_user(connection, user.id, caller(), utc_now())


async def restore(settings: Settings, spelled: str) -> UserView:
    """Take a deletion back."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled, deleted=True)
        return await users.restore_user(connection, user.id, caller(), utc_now())


async def sessions(settings: Settings, spelled: str) -> list[SessionView]:
    """Where a user is logged in."""
    async with _reading(settings) as connection:
        user = await users.find_user(connection, spelled)
        return await users.sessions(connection, user.id, utc_now())


async def end_sessions(settings: Settings, spelled: str, session_id: str | None) -> int:
    """End one of a user's sessions, or for None all; how many there were."""
    async with _writing(settings) as connection:
        user = await users.find_user(connection, spelled)
        if session_id is None:
            return await users.end_sessions(connection, user.id, caller(), utc_now())
        if not await users.end_session(connection, user.id, session_id, caller(), utc_now()):
            raise BotError(
                _("{email} has no session {id}", email=user.email, id=session_id),
                mend=_("See `bot.py users sessions {email}`.", email=user.email),
            )
        return 1


@asynccontextmanager
async def _reading(settings: Settings) -> AsyncIterator[AsyncConnection]:
    async with opened(settings) as engine, reading(engine) as connection:
        yield connection


@asynccontextmanager
async def _writing(settings: Settings) -> AsyncIterator[AsyncConnection]:
    async with opened(settings) as engine, engine.begin() as connection:
        yield connection
