"""`/sign-in` by password and code, and `/sign-out`."""

from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Annotated, Any

from aiohttp import hdrs, web
from pydantic import BaseModel, Field
from yarl import URL

from bot.core.errors import BotError
from bot.db.engine import reading
from bot.users.service import (
    CodeError,
    LaterError,
    SignInAgainError,
    SignInError,
    ThrottledError,
    any_user,
    sign_out,
)
from bot.users.views.known import CODE, DOOR, SESSION, led, let_in, visitor_of, with_next
from bot.users.views.ways import ways
from bot.web.access import SIGN_IN, carries_token, identify, own_path
from bot.web.cookies import end_cookie, read_cookie
from bot.web.forms import Filled, empty_form, read_form, sentence_of
from bot.web.frame import render
from bot.web.guard import is_same_origin
from bot.web.i18n import N_
from bot.web.keys import ENGINE
from bot.web.pages import language
from bot.web.posted import posted_by, receiving

CODE_PATH = f"{SIGN_IN}/code"
_MOST_BYTES = 16 * 1024
_INVALID, _TOO_OFTEN, _BUSY = 422, 429, 503
Post = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Proof(BaseModel):
    """What somebody shows who signs in."""

    email: Annotated[str, Field(max_length=255)]
    password: str


class Code(BaseModel):
    """What the app of a second factor shows, or a recovery code."""

    code: Annotated[str, Field(max_length=64)]


def at_the_door(handler: Post) -> Post:
    """`handler` of a post of somebody who is not signed in: it comes from our own pages, and is small."""

    @wraps(handler)
    async def taken(request: web.Request) -> web.StreamResponse:
        if not is_same_origin(request):
            raise web.HTTPForbidden(text="this comes from another site\n")
        async with receiving(request, _MOST_BYTES):
            return await handler(request)

    return taken


def after(request: web.Request) -> str:
    """Where whoever signs in wanted to go: a path of ours."""
    return own_path(request.query.get("next", ""))


def refused_later(page: web.Response, error: LaterError) -> web.Response:
    """The page that says how long to wait, as programs understand it, too."""
    page.set_status(_TOO_OFTEN if isinstance(error, ThrottledError) else _BUSY)
    page.headers[hdrs.RETRY_AFTER] = str(error.retry_after)
    return page


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask for address and password."""
    if await identify(request) is not None:
        return led(after(request))
    async with reading(request.app[ENGINE]) as connection:
        nobody_yet = not await any_user(connection)
    return await _page(request, empty_form(), nobody_yet=nobody_yet)


@at_the_door
async def take(request: web.Request) -> web.StreamResponse:
    """Let somebody in who knows their password."""
    form = read_form(request, Proof)
    if form.value is None:
        return await _page(request, form, status=_INVALID)
    try:
        outcome = await request.app[DOOR].by_password(form.value.email, form.value.password, visitor_of(request))
    except LaterError as error:
        return refused_later(await _page(request, form.wrong("", _said(request, error))), error)
    except SignInError as error:
        return await _page(request, form.wrong("", _said(request, error)), status=_INVALID)
    return await let_in(request, outcome, after(request))


async def ask_code(request: web.Request) -> web.StreamResponse:
    """Ask for the code of the second factor, where a right password waits for it."""
    if not read_cookie(request, CODE):
        return led(SIGN_IN, after(request))
    return await _code_page(request, empty_form())


@at_the_door
async def take_code(request: web.Request) -> web.StreamResponse:
    """Let somebody in who shows the code."""
    form = read_form(request, Code)
    if form.value is None:
        return await _code_page(request, form, status=_INVALID)
    try:
        outcome = await request.app[DOOR].by_code(read_cookie(request, CODE), form.value.code, visitor_of(request))
    except LaterError as error:
        return refused_later(await _code_page(request, form.wrong("", _said(request, error))), error)
    except CodeError as error:
        return await _code_page(request, form.wrong("code", _said(request, error)), status=_INVALID)
    except SignInAgainError as error:
        page = await _page(request, empty_form().wrong("", _said(request, error)), status=_INVALID)
        end_cookie(request, page, CODE)
        return page
    return await let_in(request, outcome, after(request))


@at_the_door
async def leave(request: web.Request) -> web.StreamResponse:
    """End the session, if there still is one."""
    who, token = await identify(request), read_cookie(request, SESSION)
    if who is not None:
        if not carries_token(request, posted_by(request), who):
            raise web.HTTPForbidden(text="the form is of another session\n")
        async with request.app[ENGINE].begin() as connection:
            await sign_out(connection, token)
    answer = led(SIGN_IN)
    end_cookie(request, answer, SESSION)
    return answer


async def _page(
    request: web.Request, form: Filled[Any], status: int = 200, *, nobody_yet: bool = False
) -> web.Response:
    title, action = language(request)(N_("Sign in")), with_next(SIGN_IN, after(request))
    offered = () if nobody_yet else ways(request, after=after(request))
    return await door_page(
        request, "users/sign_in.html", title, form, status, action=action, nobody_yet=nobody_yet, ways=offered
    )


async def _code_page(request: web.Request, form: Filled[Any], status: int = 200) -> web.Response:
    _, recovery = language(request), "recovery" in request.query
    return await door_page(
        request,
        "users/code.html",
        _("One of your recovery codes") if recovery else _("The code of your app"),
        form,
        status,
        recovery=recovery,
        other=URL(with_next(CODE_PATH, after(request))).update_query({} if recovery else {"recovery": "1"}),
    )


async def door_page(
    request: web.Request, template: str, title: str, form: Filled[Any], status: int, **values: object
) -> web.Response:
    """A page of signing in; nothing keeps it."""
    page = await render(request, template, title=title, status=status, form=form, **values)
    page.headers[hdrs.CACHE_CONTROL] = "no-store"
    return page


def _said(request: web.Request, error: BotError) -> str:
    return sentence_of(error, language(request))
