"""`/p/{token}`: stopping the notices of one's points, or having them again, by the link in each of them.

Looking at the page changes nothing: link scanners look at every link of a mail.
"""

from collections.abc import Sequence

from aiohttp import web

from bot.contacts import service as contacts
from bot.core.errors import UnparsableError
from bot.db.engine import reading
from bot.loyalty.accounts.cards import AccountCard
from bot.loyalty.accounts.reading import find_account, set_notified, standing
from bot.loyalty.notices.stopping import read_stop
from bot.loyalty.programmes.changing import find_programme
from bot.loyalty.values import NotThereError, Programme
from bot.providers.base import WebhookRequest
from bot.providers.kit.form import Form, read_form
from bot.web.access import Open, Routes
from bot.web.keys import BODIES, CLOCK, ENGINE, LINK_KEYS
from bot.web.pages import Pages, policy

_PAGES = Pages("/p")
# The page has a form, and it posts to itself.
_POLICY = {"Content-Security-Policy": policy({"form-action": "'self'"}), "Cache-Control": "no-store"}
_MAX_BODY = 16 * 1024
_ON = "on"
"""What the button posts that has notices come again."""


def setup(app: web.Application) -> None:
    """Add the routes."""
    routes, signed = Routes(app), Open("the link is signed")
    routes.get("/p/{token}", _ask, signed)
    routes.post("/p/{token}", _stop, signed)
    _PAGES.setup(app)


async def _ask(request: web.Request) -> web.StreamResponse:
    """The page with its button."""
    account_id = _named(request)
    if account_id is None:
        return await _page(request, None, [])
    async with reading(request.app[ENGINE]) as connection:
        try:
            card = await find_account(connection, account_id)
        except NotThereError:
            return await _page(request, None, [])
        return await _page(request, await find_programme(connection, card.programme_id), [card])


async def _stop(request: web.Request) -> web.StreamResponse:
    """Let no notices of the person's points in that programme go out, or let them again; once more changes nothing."""
    account_id = _named(request)
    if account_id is None:
        return await _page(request, None, [])
    form = await _form(request)
    if isinstance(form, web.Response):
        return form
    is_on = form.last("notices") == _ON
    now = request.app[CLOCK]()
    async with request.app[ENGINE].begin() as connection:
        try:
            card = await find_account(connection, account_id)
        except NotThereError:
            return await _page(request, None, [])
        programme = await find_programme(connection, card.programme_id)
        cards: Sequence[AccountCard] = [card]
        if card.contact_id is not None:
            await contacts.lock(connection, [card.contact_id])
            cards = (await standing(connection, programme, card.contact_id, now)).accounts
        await set_notified(connection, cards, None, now, on=is_on)
    return await _page(request, programme, cards, is_on=is_on)


async def _form(request: web.Request) -> Form | web.Response:
    """What was posted; the answer to it where it is no form."""
    with request.app[BODIES].hold() as room:
        body = await room.read(request, _MAX_BODY)
    if isinstance(body, web.Response):
        return body
    try:
        return read_form(WebhookRequest(request.method, "", request.headers, {}, body))
    except UnparsableError:
        return web.Response(status=400, text="this is no form\n")


def _named(request: web.Request) -> str | None:
    return read_stop(request.match_info["token"], request.app[LINK_KEYS], request.app[CLOCK]())


async def _page(
    request: web.Request, programme: Programme | None, cards: Sequence[AccountCard], *, is_on: bool | None = None
) -> web.Response:
    page = await _PAGES.render(
        request,
        "loyalty/stop.html",
        status=404 if programme is None else 200,
        programme=None if programme is None else programme.name,
        on=all(each.email_notifications for each in cards) if is_on is None else is_on,
    )
    page.headers.update(_POLICY)
    return page
