"""`/inbox/wanting`: how many conversations want whoever asks, for title, navigation and sound of all pages."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.inbox import lists
from bot.core.permissions import Permission
from bot.inbox.service import MOST_WANTED, Wanting, wanting
from bot.web.access import signed_in
from bot.web.frame import Concern
from bot.web.keys import CLOCK, READER
from bot.web.pages import language

PATH = f"{lists.PATH}/wanting"


async def concern(connection: AsyncConnection, request: web.Request) -> Concern | None:
    """How many do; None for who may not answer."""
    if Permission.MESSAGES_SEND not in signed_in(request).permissions:
        return None
    return _concern(request, await _wanting(connection, request))


async def tell(request: web.Request) -> web.StreamResponse:
    """The same as JSON: `count` as it is shown, empty for none; `words`; `newest`, milliseconds since 1970, or 0."""
    async with request.app[READER].reading() as connection:
        found = await _wanting(connection, request)
    told = _concern(request, found)
    return web.json_response(
        {
            "count": told.shown if told.count else "",
            "words": told.words,
            "newest": 0 if found.newest is None else round(found.newest.timestamp() * 1000),
        },
        headers={"Cache-Control": "no-store"},
    )


async def _wanting(connection: AsyncConnection, request: web.Request) -> Wanting:
    return await wanting(connection, signed_in(request).user_id, request.app[CLOCK]())


def _concern(request: web.Request, found: Wanting) -> Concern:
    _ = language(request)
    if found.count >= MOST_WANTED:
        words = _("More than {count} conversations wait for you", count=MOST_WANTED - 1)
    else:
        words = _.plural("{count} conversation waits for you", "{count} conversations wait for you", found.count)
    return Concern(found.count, words, PATH)
