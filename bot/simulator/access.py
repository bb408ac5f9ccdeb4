"""Who may use the simulator, and who may answer in it as a person of the shop.

It lets in whoever may send messages and is signed in; who shows the token of this computer, where people try a bot out
before there are users; and everybody, where it is public. It says why it does not, rather than lead elsewhere, where
no page is asked for.
"""

from collections.abc import Awaitable, Callable
from functools import wraps
from hmac import compare_digest

from aiohttp import hdrs, web
from yarl import URL

from bot.core.actors import Actor
from bot.core.permissions import Permission
from bot.db.engine import reading
from bot.users.service import any_user
from bot.web.access import SIGN_IN, Identity, identify, identity_of, is_asked_by_a_browser
from bot.web.guard import client_address, is_local, is_same_origin
from bot.web.keys import ENGINE, SETTINGS
from bot.web.local_token import ASKS_FOR_TOKEN, is_at_this_computer
from bot.web.pages import Pages, language
from bot.web.posted import CSRF_HEADER

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

PATH = "/simulator"
PAGES = Pages(PATH)


def guarded(handler: Handler) -> Handler:
    """`handler` for those alone who may use the simulator; posts come from our own page."""

    @wraps(handler)
    async def guarded_handler(request: web.Request) -> web.StreamResponse:
        # First of all: the language is that of who is signed in.
        who = await identify(request)
        refused = await _refused(request, who)
        if refused is not None:
            return refused
        if request.method == hdrs.METH_POST:
            _require_own_page(request, who)
        return await handler(request)

    return guarded_handler


def is_known(request: web.Request) -> bool:
    """Whether whoever asks is no stranger, who may be let in where the simulator is public."""
    who = identity_of(request)
    return is_at_this_computer(request) or (who is not None and Permission.MESSAGES_SEND in who.permissions)


async def may_answer(request: web.Request) -> bool:
    """Whether whoever asks may answer as a person of the shop: by role; before there are users, at this computer."""
    who = identity_of(request)
    if who is not None:
        return Permission.MESSAGES_SEND in who.permissions
    return is_at_this_computer(request) and not await _has_users(request)


async def require_answerer(request: web.Request) -> Actor:
    """Who answers as a person of the shop; raises HTTPForbidden for who may not."""
    if not await may_answer(request):
        _ = language(request)
        raise web.HTTPForbidden(text=_("Only who may send messages answers as a person of the shop.") + "\n")
    who, address = identity_of(request), client_address(request, request.app[SETTINGS].trusted_proxies)
    return Actor("simulator", address=address) if who is None else Actor(who.name, who.user_id, address=address)


async def _refused(request: web.Request, who: Identity | None) -> web.StreamResponse | None:
    """What somebody gets who may not use the simulator; None for who may."""
    _, access = language(request), request.app[SETTINGS].simulator
    if access == "off":
        raise web.HTTPNotFound(text=_("The simulator is switched off here (BOT_SIMULATOR=off).") + "\n")
    if access == "public" or is_known(request):
        return None
    is_page = request.path == PATH and request.method != hdrs.METH_POST
    if is_local(request):
        return await _locked(request, who, is_page=is_page)
    if who is None and await _has_users(request):
        if is_page and is_asked_by_a_browser(request):
            raise web.HTTPSeeOther(_sign_in(), headers={hdrs.CACHE_CONTROL: "no-store"})
        raise web.HTTPUnauthorized(text=_("Sign in first.") + "\n")
    sentence = _(
        "The simulator answers this computer, and who is signed in and may send messages; "
        "BOT_SIMULATOR=public opens it to everyone."
    )
    raise web.HTTPForbidden(text=sentence + "\n")


async def _locked(request: web.Request, who: Identity | None, *, is_page: bool) -> web.Response:
    """What somebody at this computer sees whom neither their role nor the link with the token lets in."""
    if is_page:
        address, sign_in = request.url.origin(), _sign_in() if who is None and await _has_users(request) else ""
        page = await PAGES.render(
            request, "simulator/locked.html", status=403, address=address, sign_in=sign_in, is_known=who is not None
        )
        page.headers.update({hdrs.CACHE_CONTROL: "no-store", **ASKS_FOR_TOKEN})
        return page
    _ = language(request)
    sentence = _("Open the link with the token that the server printed.")
    return web.Response(status=403, text=f"{sentence}\n", headers=ASKS_FOR_TOKEN)


def _require_own_page(request: web.Request, who: Identity | None) -> None:
    """Raises HTTPForbidden for a post of another site, and for one of a page that was opened in another session."""
    _ = language(request)
    if not is_same_origin(request):
        raise web.HTTPForbidden(text=_("This comes from another site.") + "\n")
    given = request.headers.get(CSRF_HEADER, "")
    if who is not None and not compare_digest(given.encode(errors="replace"), who.csrf.encode()):
        raise web.HTTPForbidden(text=_("You have signed in meanwhile: open this page again.") + "\n")


def _sign_in() -> URL:
    return URL(SIGN_IN).with_query(next=PATH)


async def _has_users(request: web.Request) -> bool:
    async with reading(request.app[ENGINE]) as connection:
        return await any_user(connection)
