"""The routes of what failed, and their entry in the navigation."""

from aiohttp import web

from bot.admin.parked import post_changes, posts, turn_changes, turns
from bot.core.permissions import Permission
from bot.web.access import Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add them."""
    routes, manage = Routes(app), Permission.POSTS_MANAGE
    routes.get(turns.PATH, turns.show, manage)
    routes.get(turns.ONE, turns.one, manage)
    for path in (turns.PATH, turns.ONE):
        routes.post(f"{path}/retry", turn_changes.retry, manage)
        routes.post(f"{path}/dismiss", turn_changes.leave, manage)
    routes.post(f"{turns.PATH}/retry-all", turn_changes.retry_all, manage)
    routes.post(f"{turns.PATH}/dismiss-all", turn_changes.leave_all, manage)
    routes.get(posts.PATH, posts.show, manage)
    routes.get(posts.ONE, posts.one, manage)
    for path in (posts.PATH, posts.ONE):
        routes.post(f"{path}/replay", post_changes.read_again, manage)
        routes.post(f"{path}/dismiss", post_changes.leave, manage)
    routes.post(f"{posts.PATH}/replay-all", post_changes.read_all, manage)
    routes.post(f"{posts.PATH}/dismiss-all", post_changes.leave_all, manage)
    add_entries(app, Entry(turns.PATH, N_("Parked"), "warning", manage, key="d", part=Part.SETTINGS))
