"""`/` leads on: who is signed in to where they begin, others to the door; who is alone here yet, to the simulator."""

from aiohttp import hdrs, web
from yarl import URL

from bot.db.engine import reading
from bot.users.service import any_user
from bot.web.access import SIGN_IN, Open, Routes, identify
from bot.web.frame import start_of
from bot.web.keys import ENGINE
from bot.web.local_token import PARAMETER

_SIMULATOR = URL("/simulator")


def setup(app: web.Application) -> None:
    """Add the route."""
    Routes(app).get("/", _lead, Open("it leads on, and says nothing"))


async def _lead(request: web.Request) -> web.StreamResponse:
    where = _SIMULATOR.with_query(request.query) if PARAMETER in request.query else await _where(request)
    headers = {hdrs.LOCATION: str(where), hdrs.CACHE_CONTROL: "no-store", "Referrer-Policy": "no-referrer"}
    return web.Response(status=302, headers=headers)


async def _where(request: web.Request) -> str | URL:
    who = await identify(request)
    if who is not None:
        return start_of(request.app, who)
    async with reading(request.app[ENGINE]) as connection:
        return SIGN_IN if await any_user(connection) else _SIMULATOR
