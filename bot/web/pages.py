"""HTML pages and their static files: Jinja2 that escapes, strict headers, files cached by their content's hash."""

import asyncio
import time
from collections.abc import Callable, Mapping
from functools import cache
from types import BuiltinMethodType, MethodType
from typing import Any

from aiohttp import hdrs, web
from jinja2 import BaseLoader, Environment, StrictUndefined, Template, TemplateNotFound
from jinja2.runtime import Context, Macro
from markupsafe import Markup

from bot.db.traffic import Courtesy, Traffic
from bot.web.access import Open, Routes, Theme, identity_of
from bot.web.assets import ROOMS, assets
from bot.web.colours import colours
from bot.web.i18n import LOCALES, Translator, negotiate, translator
from bot.web.keys import SETTINGS, TRAFFIC
from bot.web.linking import linked

_POLICY = {
    "default-src": "'none'",
    "script-src": "'self'",
    "style-src": "'self'",
    "img-src": "'self'",
    "media-src": "'self'",
    "connect-src": "'self'",
    "base-uri": "'none'",
    "form-action": "'none'",
    "frame-ancestors": "'none'",
    "require-trusted-types-for": "'script'",
    "trusted-types": "'none'",
}


def policy(changes: Mapping[str, str]) -> str:
    """The content security policy of a page that needs `changes`: sources by directive."""
    return "; ".join(f"{directive} {sources}" for directive, sources in {**_POLICY, **changes}.items())


SECURITY_HEADERS: Mapping[str, str] = {
    "Content-Security-Policy": policy({}),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""On every page and file. Nothing inline runs, nothing is fetched elsewhere, and text never becomes markup."""

LANGUAGE = "recado_language"
"""The cookie with the language that somebody chose who is not signed in."""
THEME = "recado_theme"
"""The cookie with the theme that they chose."""
_TURNSTILE = web.AppKey("turnstile", asyncio.Lock)
_AT_A_TIME_SECONDS = 0.0005
"""How long a page is rendered before all that waits meanwhile goes on."""
_FOREVER = "public, max-age=31536000, immutable"


def language(request: web.BaseRequest) -> Translator:
    """The translator for whoever asks: as who is signed in has chosen, else as this browser has, else as it is set."""
    who = identity_of(request)
    return language_chosen(request, who.locale if who is not None else None)


def language_chosen(request: web.BaseRequest, locale: str | None) -> Translator:
    """The translator for who has just chosen this language; None or empty is as their browser has it."""
    chosen = locale or request.cookies.get(LANGUAGE, "")
    return translator(chosen if chosen in LOCALES else negotiate(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")))


def base_of(request: web.Request) -> str:
    """Where this server is reached: as its operator says, else as it was reached now."""
    return request.app[SETTINGS].public_url or str(request.url.origin())


def theme_of(request: web.BaseRequest) -> str:
    """The theme that whoever asks has chosen; empty for their system's."""
    who = identity_of(request)
    if who is not None and who.theme is not None:
        return who.theme
    given = request.cookies.get(THEME, "")
    return given if given in set(Theme) else ""


@cache
def environment() -> Environment:
    """Where all rooms' templates are: `admin/inbox/list.html` is bot/admin/inbox/pages/list.html."""
    made = Environment(
        loader=_Rooms(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
        cache_size=-1,
    )
    made.context_class = _Context
    made.filters["linked"] = linked
    made.globals["theme_colours"] = [theme["paper"] for theme in colours()]
    return made


_PLAIN = frozenset({Translator, MethodType, BuiltinMethodType})
"""What templates call most, and none of which asks for the context."""


class _Context(Context):
    """Calls as Jinja's does, which looks at each thing six times before it does so: a list has a thousand calls."""

    def call(self, called: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Any:
        """What it gives."""
        kind = type(called)
        if kind is Macro:
            args = (self.eval_ctx, *args)
        elif kind not in _PLAIN:
            return super().call(called, *args, **kwargs)
        kwargs.pop("_loop_vars", None)
        kwargs.pop("_block_vars", None)
        return called(*args, **kwargs)


class _Rooms(BaseLoader):
    def get_source(self, environment: Environment, template: str) -> tuple[str, str, None]:  # noqa: ARG002 - Jinja's
        room, _, name = template.rpartition("/")
        path = ROOMS / room / "pages" / name
        try:
            return path.read_text(encoding="utf-8"), str(path), None
        except FileNotFoundError as error:
            raise TemplateNotFound(template) from error


class Pages:
    """Renders pages whose static files are below one path.

    In a template `_` translates, `theme` is the chosen one, and `asset("room/name.css")` is a static file's URL.
    """

    def __init__(self, prefix: str) -> None:
        self._prefix = prefix

    def setup(self, app: web.Application) -> None:
        """Add the route of the static files."""
        app.setdefault(_TURNSTILE, asyncio.Lock())
        app.setdefault(TRAFFIC, Traffic())
        path = f"{self._prefix}/assets/{{version}}/{{file:.+}}"
        Routes(app).get(path, _serve, Open("static files are the same for everybody"))

    def url(self, name: str) -> str:
        """The URL of a static file; other contents have another URL."""
        held = assets()
        if name not in held.files:
            raise LookupError(f"there is no static file {name}")
        return f"{self._prefix}/assets/{held.version}/{name}"

    async def render(self, request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response:
        """The page `name` in the language of whoever asks, answered with `status`.

        It takes a while, and turns go on meanwhile.
        """
        _ = language(request)
        text = await self._text(request, name, theme=theme_of(request), **values)
        headers = {
            **SECURITY_HEADERS,
            "Cache-Control": "no-cache",
            "Content-Language": _.locale,
            "Vary": "Accept-Language, Cookie",
        }
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)

    async def part(self, request: web.Request, name: str, **values: object) -> Markup:
        """A part of a page: in the language of whoever asks, and else the same for all, so that it can be kept."""
        return Markup(await self._text(request, name, **values))  # noqa: S704 - what a template gives, which escapes

    async def _text(self, request: web.Request, name: str, **values: object) -> str:
        _ = language(request)
        return await _rendered(
            request.app,
            environment().get_template(name),
            _=_,
            locale=_.locale,
            asset=self.url,
            sprite=self.url("web/sprite.svg"),
            **values,
        )


async def _rendered(app: web.Application, template: Template, **values: object) -> str:
    pieces: list[str] = []
    # One at a time: when much happens, all who follow it ask at the same moment.
    async with app[_TURNSTILE]:
        courtesy, since = Courtesy(app[TRAFFIC]), time.perf_counter()
        for piece in template.generate(values):
            pieces.append(piece)
            if (took := time.perf_counter() - since) > _AT_A_TIME_SECONDS:
                await courtesy.give_way(took)
                since = time.perf_counter()
    return "".join(pieces)


async def _serve(request: web.Request) -> web.Response:
    held = assets()
    asset = held.files.get(request.match_info["file"])
    # A page of an older version may still ask for its files: better today's than none, but not for ever.
    if asset is None:
        raise web.HTTPNotFound(text="no such file\n")
    current = held.version == request.match_info["version"]
    headers = {**SECURITY_HEADERS, "Cache-Control": _FOREVER if current else "no-cache"}
    charset = "utf-8" if asset.is_text else None
    return web.Response(body=asset.body, content_type=asset.content_type, charset=charset, headers=headers)
