"""The administrators' pages."""

from aiohttp import web

from bot.admin import components
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add the routes, and their entries to the navigation."""
    routes = Routes(app)
    routes.get("/admin/components", components.show, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components", components.take, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components/archive", components.archive, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components/restore", components.restore, Permission.SYSTEM_MANAGE)
    add_entries(
        app,
        Entry("/admin/components", N_("Components"), "layers", Permission.SYSTEM_MANAGE, key="o", part=Part.SETTINGS),
    )
