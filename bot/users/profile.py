"""What people say of themselves: how they are called, and how pages speak to them."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import difference, record
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.spelled import read_name, read_timezone
from bot.users import queries
from bot.users.values import NoUserError, UserView
from bot.web.i18n import LOCALES

THEMES = ("light", "dark")


async def change_profile(
    connection: AsyncConnection,
    user_id: str,
    by: Actor,
    now: datetime,
    *,
    name: str | None = None,
    locale: str | None = None,
    timezone: str | None = None,
    theme: str | None = None,
) -> UserView:
    """Write down what somebody chose; None leaves a value as it is. Gives the user as they are now.

    Raises NoUserError, and BotError, with a mend, for what cannot be.

    Args:
        connection: in a transaction.
        user_id: whose.
        by: who does it.
        now: when.
        name: how they are called.
        locale: one of `bot.web.i18n.LOCALES`; empty: as their browser asks.
        timezone: by the tz database's name; empty: as their browser tells.
        theme: one of THEMES; empty: as their system is.
    """
    values: dict[str, Any] = {}
    if name is not None:
        values["name"] = read_name(name)
    if locale is not None:
        values["locale"] = _one_of(locale, LOCALES)
    if timezone is not None:
        values["timezone"] = read_timezone(timezone) if timezone.strip() else None
    if theme is not None:
        values["theme"] = _one_of(theme, THEMES)
    user = await queries.lock(connection, user_id)
    if user is None or user.deleted_at is not None:
        raise NoUserError(user_id)
    changed = difference({each: getattr(user, each) for each in values}, values)
    if changed:
        await queries.change(connection, user.id, values, now)
        await record(connection, by, "user.profile", "user", user.id, changed, at=now)
    return user._replace(**values)


def _one_of(chosen: str, known: Sequence[str]) -> str | None:
    if chosen and chosen not in known:
        raise BotError(
            N_("{chosen} cannot be chosen"), mend=N_("Take one of {known}."), chosen=chosen[:64], known=", ".join(known)
        )
    return chosen or None
