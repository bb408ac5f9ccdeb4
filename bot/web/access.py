"""Who is asking, and what a route asks of them: every route states it, or the application is not made.

A route is added with what whoever calls it must have: a permission, `SIGNED_IN`, or nothing with the reason:

    routes = Routes(app)
    routes.get("/users", show, Permission.USERS_MANAGE)
    routes.post("/account", change, SIGNED_IN)
    routes.post("/webhooks/{provider}", take, Open("posts are signed"))

What stands before a handler is put there once, when the route is added; what is open costs nothing.
"""

import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from enum import Enum, StrEnum
from hmac import compare_digest
from typing import Any, NoReturn

from aiohttp import hdrs, web
from aiohttp.typedefs import Handler
from yarl import URL

from bot.core.permissions import Permission
from bot.web.guard import is_same_origin
from bot.web.posted import CSRF_FIELD, CSRF_HEADER, SMALL, WORDY, Posted, receiving

SIGN_IN = "/sign-in"
"""Where who is not signed in is led, with `?next=` and the path."""
_SAFE = frozenset({hdrs.METH_GET, hdrs.METH_HEAD})
_OWN_PATH = re.compile(r"/(?:[!-.0-\[\]-~][!-\[\]-~]{0,1999})?")
"""Begins with one slash; neither a second one nor a backslash, which browsers take for one, may follow."""


class Theme(StrEnum):
    """In which colours somebody wants the pages, where they do not want those of their system."""

    LIGHT = "light"
    DARK = "dark"


@dataclass(frozen=True, slots=True)
class Identity:
    """Who is signed in.

    Attributes:
        user_id: of their row.
        name: as they are called.
        email: as they sign in.
        role: in capitals.
        locale: one of `bot.web.i18n.LOCALES`; None: as their browser asks.
        timezone: a name of the tz database, in which they are told times; None: as their browser tells.
        theme: the colours that they chose; None: as their system has them.
        permissions: all that their role may do.
        csrf: what each of their forms that change something carries.
        session_id: of the session by which they are known.
        should_have_second_factor: whether pages ask them to set one up.
    """

    user_id: str
    name: str
    email: str
    role: str
    locale: str | None
    timezone: str | None
    theme: Theme | None
    permissions: frozenset[Permission]
    csrf: str
    session_id: str
    should_have_second_factor: bool = False


@dataclass(frozen=True, slots=True)
class Open:
    """A route that anybody may call.

    Attributes:
        why: the reason; often what it asks for instead.
    """

    why: str


class SignedIn(Enum):
    """A route that whoever is signed in may call, whatever their role."""

    SIGNED_IN = "signed in"


SIGNED_IN = SignedIn.SIGNED_IN
Stated = Permission | SignedIn | Open
"""What a route asks of whoever calls it."""
Identify = Callable[[web.Request], Awaitable[Identity | None]]
"""Who is asking; None where nobody is signed in."""

IDENTIFY: web.AppKey[Identify] = web.AppKey("identify")
"""`app` hands it in. Where nobody can sign in, nobody is."""
_STATED: web.AppKey[dict[web.AbstractRoute, Stated]] = web.AppKey("stated")
_IDENTITY: web.RequestKey[Identity | None] = web.RequestKey("identity")


class Routes:
    """Adds routes to `app`, each with what it asks of whoever calls it."""

    def __init__(self, app: web.Application) -> None:
        self._app = app
        self._stated = app.setdefault(_STATED, {})

    def get(self, path: str, handler: Handler, stated: Stated, *, allow_head: bool = True) -> None:
        """A route that changes nothing; HEAD comes with it."""
        self._add(hdrs.METH_GET, path, handler, stated)
        if allow_head:
            self._add(hdrs.METH_HEAD, path, handler, stated)

    def post(self, path: str, handler: Handler, stated: Stated, *, most: int = SMALL, **options: Any) -> None:
        """A route that changes something.

        Unless it is open, its posts come from our own pages and carry the token of who is signed in; what was posted
        is read before the handler is called, which finds it with `bot.web.posted.posted_by`.

        Args:
            path: as aiohttp writes them.
            handler: gets who may call it, and nobody else.
            stated: what it asks of them.
            most: bytes that a body may have; an open route reads its body itself.
            options: aiohttp's, such as `expect_handler`.
        """
        self._add(hdrs.METH_POST, path, handler, stated, most, **options)

    def open(self, method: str, path: str, handler: Handler, stated: Open) -> None:
        """A route that anybody may call, of any method; it reads its body itself."""
        self._add(method, path, handler, stated)

    def _add(self, method: str, path: str, handler: Handler, stated: Stated, most: int = SMALL, **options: Any) -> None:
        handler = handler if isinstance(stated, Open) else _guarded(handler, stated, most)
        self._stated[self._app.router.add_route(method, path, handler, **options)] = stated


def stated_routes(app: web.Application) -> Mapping[web.AbstractRoute, Stated]:
    """What each route asks for."""
    return app.get(_STATED, {})


def require_stated(app: web.Application) -> None:
    """Raise LookupError where a route was added without saying what it asks for."""
    stated = stated_routes(app)
    for route in app.router.routes():
        if route not in stated:
            where = route.resource.canonical if route.resource else ""
            raise LookupError(f"{route.method} {where} does not say whom it lets in: add it with bot.web.access.Routes")


async def identify(request: web.Request) -> Identity | None:
    """Who is asking, looked up once a request; None where nobody is signed in."""
    if _IDENTITY not in request:
        who = request.app.get(IDENTIFY)
        request[_IDENTITY] = None if who is None else await who(request)
    return request[_IDENTITY]


def identity_of(request: web.BaseRequest) -> Identity | None:
    """Who is asking, as far as this was looked up: before every handler whose route is not open."""
    return request.get(_IDENTITY)


def signed_in(request: web.BaseRequest) -> Identity:
    """Who is asking, for a handler whose route is not open; LookupError elsewhere."""
    who = identity_of(request)
    if who is None:
        raise LookupError("nobody is signed in: ask for it where the route is added")
    return who


def own_path(text: str, otherwise: str = "/") -> str:
    """`text` where it is a path of this server, with its query; else `otherwise`. Nothing leads to another site.

    >>> own_path("/users?role=ADMIN"), own_path("//evil.example"), own_path("https://evil.example")
    ('/users?role=ADMIN', '/', '/')
    """
    return text if _OWN_PATH.fullmatch(text) else otherwise


def is_asked_by_a_browser(request: web.BaseRequest) -> bool:
    """Whether the answer will be looked at as a page, not taken by a program."""
    return "text/html" in request.headers.get(hdrs.ACCEPT, "")


def carries_token(request: web.Request, posted: Posted, who: Identity | None) -> bool:
    """Whether a post comes from a form, or a module, of who is signed in."""
    given = request.headers.get(CSRF_HEADER) or posted.last(CSRF_FIELD)
    return who is not None and compare_digest(given.encode(errors="replace"), who.csrf.encode())


def _guarded(handler: Handler, stated: Permission | SignedIn, most: int) -> Handler:
    """`handler` for those alone who have what is asked for."""

    async def guarded(request: web.Request) -> web.StreamResponse:
        who = await identify(request)
        if request.method in _SAFE:
            _admit(request, who, stated)
            return await handler(request)
        if not is_same_origin(request):
            raise web.HTTPForbidden(text="this comes from another site\n")
        if most > WORDY:
            # Nobody's file is taken in who may not send one; of words they find again what they wrote.
            _admit(request, who, stated)
        async with receiving(request, most) as posted:
            _admit(request, who, stated)
            if not carries_token(request, posted, who):
                raise web.HTTPForbidden(text="the form is of another session\n")
            return await handler(request)

    return guarded


def _admit(request: web.Request, who: Identity | None, stated: Permission | SignedIn) -> None:
    if who is None:
        _lead_to_sign_in(request)
    if isinstance(stated, Permission) and stated not in who.permissions:
        raise web.HTTPForbidden(text=f"this asks for the permission {stated}\n")


def _lead_to_sign_in(request: web.Request) -> NoReturn:
    if request.method in _SAFE and is_asked_by_a_browser(request):
        after = own_path(request.raw_path)
        url = URL(SIGN_IN) if after == "/" else URL(SIGN_IN).with_query(next=after)
        raise web.HTTPSeeOther(url, headers={hdrs.CACHE_CONTROL: "no-store"})
    raise web.HTTPUnauthorized(text="nobody is signed in, or no more\n")
