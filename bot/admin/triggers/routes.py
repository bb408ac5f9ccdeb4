"""Where triggers are found."""

from aiohttp import web

from bot.admin.triggers import order, trying
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add the routes, and the entry to the navigation."""
    routes = Routes(app)
    routes.get(order.PATH, order.show, Permission.BUNDLES_READ)
    routes.get(trying.PATH, trying.show, Permission.BUNDLES_READ)
    add_entries(app, Entry(order.PATH, N_("Triggers"), "zap", Permission.BUNDLES_READ, key="r", part=Part.SETTINGS))
