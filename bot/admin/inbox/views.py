"""The pages of the inbox."""

from aiohttp import web

from bot.admin.inbox import changes, composing, page
from bot.admin.inbox.lists import PATH
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add the routes, and the entry to the navigation: the first one."""
    routes = Routes(app)
    routes.get(PATH, page.show, Permission.MESSAGES_READ)
    routes.get(page.ONE, page.show, Permission.MESSAGES_READ)
    for what, handler in changes.UNDER:
        routes.post(f"{page.ONE}/{what}", handler, Permission.MESSAGES_SEND)
    routes.post(f"{page.ONE}/send", composing.send, Permission.MESSAGES_SEND)
    add_entries(app, Entry(PATH, N_("Inbox"), "inbox", Permission.MESSAGES_READ, key="i"))
