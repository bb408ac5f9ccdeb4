"""The routes of reply templates, and their entry in the navigation."""

from aiohttp import web

from bot.admin.replies import changes, pages
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_
from bot.web.posted import WORDY


def setup(app: web.Application) -> None:
    """Add them."""
    routes, manage = Routes(app), Permission.INBOX_MANAGE
    routes.get(pages.PATH, pages.show, manage)
    routes.get(f"{pages.PATH}/new", pages.ask, manage)
    routes.post(pages.PATH, changes.add, manage, most=WORDY)
    routes.post(f"{pages.PATH}/preview", changes.preview, manage, most=WORDY)
    routes.get(pages.ONE, pages.one, manage)
    routes.post(pages.ONE, changes.change, manage, most=WORDY)
    routes.post(f"{pages.ONE}/delete", changes.delete, manage)
    add_entries(app, Entry(pages.PATH, N_("Replies"), "message-square", manage, key="y", part=Part.SETTINGS))
