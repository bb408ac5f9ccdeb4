"""The routes of jobs, and their entry in the navigation."""

from aiohttp import web

from bot.admin.jobs import changes, pages
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add them."""
    routes, manage = Routes(app), Permission.JOBS_MANAGE
    routes.get(pages.PATH, pages.show, manage)
    routes.get(pages.ONE, pages.one, manage)
    for path in (pages.PATH, pages.ONE):
        routes.post(f"{path}/cancel", changes.stop, manage)
        routes.post(f"{path}/retry", changes.run_again, manage)
    add_entries(app, Entry(pages.PATH, N_("Jobs"), "list-checks", manage, key="j", part=Part.SETTINGS))
