"""`/account/sessions`: the browsers in which somebody is signed in, to be signed out from afar."""

import re

from aiohttp import web

from bot.db.engine import reading
from bot.users import service as users
from bot.users.views.account import SESSIONS, account_page, done
from bot.users.views.known import actor_of, known_to
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by

# The first that is found: nearly all call themselves after others, too.
_BROWSERS = {"Edg": "Edge", "OPR": "Opera", "Firefox": "Firefox", "FxiOS": "Firefox", "Chrome": "Chrome"}
_BROWSERS |= {"CriOS": "Chrome", "Safari": "Safari"}
_SYSTEMS = {"Windows": "Windows", "Android": "Android", "iPhone": "iPhone", "iPad": "iPad", "Mac OS": "macOS"}
_SYSTEMS |= {"CrOS": "ChromeOS", "Linux": "Linux"}


async def show(request: web.Request) -> web.StreamResponse:
    """All of them, the last used first."""
    who = known_to(request)
    async with reading(request.app[ENGINE]) as connection:
        rows = await users.sessions(connection, who.user_id, request.app[CLOCK]())
    shown = [(each, browser_of(each.agent), each.id == who.session_id) for each in rows]
    return account_page(request, "users/sessions.html", SESSIONS, sessions=shown)


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


def browser_of(agent: str) -> str:
    """What people call the browser that names itself so; empty for one that we do not know.

    >>> browser_of("Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0")
    'Firefox, Windows'
    """
    browser = next((name for word, name in _BROWSERS.items() if re.search(rf"\b{word}/", agent)), "")
    system = next((name for word, name in _SYSTEMS.items() if word in agent), "")
    return ", ".join(each for each in (browser, system) if each)
