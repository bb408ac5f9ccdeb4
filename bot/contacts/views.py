"""`/u/{token}`: unsubscribing, by a mail program's one click or by the page's buttons.

The link says from what: from all messages on a channel, or from marketing alone. The page offers the other as well.

Looking at the page changes nothing: link scanners look at every link of a mail.
"""

import structlog
from aiohttp import hdrs, web
from sqlalchemy.exc import SQLAlchemyError

from bot.contacts import queries
from bot.contacts.consent import SetConsent, set_consents
from bot.contacts.unsubscribing import Unsubscribing, read_unsubscribing
from bot.core.addresses import mask
from bot.core.consents import ConsentReason, Said
from bot.core.errors import UnparsableError
from bot.core.purposes import ConsentPurpose
from bot.core.text import one_line
from bot.db.engine import reading
from bot.providers.base import WebhookRequest
from bot.providers.kit.form import Form, read_form
from bot.web.access import Open, Routes
from bot.web.keys import BODIES, CLOCK, ENGINE, LINK_KEYS
from bot.web.pages import Pages, language, policy

FIELD, VALUE = "List-Unsubscribe", "One-Click"
"""What a mail program posts (RFC 8058, 3.1), as form or multipart; the page's buttons post the same."""
_OTHER = "purpose"
"""What the button posts beside it that asks for something else than the link."""
_MAX_BODY = 16 * 1024
_PAGES = Pages("/u")
# The page has a form, and it posts to itself.
_POLICY = {"Content-Security-Policy": policy({"form-action": "'self'"}), "Cache-Control": "no-store"}

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the routes."""
    routes, signed = Routes(app), Open("the link is signed")
    routes.get("/u/{token}", _ask, signed)
    routes.post("/u/{token}", _unsubscribe, signed)
    _PAGES.setup(app)


async def _ask(request: web.Request) -> web.StreamResponse:
    """The page with its buttons."""
    asked = _named(request)
    if asked is None:
        return await _unknown(request)
    try:
        async with reading(request.app[ENGINE]) as connection:
            address = await queries.address_value(connection, asked.address_id)
    except (SQLAlchemyError, OSError) as error:
        return await _away(request, error)
    return await _page(request, asked, address, done=False)


async def _unsubscribe(request: web.Request) -> web.StreamResponse:
    """Take the address off; once more changes nothing, and who is not there any more is off, too."""
    asked = _named(request)
    if asked is None:
        return await _unknown(request)
    form = await _click(request)
    if isinstance(form, web.Response):
        return form
    if form.last(_OTHER) in set(ConsentPurpose):
        asked = asked._replace(purpose=ConsentPurpose(form.last(_OTHER)))
    try:
        async with request.app[ENGINE].begin() as connection:
            address = await queries.address_value(connection, asked.address_id)
            if address:
                now = request.app[CLOCK]()
                # Once more says it once more: nothing that was said in between may count.
                said = Said(False, ConsentReason.UNSUBSCRIBED, asked.purpose, said_at=now)
                if await set_consents(connection, [SetConsent(asked.address_id, asked.channel, said)], now):
                    log.info("unsubscribed", channel=asked.channel, purpose=asked.purpose, address=mask(address))
    except (SQLAlchemyError, OSError) as error:
        return await _away(request, error)
    return await _page(request, asked, address, done=True)


def _named(request: web.Request) -> Unsubscribing | None:
    return read_unsubscribing(request.match_info["token"], request.app[LINK_KEYS], request.app[CLOCK]())


async def _click(request: web.Request) -> Form | web.Response:
    """What was posted; the answer to it where it does not say that somebody clicked."""
    with request.app[BODIES].hold() as room:
        body = await room.read(request, _MAX_BODY)
    if isinstance(body, web.Response):
        return body
    try:
        form = read_form(WebhookRequest(request.method, "", request.headers, {}, body))
    except UnparsableError:
        form = None
    if form is None or form.last(FIELD) != VALUE:
        return web.Response(status=400, text=f"{FIELD}={VALUE} is missing\n")
    return form


async def _page(request: web.Request, asked: Unsubscribing, address: str, *, done: bool) -> web.Response:
    page = await _PAGES.render(
        request,
        "contacts/unsubscribe.html",
        address=one_line(mask(address)) if address else "",
        channel=asked.channel,
        purpose=asked.purpose,
        done=done,
    )
    page.headers.update(_POLICY)
    return page


async def _unknown(request: web.Request) -> web.Response:
    _ = language(request)
    mend = _("Copy the whole link out of the message, or answer the message with STOP.")
    return await _refused(request, 404, _("This link is not whole"), mend)


async def _away(request: web.Request, error: Exception) -> web.Response:
    log.warning("unsubscribing waits for the database", error=type(error).__name__)
    _ = language(request)
    page = await _refused(
        request, 503, _("Not done yet"), _("Something is away just now. Try the link again in a minute.")
    )
    page.headers[hdrs.RETRY_AFTER] = "5"
    return page


async def _refused(request: web.Request, status: int, title: str, mend: str) -> web.Response:
    page = await _PAGES.render(request, "contacts/unsubscribe_refused.html", status=status, heading=title, mend=mend)
    page.headers.update(_POLICY)
    return page
