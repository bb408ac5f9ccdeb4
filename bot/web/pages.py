"""HTML pages and their static files: Jinja2 that escapes, strict headers, files cached by their content's hash."""

import hashlib
import mimetypes
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from aiohttp import hdrs, web
from jinja2 import Environment, FileSystemLoader, StrictUndefined

from bot.web.i18n import Translator, negotiate, translator

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

_FOREVER = "public, max-age=31536000, immutable"
_TEXT = {"text/css", "text/javascript", "image/svg+xml"}


def language(request: web.BaseRequest) -> Translator:
    """The translator for the browser's language."""
    return translator(negotiate(request.headers.get(hdrs.ACCEPT_LANGUAGE, "")))


@dataclass(frozen=True, slots=True)
class _Asset:
    digest: str
    content_type: str
    body: bytes


class Pages:
    """The pages and static files of one folder, served below one path.

    In a template `_` translates and `asset("name.css")` is a static file's URL. The files are read once.
    """

    def __init__(self, folder: Path, prefix: str) -> None:
        self._prefix = prefix
        self._assets = {path.name: _asset(path) for path in sorted(folder.iterdir()) if path.suffix != ".html"}
        self._environment = Environment(
            loader=FileSystemLoader(folder),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._environment.globals["asset"] = self.url

    def setup(self, app: web.Application) -> None:
        """Add the route of the static files."""
        app.router.add_get(f"{self._prefix}/assets/{{digest}}/{{name}}", self._serve)

    def url(self, name: str) -> str:
        """The URL of a static file; another content has another URL."""
        return f"{self._prefix}/assets/{self._assets[name].digest}/{name}"

    def render(self, request: web.Request, name: str, *, status: int = 200, **values: object) -> web.Response:
        """The page `name` in the browser's language, answered with `status`."""
        _ = language(request)
        text = self._environment.get_template(name).render(_=_, locale=_.locale, **values)
        headers = {
            **SECURITY_HEADERS,
            "Cache-Control": "no-cache",
            "Content-Language": _.locale,
            "Vary": "Accept-Language",
        }
        return web.Response(text=text, status=status, content_type="text/html", charset="utf-8", headers=headers)

    async def _serve(self, request: web.Request) -> web.Response:
        asset = self._assets.get(request.match_info["name"])
        # A page of an older version may still ask for its files: better today's than none, but not for ever.
        if asset is None:
            raise web.HTTPNotFound(text="no such file\n")
        current = asset.digest == request.match_info["digest"]
        headers = {**SECURITY_HEADERS, "Cache-Control": _FOREVER if current else "no-cache"}
        charset = "utf-8" if asset.content_type in _TEXT else None
        return web.Response(body=asset.body, content_type=asset.content_type, charset=charset, headers=headers)


def _asset(path: Path) -> _Asset:
    body = path.read_bytes()
    content_type = "text/javascript" if path.suffix == ".js" else mimetypes.guess_type(path.name)[0]
    return _Asset(hashlib.sha256(body).hexdigest()[:16], content_type or "application/octet-stream", body)
