"""The routes of points, and their entry in the navigation."""

from aiohttp import web

from bot.admin.loyalty import accounts, changes, posting, programmes
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add them."""
    routes = Routes(app)
    read, post, manage = Permission.POINTS_READ, Permission.POINTS_POST, Permission.POINTS_MANAGE
    routes.get(programmes.PATH, programmes.show, read)
    routes.get(f"{programmes.PATH}/new", programmes.ask, manage)
    routes.post(programmes.PATH, changes.add, manage)
    routes.get(programmes.ONE, programmes.one, read)
    routes.get(f"{programmes.ONE}/edit", programmes.ask_change, manage)
    routes.post(f"{programmes.ONE}/edit", changes.change, manage)
    routes.post(f"{programmes.ONE}/archive", changes.archive, manage)
    routes.post(f"{programmes.ONE}/activate", changes.activate, manage)
    routes.get(f"{programmes.ONE}/accounts", accounts.show, read)
    routes.get(accounts.ONE, accounts.one, read)
    routes.post(f"{accounts.ONE}/earn", posting.earn, post)
    routes.post(f"{accounts.ONE}/redeem", posting.redeem, post)
    routes.post(f"{accounts.ONE}/adjust", posting.adjust, manage)
    routes.post(f"{accounts.ONE}/reverse", posting.reverse, post)
    routes.post(f"{accounts.ONE}/confirm", posting.confirm, post)
    routes.post(f"{accounts.ONE}/cancel", posting.cancel, post)
    routes.post(f"{accounts.ONE}/notices", posting.set_notices, post)
    add_entries(app, Entry(programmes.PATH, N_("Points"), "gift", read, key="p", part=Part.DAILY))
