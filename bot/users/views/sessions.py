"""`/account/sessions`: the browsers in which somebody is signed in, to be signed out from afar."""

from aiohttp import web

from bot.db.engine import reading
from bot.users import service as users
from bot.users.views.account import SESSIONS, account_page, done
from bot.users.views.known import actor_of, known_to
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by


async def show(request: web.Request) -> web.StreamResponse:
    """All of them, the last used first."""
    who = known_to(request)
    async with reading(request.app[ENGINE]) as connection:
        rows = await users.sessions(connection, who.user_id, request.app[CLOCK]())
    shown = [(each, each.id == who.session_id) for each in rows]
    return await account_page(request, "users/sessions.html", SESSIONS, sessions=shown)


async def end(request: web.Request) -> web.StreamResponse:
    """End one of them; of somebody else's none is found."""
    who, id_ = known_to(request), posted_by(request).last("id")
    async with request.app[ENGINE].begin() as connection:
        await users.end_session(connection, who.user_id, id_, actor_of(request), request.app[CLOCK]())
    return done(request, SESSIONS, language(request)(N_("That browser is signed out")))


async def end_others(request: web.Request) -> web.StreamResponse:
    """End all but this one."""
    who = known_to(request)
    async with request.app[ENGINE].begin() as connection:
        by, now = actor_of(request), request.app[CLOCK]()
        count = await users.end_sessions(connection, who.user_id, by, now, but=who.session_id)
    text = language(request).plural("{count} browser is signed out", "{count} browsers are signed out", count)
    return done(request, SESSIONS, text)
