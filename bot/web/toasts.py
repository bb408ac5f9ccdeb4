"""What the next page tells about what was just done, with a way to undo it: it needs neither JavaScript nor a session.

It travels in a cookie that is signed, good for a minute and ended by the page that shows it.
"""

import json
from dataclasses import dataclass
from datetime import timedelta

from aiohttp import web

from bot.core.text import cut, one_line
from bot.web import links
from bot.web.keys import CLOCK, LINK_KEYS

_COOKIE = "recado_toast"
_PURPOSE = "toast"
_SECONDS = 60
_MOST_CHARACTERS = 300
_MOST_TOKEN = 3_800
"""Characters: browsers keep cookies of 4,096, with their names and all that is said of them."""


@dataclass(frozen=True, slots=True)
class Toast:
    """A sentence.

    Attributes:
        text: in the reader's language, with whatever somebody wrote in it.
        undo: the path that a post to undoes it; empty where nothing does.
        fields: what that post carries.
        seconds: how long it can be undone, and is told at least; 0: as long as any.
    """

    text: str
    undo: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    seconds: int = 0


def give_toast(request: web.Request, response: web.StreamResponse, toast: Toast) -> None:
    """Let the next page show `toast`, without its undo where that is about more rows than a cookie holds."""
    token = _signed(request, toast)
    if len(token) > _MOST_TOKEN:
        token = _signed(request, Toast(toast.text))
    response.set_cookie(_COOKIE, token, max_age=_SECONDS, httponly=True, samesite="Lax")


def take_toast(request: web.Request) -> Toast | None:
    """What the page before had to say; None for nothing. Whoever shows it ends it with `end_toast`."""
    token = request.cookies.get(_COOKIE)
    if token is None:
        return None
    payload = links.read(_PURPOSE, token, request.app[LINK_KEYS], request.app[CLOCK](), most=_MOST_TOKEN)
    if payload is None:
        return None
    text, undo, fields, seconds = json.loads(payload)
    return Toast(text, undo, tuple((name, value) for name, value in fields), seconds)


def end_toast(response: web.StreamResponse) -> None:
    """Let no page show it again."""
    response.del_cookie(_COOKIE)


def _signed(request: web.Request, toast: Toast) -> str:
    told = [cut(one_line(toast.text), _MOST_CHARACTERS), toast.undo, toast.fields, toast.seconds]
    payload = json.dumps(told, ensure_ascii=False)
    expires_at = request.app[CLOCK]() + timedelta(seconds=_SECONDS)
    return links.sign(_PURPOSE, payload, request.app[LINK_KEYS], expires_at=expires_at)
