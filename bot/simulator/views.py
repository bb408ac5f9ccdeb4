"""`/simulator`: the page, what it sends, and what it is told as soon as it happens."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import partial, wraps
from typing import Any

import orjson
import structlog
from aiohttp import hdrs, web
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError
from yarl import URL

from bot.channels.service import SIMULATOR
from bot.conversations.shown.files import Linker
from bot.conversations.shown.present import present
from bot.conversations.shown.step_words import step_words
from bot.conversations.views import INTAKE, MAX_BODY
from bot.core.addresses import Address
from bot.core.errors import Blame, BotError
from bot.core.messages import (
    Delivery,
    Status,
    StatusUpdate,
)
from bot.db.engine import reading
from bot.messages.media.service import files_of
from bot.simulator import queries
from bot.simulator.requests import Seen, Visitor, Written, inbound
from bot.web.access import Open, Routes
from bot.web.aside import ASIDE
from bot.web.bodies import FREE
from bot.web.forms import narrow
from bot.web.guard import is_local, is_same_origin
from bot.web.keys import BODIES, CLOCK, ENGINE, LINK_KEYS, SETTINGS
from bot.web.local_token import ASKS_FOR_TOKEN, PARAMETER, give_cookie, is_at_this_computer
from bot.web.pages import SECURITY_HEADERS, Pages, language, policy

WAIT_SECONDS = 20.0
"""How long a question for news waits for some."""
LOOK_SECONDS = 0.25
"""How often it looks meanwhile; several server processes share nothing but the database."""

PERSON = "Recado-Person"
"""The header that says who is talking: a made-up phone number or e-mail address, unguessable and kept by the page."""

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_PATH = "/simulator"
_PAGES = Pages(_PATH)
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
    routes, asks = Routes(app), Open("the simulator asks for the token of this computer, or is public by its setting")
    routes.get("/simulator", _page, asks)
    routes.get("/simulator/messages", _news, asks)
    routes.post("/simulator/messages", _write, asks)
    routes.post("/simulator/read", _read, asks)
    _PAGES.setup(app)


def _guarded(handler: Handler) -> Handler:
    """Answer only those whom BOT_SIMULATOR lets in, and posts only from our own page."""

    @wraps(handler)
    async def guarded(request: web.Request) -> web.StreamResponse:
        _ = language(request)
        access = request.app[SETTINGS].simulator
        if access == "off":
            raise web.HTTPNotFound(text=_("The simulator is switched off here (BOT_SIMULATOR=off).") + "\n")
        if access == "local" and not is_local(request):
            sentence = _("The simulator answers only this computer; BOT_SIMULATOR=public opens it to everyone.")
            raise web.HTTPForbidden(text=sentence + "\n")
        if access == "local" and not is_at_this_computer(request):
            return _locked(request)
        if request.method == hdrs.METH_POST and not is_same_origin(request):
            raise web.HTTPForbidden(text=_("This comes from another site.") + "\n")
        return await handler(request)

    return guarded


def _locked(request: web.Request) -> web.Response:
    """What somebody at this computer sees who has not opened the link with the token."""
    if request.path == _PATH and request.method != hdrs.METH_POST:
        page = _PAGES.render(request, "simulator/locked.html", status=403, address=request.url.origin())
        page.headers.update({hdrs.CACHE_CONTROL: "no-store", **ASKS_FOR_TOKEN})
        return page
    _ = language(request)
    sentence = _("Open the link with the token that the server printed.")
    return web.Response(status=403, text=f"{sentence}\n", headers=ASKS_FOR_TOKEN)


@_guarded
async def _page(request: web.Request) -> web.StreamResponse:
    if PARAMETER in request.query:
        # The token leaves the address bar: it is not to be copied, kept in the history or shown on a screen.
        response = _moved(URL(_PATH))
        if is_at_this_computer(request):
            give_cookie(request, response, _PATH)
        return response
    most_bytes = min(request.app[SETTINGS].media_max, _MOST_BYTES)
    page = _PAGES.render(
        request, "simulator/simulator.html", most_bytes=most_bytes, takes_files=is_at_this_computer(request)
    )
    page.headers["Content-Security-Policy"] = _SHOWS_FILES
    return page


@_guarded
async def _news(request: web.Request) -> web.StreamResponse:
    """The conversation, at once if it is another one than `If-None-Match` names, else as soon as it is."""
    visitor = _visitor(request)
    known = request.headers.get(hdrs.IF_NONE_MATCH, "").strip('"')
    clock = asyncio.get_running_loop().time
    until = clock() + WAIT_SECONDS
    try:
        while (version := await _version(request, visitor.address)) == known:
            if clock() >= until or await _stopping(request.app):
                return _answer(status=304, version=version)
        news = await _conversation(request, visitor)
    except (SQLAlchemyError, OSError) as error:
        log.warning("simulator cannot read", error=type(error).__name__)
        raise web.HTTPServiceUnavailable(text="the database does not answer\n", headers={"Retry-After": "2"}) from error
    return _answer(news, version=version)


@_guarded
async def _write(request: web.Request) -> web.StreamResponse:
    """Take what the person wrote, through the same way in as a provider's webhook; 202 once it is committed."""
    visitor = _visitor(request)
    with request.app[BODIES].hold() as room:
        # A file comes within it.
        body = await room.read(request, MAX_BODY if is_at_this_computer(request) else FREE)
        return body if isinstance(body, web.Response) else await _take(request, visitor, body)


async def _take(request: web.Request, visitor: Visitor, body: bytes) -> web.StreamResponse:
    written = await request.app[ASIDE].run(len(body), partial(narrow, Written, body))
    if written.file is not None and not is_at_this_computer(request):
        # Where everyone is let in, a stranger could fill the disk.
        _ = language(request)
        raise web.HTTPForbidden(text=_("Files can be sent from this computer only.") + "\n")
    await _receive(request, Delivery(messages=(inbound(visitor, written),)), body)
    return _answer(status=202)


@_guarded
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


def _visitor(request: web.Request) -> Visitor:
    try:
        return Visitor.model_validate({"person": request.headers.get(PERSON), "channel": request.query.get("channel")})
    except ValidationError as error:
        raise web.HTTPBadRequest(text=f"the channel or the header {PERSON} is not valid\n") from error


async def _conversation(request: web.Request, visitor: Visitor) -> dict[str, Any]:
    _ = language(request)
    async with reading(request.app[ENGINE]) as connection:
        messages = await queries.conversation(connection, visitor.address)
        # Only who has said nothing yet needs to be told what to say.
        suggestions = [] if messages else await queries.suggestions(connection, _.locale)
        speechless = not messages and not await queries.is_anything_published(connection)
        files = await files_of(connection, messages)
        words = await step_words(connection, [each.trace for each in messages], _.locale)
    linker = Linker(request.app[CLOCK](), request.app[LINK_KEYS])
    shown = [present(message, files.get(message.id, ()), linker, _, words) for message in messages]
    return {"messages": shown, "suggestions": suggestions, "speechless": speechless}


async def _version(request: web.Request, address: Address) -> str:
    async with reading(request.app[ENGINE]) as connection:
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
