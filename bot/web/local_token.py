"""The token that tells whoever reads what `run` prints from everybody else who seems to be at this computer.

A tunnel's end, and a proxy that passes nothing on, are loopback peers that may name this computer as their Host.
Nothing in such a request tells it from one made here; so what stands open on this computer only asks for the token,
too. It is in the links that `run` prints. A browser gets it as a cookie and loses it from its address bar.
"""

import hmac
from collections.abc import Sequence

from aiohttp import hdrs, web
from pydantic import SecretStr

from bot.core.ids import new_token
from bot.web import links
from bot.web.guard import is_local, is_same_origin, port_of
from bot.web.keys import LOCAL_TOKEN

PARAMETER = "token"
"""Its name in a link's query."""
ASKS_FOR_TOKEN = {hdrs.WWW_AUTHENTICATE: 'Bearer realm="this computer"'}
"""On the answer to who seems to be at this computer and shows no token; `doctor` knows by it what a proxy hides."""
_PURPOSE = "this computer"
_BEARER = "bearer "


def local_token(keys: Sequence[SecretStr]) -> str:
    """The token: the same as long as the newest of BOT_SECRET_KEY is; without a key, another one at each call."""
    return links.fixed_token(_PURPOSE, keys[0]) if keys else new_token()


def is_at_this_computer(request: web.Request) -> bool:
    """Whether the request was made here, as far as anyone can see, and shows the token."""
    return is_local(request) and (shows_token(request) or _has_cookie(request))


def may_post_unsigned(request: web.Request) -> bool:
    """Whether a post needs no signature under BOT_INSECURE_WEBHOOKS: a page elsewhere can let a browser here post."""
    return is_local(request) and is_same_origin(request) and shows_token(request)


def shows_token(request: web.Request) -> bool:
    """Whether the token is in the query (`?token=…`) or in the Authorization header (`Bearer …`)."""
    authorization = request.headers.get(hdrs.AUTHORIZATION, "")
    bearer = authorization[len(_BEARER) :] if authorization[: len(_BEARER)].lower() == _BEARER else ""
    return any(_is_token(request, given) for given in (request.query.get(PARAMETER, ""), bearer))


def without_token(request: web.Request) -> web.Request:
    """The request as it would be had its query no token; its body must not have been read as a whole."""
    return request.clone(rel_url=request.rel_url.without_query_params(PARAMETER))


def hidden(request: web.Request, text: str) -> str:
    """`text` without the token, to be logged."""
    return text.replace(request.app[LOCAL_TOKEN], "…")


def give_cookie(request: web.Request, response: web.StreamResponse, path: str) -> None:
    """Let the browser show the token below `path` until it is closed; no script of a page can read it."""
    response.set_cookie(_cookie_name(request), request.app[LOCAL_TOKEN], path=path, httponly=True, samesite="Lax")


def _has_cookie(request: web.Request) -> bool:
    return _is_token(request, request.cookies.get(_cookie_name(request), ""))


def _cookie_name(request: web.Request) -> str:
    # Browsers give a host's cookies to all of its ports, where other servers like this one may run.
    return f"recado_{port_of(request)}"


def _is_token(request: web.Request, given: str) -> bool:
    return hmac.compare_digest(given.encode(errors="replace"), request.app[LOCAL_TOKEN].encode())
