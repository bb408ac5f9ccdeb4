"""The routes of accounts, and their entry in the navigation."""

from aiohttp import web

from bot.admin.accounts import adding, changes, pages, testing
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add them."""
    routes, read, manage = Routes(app), Permission.ACCOUNTS_READ, Permission.ACCOUNTS_MANAGE
    routes.get(pages.PATH, pages.show, read)
    routes.get(adding.PATH, adding.choose, manage)
    routes.get(adding.OF, adding.ask, manage)
    routes.post(adding.OF, adding.add, manage)
    routes.get(pages.ONE, pages.one, read)
    for what, handler in (
        ("test", testing.test),
        ("templates", testing.list_templates),
        ("pause", changes.stop),
        ("resume", changes.let_send),
        ("change", changes.change),
        ("end-old", changes.end_old),
        ("remove", changes.remove),
    ):
        routes.post(f"{pages.ONE}/{what}", handler, manage)
    add_entries(app, Entry(pages.PATH, N_("Accounts"), "radio-tower", read, key="a", part=Part.SETTINGS))
