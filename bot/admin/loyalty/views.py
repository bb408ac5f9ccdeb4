"""The routes of points, and their entry in the navigation."""

from aiohttp import web

from bot.admin.loyalty import changes, programmes
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add them."""
    routes = Routes(app)
    read, manage = Permission.POINTS_READ, Permission.POINTS_MANAGE
    routes.get(programmes.PATH, programmes.show, read)
    routes.get(f"{programmes.PATH}/new", programmes.ask, manage)
    routes.post(programmes.PATH, changes.add, manage)
    routes.get(programmes.ONE, programmes.one, read)
    routes.get(f"{programmes.ONE}/edit", programmes.ask_change, manage)
    routes.post(f"{programmes.ONE}/edit", changes.change, manage)
    routes.post(f"{programmes.ONE}/archive", changes.archive, manage)
    routes.post(f"{programmes.ONE}/activate", changes.activate, manage)
    add_entries(app, Entry(programmes.PATH, N_("Points"), "gift", read, key="p", part=Part.DAILY))
