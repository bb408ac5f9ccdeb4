"""Making endpoints and changing them, and giving them another secret: it is on the page that answers, once."""

from typing import Annotated, Any

from aiohttp import web
from pydantic import BaseModel, Field

from bot.admin.answers import CONFLICT, INVALID, done, unkept
from bot.admin.endpoints.pages import PATH, address_of, endpoint_of
from bot.core.errors import BotError
from bot.endpoints.service import (
    WORDS,
    Asked,
    AskedError,
    EndpointCard,
    EventKind,
    NoEndpointError,
    add_endpoint,
    change_endpoint,
    roll_secret,
    terms_of,
)
from bot.users.views.known import actor_of
from bot.web.forms import Filled, empty_form, read_form, sentence_of
from bot.web.frame import render
from bot.web.keys import CLOCK, ENGINE, READER, SETTINGS
from bot.web.pages import language


class TypedEndpoint(BaseModel):
    """What somebody wants of an endpoint."""

    url: Annotated[str, Field(min_length=1, max_length=2048, validate_default=True)] = ""
    description: Annotated[str, Field(max_length=255)] = ""
    kinds: Annotated[list[EventKind], Field(min_length=1, validate_default=True)] = []

    @property
    def asked(self) -> Asked:
        """The same."""
        return Asked(self.url, self.kinds, self.description)


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask where a new one is, and of what it is told."""
    return await _form(request, empty_form(url="", description="", kinds=[each.value for each in EventKind]))


async def add(request: web.Request) -> web.StreamResponse:
    """Make one."""
    form, _ = read_form(request, TypedEndpoint), language(request)
    if form.value is None:
        return await _form(request, form, status=INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            terms = terms_of(request.app[SETTINGS])
            added = await add_endpoint(connection, terms, form.value.asked, actor_of(request), request.app[CLOCK]())
    except AskedError as error:
        return await _form(request, form.wrong(error.field, sentence_of(error, _)), status=INVALID)
    except BotError as error:
        return await _form(request, form.wrong("", sentence_of(error, _)), status=CONFLICT)
    return await _secret(request, added.endpoint, added.secret, is_new=True)


async def ask_again(request: web.Request) -> web.StreamResponse:
    """Ask what is to change."""
    async with request.app[READER].reading() as connection:
        card = await endpoint_of(request, connection)
    kinds = [each.value for each in card.kinds]
    return await _form(request, empty_form(url=card.url, description=card.description, kinds=kinds), card)


async def change(request: web.Request) -> web.StreamResponse:
    """Change one."""
    form, _ = read_form(request, TypedEndpoint), language(request)
    async with request.app[READER].reading() as connection:
        card = await endpoint_of(request, connection)
    if form.value is None:
        return await _form(request, form, card, INVALID)
    try:
        async with request.app[ENGINE].begin() as connection:
            terms, now = terms_of(request.app[SETTINGS]), request.app[CLOCK]()
            await change_endpoint(connection, terms, card.id, form.value.asked, actor_of(request), now)
    except AskedError as error:
        return await _form(request, form.wrong(error.field, sentence_of(error, _)), card, INVALID)
    return done(request, f"{PATH}/{card.id}", _("The endpoint is changed"))


async def roll(request: web.Request) -> web.StreamResponse:
    """Give it another secret."""
    _ = language(request)
    async with request.app[READER].reading() as connection:
        card = await endpoint_of(request, connection)
    try:
        async with request.app[ENGINE].begin() as connection:
            terms, now = terms_of(request.app[SETTINGS]), request.app[CLOCK]()
            secret = await roll_secret(connection, terms, card.id, actor_of(request), now)
    except NoEndpointError as error:
        raise web.HTTPNotFound(text="there is no such endpoint\n") from error
    except BotError as error:
        return done(request, f"{PATH}/{card.id}", sentence_of(error, _))
    return await _secret(request, card, secret, is_new=False)


async def _secret(request: web.Request, card: EndpointCard, secret: str, *, is_new: bool) -> web.Response:
    _ = language(request)
    page = await render(
        request,
        "admin/endpoint_secret.html",
        title=_("The endpoint's secret"),
        endpoint=card,
        address=address_of(card),
        secret=secret,
        is_new=is_new,
    )
    return unkept(page)


async def _form(
    request: web.Request, form: Filled[Any], card: EndpointCard | None = None, status: int = 200
) -> web.Response:
    _ = language(request)
    return await render(
        request,
        "admin/endpoint_edit.html",
        title=_("New endpoint") if card is None else _("Change the endpoint"),
        status=status,
        form=form,
        endpoint=card,
        kinds=[(kind.value, f"{_(label)} ({kind.value})") for kind, label in WORDS.items()],
        has_key=_has_key(request),
    )


def _has_key(request: web.Request) -> bool:
    return bool(request.app[SETTINGS].secret_key)
