"""The routes of imports and exports; the list of contacts leads there."""

from aiohttp import web

from bot.admin.imports import changes, exports, pages
from bot.contacts.importing.service import MOST_BYTES
from bot.core.permissions import Permission
from bot.web.access import Routes


def setup(app: web.Application) -> None:
    """Add them."""
    routes, may, gives = Routes(app), Permission.CONTACTS_IMPORT, Permission.CONTACTS_EXPORT
    routes.get(pages.PATH, pages.show, may)
    routes.post(pages.PATH, changes.take, may, most=MOST_BYTES)
    routes.get(pages.ONE, pages.one, may)
    routes.get(f"{pages.ONE}/faulty", pages.faulty_sheet, may)
    routes.post(f"{pages.ONE}/apply", changes.apply, may)
    routes.post(f"{pages.ONE}/discard", changes.give_up, may)
    routes.get(exports.PATH, exports.ask, gives)
    routes.post(exports.PATH, exports.give, gives)
