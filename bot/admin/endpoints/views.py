"""The routes of endpoints, and their entry in the navigation."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.endpoints import changes, deliveries, pages, writing
from bot.core.permissions import Permission
from bot.endpoints.service import count_given_up
from bot.web.access import Routes
from bot.web.frame import Concern, Entry, Part, add_entries
from bot.web.i18n import N_
from bot.web.pages import language


def setup(app: web.Application) -> None:
    """Add them."""
    routes, manage = Routes(app), Permission.ENDPOINTS_MANAGE
    routes.get(pages.PATH, pages.show, manage)
    routes.get(f"{pages.PATH}/new", writing.ask, manage)
    routes.post(pages.PATH, writing.add, manage)
    routes.get(pages.ONE, pages.one, manage)
    routes.get(f"{pages.ONE}/edit", writing.ask_again, manage)
    routes.post(f"{pages.ONE}/edit", writing.change, manage)
    routes.post(f"{pages.ONE}/roll", writing.roll, manage)
    for what, handler in (
        ("test", changes.test),
        ("pause", changes.pause),
        ("enable", changes.enable),
        ("disable", changes.disable),
        ("delete", changes.delete),
        ("resend", changes.resend_all),
    ):
        routes.post(f"{pages.ONE}/{what}", handler, manage)
    routes.get(deliveries.ONE, deliveries.one, manage)
    routes.post(f"{deliveries.ONE}/resend", deliveries.resend_one, manage)
    add_entries(
        app, Entry(pages.PATH, N_("Endpoints"), "webhook", manage, key="e", part=Part.SETTINGS, concern=_concern)
    )


async def _concern(connection: AsyncConnection, request: web.Request) -> Concern | None:
    _ = language(request)
    count = await count_given_up(connection)
    words = _.plural(
        "{count} endpoint took nothing and was disabled", "{count} endpoints took nothing and were disabled", count
    )
    return Concern(count, words) if count else None
