"""Cookies that stand for somebody: out of reach for scripts, other sites, other servers of the host, and plain http."""

from aiohttp import web

from bot.web.guard import is_https, is_local, port_of
from bot.web.keys import SETTINGS


def read_cookie(request: web.Request, name: str) -> str:
    """What the browser keeps under `name`; empty for nothing."""
    return request.cookies.get(_spelled(request, name), "")


def give_cookie(request: web.Request, response: web.StreamResponse, name: str, value: str, seconds: int) -> None:
    """Let the browser show `value` for so long."""
    response.set_cookie(
        _spelled(request, name),
        value,
        max_age=seconds,
        path="/",
        secure=_is_secure(request),
        httponly=True,
        samesite="Lax",
    )


def end_cookie(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Let the browser forget it."""
    secure = _is_secure(request)
    response.del_cookie(_spelled(request, name), path="/", secure=secure, httponly=True, samesite="Lax")


def _spelled(request: web.Request, name: str) -> str:
    # Browsers take a cookie of the first kind from this host alone, over https alone. They give those of the second
    # kind to all ports of the host, where other servers like this one may run.
    return f"__Host-recado_{name}" if _is_secure(request) else f"recado_{name}_{port_of(request)}"


def _is_secure(request: web.Request) -> bool:
    """Whether a cookie may ask for https: where the public address has it, only this computer does without."""
    settings = request.app[SETTINGS]
    if is_https(request, settings.trusted_proxies):
        return True
    return settings.public_url.startswith("https://") and not is_local(request)
