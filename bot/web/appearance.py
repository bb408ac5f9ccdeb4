"""`/appearance`: the language and the theme that somebody chooses, kept in a cookie and in their profile."""

from collections.abc import Awaitable, Callable, Mapping

from aiohttp import hdrs, web

from bot.web.access import Identity, Open, Routes, Theme, carries_token, identify, own_path
from bot.web.guard import is_same_origin
from bot.web.i18n import LOCALES
from bot.web.pages import LANGUAGE, THEME
from bot.web.posted import receiving

PATH = "/appearance"
Keep = Callable[[web.Request, Identity, Mapping[str, str | None]], Awaitable[None]]
"""Keeps in the profile of who is signed in what they chose, `locale` or `theme`; None is what their system has."""
KEEP: web.AppKey[Keep] = web.AppKey("keep_appearance")
"""`app` hands it in."""
_SECONDS = 365 * 24 * 3600
_MOST = 4 * 1024
_SYSTEM = "system"


def setup(app: web.Application) -> None:
    """Add the route."""
    Routes(app).post(PATH, _choose, Open("who is not signed in chooses language and theme, too"))


async def _choose(request: web.Request) -> web.StreamResponse:
    """Keep what was chosen, and go back."""
    if not is_same_origin(request):
        raise web.HTTPForbidden(text="this comes from another site\n")
    who = await identify(request)
    async with receiving(request, _MOST) as posted:
        locale, theme = posted.last("language"), posted.last("theme")
        answer = web.Response(status=303, headers={hdrs.LOCATION: own_path(posted.last("next"))})
        kept: dict[str, str | None] = {}
        if locale in LOCALES:
            kept["locale"] = locale
            answer.set_cookie(LANGUAGE, locale, max_age=_SECONDS, httponly=True, samesite="Lax")
        if theme in {*Theme, _SYSTEM}:
            kept["theme"] = None if theme == _SYSTEM else theme
            answer.set_cookie(THEME, theme, max_age=_SECONDS, httponly=True, samesite="Lax")
        if who is not None and KEEP in request.app:
            if not carries_token(request, posted, who):
                raise web.HTTPForbidden(text="the form is of another session\n")
            await request.app[KEEP](request, who, kept)
    return answer
