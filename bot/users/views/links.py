"""`/welcome/…`: whoever has a link that is good once chooses a password. Looking at it uses it up for nobody."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from bot.core.errors import BotError
from bot.db.engine import reading
from bot.users.service import (
    LaterError,
    LinkError,
    LinkKind,
    LinkView,
    WeakPasswordError,
    look_at_link,
    read_email,
)
from bot.users.views.known import DOOR, let_in, visitor_of
from bot.users.views.sign_in import at_the_door, door_page, refused_later
from bot.users.views.ways import ways
from bot.web.forms import Filled, empty_form, read_form, sentence_of
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

PATH = "/welcome/{token}"
_INVALID, _GONE = 422, 410
_TITLES = {
    LinkKind.WELCOME: N_("Welcome to Recado"),
    LinkKind.INVITATION: N_("You are invited"),
    LinkKind.RESET: N_("Choose another password"),
}


class Chosen(BaseModel):
    """What somebody chooses who has a link; the first of all also says who they are."""

    name: Annotated[str, Field(max_length=255)] = ""
    email: Annotated[str, Field(max_length=255)] = ""
    password: str


async def show(request: web.Request) -> web.StreamResponse:
    """What the link is for."""
    try:
        link = await _look(request)
    except LinkError:
        return await _over(request)
    return await _page(request, link, empty_form(name=link.name))


@at_the_door
async def take(request: web.Request) -> web.StreamResponse:
    """Use the link up, and let in whoever has chosen a password."""
    try:
        link = await _look(request)
    except LinkError:
        return await _over(request)
    form = read_form(request, Chosen)
    if link.kind is LinkKind.WELCOME:
        form = _with_address(request, form)
    if form.value is None:
        return await _page(request, link, form, _INVALID)
    chosen, said = form.value, language(request)
    try:
        outcome = await request.app[DOOR].by_link(
            request.match_info["token"], chosen.password, visitor_of(request), email=chosen.email, name=chosen.name
        )
    except LinkError:
        return await _over(request)
    except LaterError as error:
        return refused_later(await _page(request, link, form.wrong("", sentence_of(error, said))), error)
    except WeakPasswordError as error:
        return await _page(request, link, form.wrong("password", sentence_of(error, said)), _INVALID)
    except BotError as error:
        return await _page(request, link, form.wrong("name", sentence_of(error, said)), _INVALID)
    return await let_in(request, outcome, "/")


async def _look(request: web.Request) -> LinkView:
    async with reading(request.app[ENGINE]) as connection:
        return await look_at_link(connection, request.match_info["token"], request.app[CLOCK]())


def _with_address(request: web.Request, form: Filled[Chosen]) -> Filled[Chosen]:
    """The form, of which the first of all must fill in the address."""
    try:
        read_email(str(form.typed.get("email", "")))
    except BotError as error:
        return form.wrong("email", sentence_of(error, language(request)))
    return form


async def _page(request: web.Request, link: LinkView, form: Filled[Any], status: int = 200) -> web.Response:
    title = language(request)(_TITLES[link.kind])
    offered = ways(request, f"/welcome/{request.match_info['token']}")
    return await door_page(request, "users/link.html", title, form, status, link=link, ways=offered)


async def _over(request: web.Request) -> web.Response:
    title = language(request)(N_("This link is good no more"))
    return await door_page(request, "users/link_over.html", title, empty_form(), _GONE)
