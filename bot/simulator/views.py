"""`/simulator`: the page, what it sends, and what it is told as soon as it happens."""

import asyncio
from functools import partial
from typing import Any

import orjson
import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from bot.channels.service import SIMULATOR
from bot.conversations.shown.channel_words import CHANNELS
from bot.conversations.shown.files import Linker
from bot.conversations.shown.present import present
from bot.conversations.shown.step_words import step_words
from bot.conversations.views import INTAKE, MAX_BODY
from bot.core.addresses import Address
from bot.core.errors import Blame, BotError
from bot.core.messages import Delivery, Status, StatusUpdate
from bot.core.permissions import Permission
from bot.db.reader import TookTooLongError
from bot.messages.media.service import files_of
from bot.simulator import desk, queries
from bot.simulator.access import PAGES, PATH, guarded, is_known, may_answer
from bot.simulator.languages import languages
from bot.simulator.requests import Seen, Visitor, Written, inbound, visitor_of
from bot.simulator.stands import stands
from bot.web.access import Open, Routes, identity_of
from bot.web.aside import ASIDE
from bot.web.bodies import FREE
from bot.web.forms import narrow
from bot.web.frame import Entry, add_entries, chosen_zone, place_of
from bot.web.i18n import LOCALES, N_
from bot.web.keys import BODIES, CLOCK, LINK_KEYS, READER, SETTINGS
from bot.web.local_token import PARAMETER, give_cookie, is_at_this_computer
from bot.web.pages import SECURITY_HEADERS, language, policy

WAIT_SECONDS = 20.0
"""How long a question for news waits for some."""
LOOK_SECONDS = 0.25
"""How often it looks meanwhile; several server processes share nothing but the database."""

_STOPPING = web.AppKey("stopping", asyncio.Event)
_MOST_BYTES = (MAX_BODY - 64 * 1024) * 3 // 4
"""A file may have, so that a request holds it in base64."""
# The bot's pictures lie wherever its author says.
_SHOWS_FILES = policy({"img-src": "'self' https:", "media-src": "'self' https:"})

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the simulator's routes."""
    app[_STOPPING] = asyncio.Event()
    app.on_shutdown.append(_stop_waiting)
    why = "the simulator asks for messages.send or the token of this computer, or is public by its setting"
    routes, asks = Routes(app), Open(why)
    routes.get("/simulator", _page, asks)
    routes.get("/simulator/messages", _news, asks)
    routes.post("/simulator/messages", _write, asks)
    routes.post("/simulator/read", _read, asks)
    routes.post("/simulator/answers", guarded(desk.answer), asks)
    routes.post("/simulator/hand-back", guarded(desk.give_back), asks)
    PAGES.setup(app)
    if app[SETTINGS].simulator != "off":
        add_entries(app, Entry(PATH, N_("Simulator"), "smartphone", Permission.MESSAGES_SEND, key="s"))


@guarded
async def _page(request: web.Request) -> web.StreamResponse:
    if PARAMETER in request.query:
        # The token leaves the address bar: it is not to be copied, kept in the history or shown on a screen.
        response = _moved(URL(PATH))
        if is_at_this_computer(request):
            give_cookie(request, response, PATH)
        return response
    who, _ = identity_of(request), language(request)
    async with request.app[READER].reading() as connection:
        spoken = await queries.spoken(connection)
    page = await PAGES.render(
        request,
        "simulator/simulator.html",
        most_bytes=min(request.app[SETTINGS].media_max, _MOST_BYTES),
        takes_files=is_known(request),
        who=who,
        zone=chosen_zone(who),
        channels={channel: _(name) for channel, name in CHANNELS.items()},
        languages=[each._asdict() for each in languages((_.locale, *LOCALES, *spoken))],
        answers=await may_answer(request),
    )
    page.headers.update({"Content-Security-Policy": _SHOWS_FILES, hdrs.CACHE_CONTROL: "private, no-cache"})
    return page


@guarded
async def _news(request: web.Request) -> web.StreamResponse:
    """The conversation, at once if it is another one than `If-None-Match` names, else as soon as it is."""
    visitor = visitor_of(request)
    known = request.headers.get(hdrs.IF_NONE_MATCH, "").strip('"')
    clock = asyncio.get_running_loop().time
    until = clock() + WAIT_SECONDS
    try:
        while (version := await _version(request, visitor.address)) == known:
            if clock() >= until or await _stopping(request.app):
                return _answer(status=304, version=version)
        news = await _conversation(request, visitor)
    except (SQLAlchemyError, TookTooLongError, OSError) as error:
        log.warning("simulator cannot read", error=type(error).__name__)
        raise web.HTTPServiceUnavailable(text="the database does not answer\n", headers={"Retry-After": "2"}) from error
    return _answer(news, version=version)


@guarded
async def _write(request: web.Request) -> web.StreamResponse:
    """Take what the person wrote, through the same way in as a provider's webhook; 202 once it is committed."""
    visitor = visitor_of(request)
    with request.app[BODIES].hold() as room:
        # A file comes within it.
        body = await room.read(request, MAX_BODY if is_known(request) else FREE)
        return body if isinstance(body, web.Response) else await _take(request, visitor, body)


async def _take(request: web.Request, visitor: Visitor, body: bytes) -> web.StreamResponse:
    written = await request.app[ASIDE].run(len(body), partial(narrow, Written, body))
    if written.file is not None and not is_known(request):
        # Where everyone is let in, a stranger could fill the disk.
        _ = language(request)
        raise web.HTTPForbidden(text=_("Files can be sent from this computer only.") + "\n")
    await _receive(request, Delivery(messages=(inbound(visitor, written),)), body)
    return _answer(status=202)


@guarded
async def _read(request: web.Request) -> web.StreamResponse:
    """Take the report that messages were seen, as a provider's read receipt."""
    with request.app[BODIES].hold() as room:
        body = await room.read(request, FREE)
    if isinstance(body, web.Response):
        return body
    seen = narrow(Seen, body).ids
    updates = (StatusUpdate(SIMULATOR, each, Status.READ, message_id=each) for each in seen)
    await _receive(request, Delivery(statuses=tuple(updates)), body)
    return _answer(status=204)


async def _receive(request: web.Request, delivery: Delivery, body: bytes) -> None:
    try:
        await request.app[INTAKE].receive(SIMULATOR, delivery, body)
    except BotError as error:
        if error.blame is not Blame.SURROUNDINGS:
            raise
        # The page can only say that it was not taken; why stands here.
        log.warning("simulator message not taken", error=error.message, mend=error.mend)
        raise web.HTTPServiceUnavailable(text=f"{error}\n", headers={"Retry-After": "2"}) from error


def _moved(url: URL) -> web.Response:
    headers = {**SECURITY_HEADERS, hdrs.LOCATION: str(url), hdrs.CACHE_CONTROL: "no-store"}
    return web.Response(status=302, headers=headers)


async def _conversation(request: web.Request, visitor: Visitor) -> dict[str, Any]:
    _, now, place = language(request), request.app[CLOCK](), place_of(request)
    async with request.app[READER].reading() as connection:
        contact = await queries.contact_at(connection, visitor.address)
        if contact is None:
            # Only who has said nothing yet needs to be told what to say.
            suggestions = await queries.suggestions(connection, visitor.language or _.locale)
            speechless = not await queries.is_anything_published(connection)
            return {"messages": [], "suggestions": suggestions, "speechless": speechless, "stands": None}
        messages = await queries.conversation(connection, contact)
        files = await files_of(connection, messages)
        words = await step_words(connection, [each.trace for each in messages], _.locale)
        where = await stands(connection, contact.id, now, _)
    linker = Linker(now, request.app[LINK_KEYS])
    shown = [present(message, files.get(message.id, ()), linker, _, words, place) for message in messages]
    return {"messages": shown, "suggestions": [], "speechless": False, "stands": where}


async def _version(request: web.Request, address: Address) -> str:
    async with request.app[READER].reading() as connection:
        return await queries.version(connection, address)


async def _stopping(app: web.Application) -> bool:
    """Wait until it is time to look again; True when the server stops instead."""
    try:
        async with asyncio.timeout(LOOK_SECONDS):
            return await app[_STOPPING].wait()
    except TimeoutError:
        return False


async def _stop_waiting(app: web.Application) -> None:
    app[_STOPPING].set()


def _answer(content: object = None, *, status: int = 200, version: str = "") -> web.Response:
    headers = {**SECURITY_HEADERS, "Cache-Control": "no-store"}
    if version:
        headers[hdrs.ETAG] = f'"{version}"'
    if content is None:
        return web.Response(status=status, headers=headers)
    return web.Response(status=status, body=orjson.dumps(content), content_type="application/json", headers=headers)
