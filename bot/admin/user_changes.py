"""What administrators do with a user: each change is the service's, which may refuse; the page then says why."""

from collections.abc import Awaitable, Callable
from datetime import datetime

from aiohttp import web
from pydantic import BaseModel
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import chosen, done, reason
from bot.admin.users import PATH, detail, link_page
from bot.admin.words import ROLES
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.users.service import (
    NoUserError,
    Role,
    TokenFilter,
    UserView,
    change_role,
    delete_user,
    disable_user,
    enable_user,
    end_session,
    end_sessions,
    find_user,
    reset_user,
    restore_user,
    revoke_token,
    tokens,
)
from bot.users.views.known import actor_of
from bot.web.forms import read_form
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

Change = Callable[[AsyncConnection, str, Actor, datetime], Awaitable[UserView]]


class NewRole(BaseModel):
    """What somebody is to be."""

    role: Role


async def give_role(request: web.Request) -> web.StreamResponse:
    """Let somebody do more or less; undone by giving the former role."""
    form, _ = read_form(request, NewRole), language(request)
    if form.value is None:
        return await detail(request, _("Choose one of the roles."))
    role, id_ = form.value.role, request.match_info["id"]
    try:
        async with request.app[ENGINE].begin() as connection:
            before = await find_user(connection, id_)
            user = await change_role(connection, before.id, role, actor_of(request), request.app[CLOCK]())
    except NoUserError as error:
        raise web.HTTPNotFound(text="there is no such user\n") from error
    except BotError as error:
        return await detail(request, reason(request, error))
    said = _("{name} is now: {role}", name=user.name, role=_(ROLES[role]))
    return done(request, _path(id_), said, undo=_path(id_, "role"), fields=(("role", before.role.value),))


def changed(change: Change, sentence: str, undo: str = "") -> Callable[[web.Request], Awaitable[web.StreamResponse]]:
    """A handler that does `change`, and says `sentence` (marked for translation, with `{name}`)."""

    async def take(request: web.Request) -> web.StreamResponse:
        id_ = request.match_info["id"]
        try:
            async with request.app[ENGINE].begin() as connection:
                user = await change(connection, id_, actor_of(request), request.app[CLOCK]())
        except NoUserError as error:
            raise web.HTTPNotFound(text="there is no such user\n") from error
        except BotError as error:
            return await detail(request, reason(request, error))
        said = language(request)(sentence, name=user.name)
        return done(request, _path(id_), said, undo=_path(id_, undo) if undo else "")

    return take


disable = changed(disable_user, N_("{name} is let in no more"), "enable")
enable = changed(enable_user, N_("{name} is let in again"), "disable")
delete = changed(delete_user, N_("{name} is deleted"), "restore")
restore = changed(restore_user, N_("{name} is back; tokens stay revoked"))


async def reset(request: web.Request) -> web.StreamResponse:
    """A link by which they choose another password, shown once."""
    id_, _ = request.match_info["id"], language(request)
    try:
        async with request.app[ENGINE].begin() as connection:
            user = await find_user(connection, id_)
            link = await reset_user(connection, user.id, actor_of(request), request.app[CLOCK]())
    except NoUserError as error:
        raise web.HTTPNotFound(text="there is no such user\n") from error
    except BotError as error:
        return await detail(request, reason(request, error))
    return await link_page(request, _("A link for {email}", email=user.email), user.id, link.path)


async def end_chosen(request: web.Request) -> web.StreamResponse:
    """End the sessions that are chosen."""
    id_, by, now = request.match_info["id"], actor_of(request), request.app[CLOCK]()
    count = 0
    async with request.app[ENGINE].begin() as connection:
        for each in chosen(request):
            count += await end_session(connection, id_, each, by, now)
    return done(request, _path(id_), _ended(request, count))


async def end_all(request: web.Request) -> web.StreamResponse:
    """End all their sessions."""
    id_ = request.match_info["id"]
    async with request.app[ENGINE].begin() as connection:
        count = await end_sessions(connection, id_, actor_of(request), request.app[CLOCK]())
    return done(request, _path(id_), _ended(request, count))


async def revoke_chosen(request: web.Request) -> web.StreamResponse:
    """Revoke those of their tokens that are chosen."""
    id_, by, now = request.match_info["id"], actor_of(request), request.app[CLOCK]()
    count = 0
    async with request.app[ENGINE].begin() as connection:
        own = {each.id for each in await tokens(connection, TokenFilter(id_))}
        for each in chosen(request):
            count += each in own and await revoke_token(connection, each, by, now)
    said = language(request).plural("{count} token is revoked", "{count} tokens are revoked", count)
    return done(request, _path(id_), said)


def _ended(request: web.Request, count: int) -> str:
    return language(request).plural("{count} session has ended", "{count} sessions have ended", count)


def _path(id_: str, what: str = "") -> str:
    return f"{PATH}/{id_}/{what}" if what else f"{PATH}/{id_}"
