"""`/u/{token}`: unsubscribing, by a mail program's one click or by the page's button.

Looking at the page changes nothing: link scanners look at every link of a mail.
"""

from pathlib import Path

import structlog
from aiohttp import hdrs, web
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts.consent import SetConsent, set_consents
from bot.contacts.models import ContactAddress
from bot.contacts.unsubscribing import read_unsubscribing
from bot.core.addresses import Channel, mask
from bot.core.consents import Said
from bot.core.errors import UnparsableError
from bot.core.messages import ConsentReason
from bot.core.text import one_line
from bot.db.engine import reading
from bot.providers.base import WebhookRequest
from bot.providers.kit.form import read_form
from bot.web.keys import BODIES, CLOCK, ENGINE, LINK_KEYS
from bot.web.pages import Pages, policy

FIELD, VALUE = "List-Unsubscribe", "One-Click"
"""What a mail program posts (RFC 8058, 3.1), as form or multipart; the page's button posts the same."""
_MAX_BODY = 16 * 1024
_PAGES = Pages(Path(__file__).parent / "pages", "/u")
# The page has a form, and it posts to itself.
_POLICY = {"Content-Security-Policy": policy({"form-action": "'self'"}), "Cache-Control": "no-store"}

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/u/{token}", _ask)
    app.router.add_post("/u/{token}", _unsubscribe)
    _PAGES.setup(app)


async def _ask(request: web.Request) -> web.StreamResponse:
    """The page with its button."""
    address_id, channel = _named(request)
    try:
        async with reading(request.app[ENGINE]) as connection:
            address = await _address(connection, address_id)
    except (SQLAlchemyError, OSError) as error:
        raise _away(error) from error
    return _page(request, channel, address, done=False)


async def _unsubscribe(request: web.Request) -> web.StreamResponse:
    """Take the address off the channel; once more changes nothing, and who is not there any more is off, too."""
    address_id, channel = _named(request)
    refused = await _without_click(request)
    if refused is not None:
        return refused
    try:
        async with request.app[ENGINE].begin() as connection:
            address = await _address(connection, address_id)
            if address:
                now = request.app[CLOCK]()
                # Once more says it once more: nothing that was said in between may count.
                said = Said(opted_in=False, reason=ConsentReason.UNSUBSCRIBED, said_at=now)
                if await set_consents(connection, [SetConsent(address_id, channel, said)], now):
                    log.info("unsubscribed", channel=channel, address=mask(address))
    except (SQLAlchemyError, OSError) as error:
        raise _away(error) from error
    return _page(request, channel, address, done=True)


def _named(request: web.Request) -> tuple[str, Channel]:
    named = read_unsubscribing(request.match_info["token"], request.app[LINK_KEYS], request.app[CLOCK]())
    if named is None:
        raise web.HTTPNotFound(text="this link was not made here\n")
    return named


async def _without_click(request: web.Request) -> web.Response | None:
    """The answer to a body that does not say that somebody clicked; None where it does."""
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
    return None


async def _address(connection: AsyncConnection, address_id: str) -> str:
    """What the address is; empty when it is not there any more."""
    found = await connection.execute(select(ContactAddress.value).where(ContactAddress.id == address_id))
    return found.scalar_one_or_none() or ""


def _page(request: web.Request, channel: Channel, address: str, *, done: bool) -> web.Response:
    page = _PAGES.render(
        request, "unsubscribe.html", address=one_line(mask(address)) if address else "", channel=channel, done=done
    )
    page.headers.update(_POLICY)
    return page


def _away(error: Exception) -> web.HTTPServiceUnavailable:
    log.warning("unsubscribing waits for the database", error=type(error).__name__)
    return web.HTTPServiceUnavailable(text="the database does not answer\n", headers={hdrs.RETRY_AFTER: "5"})
