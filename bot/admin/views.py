"""The administrators' pages."""

from aiohttp import web

from bot.admin import (
    accounts,
    audit,
    bundles,
    components,
    conversations,
    endpoints,
    imports,
    inbox,
    jobs,
    labels,
    loyalty,
    merging,
    notices,
    parked,
    replies,
    tokens,
    triggers,
    user_changes,
    users,
)
from bot.core.permissions import Permission
from bot.users.views.account import NOTICES
from bot.web.access import SIGNED_IN, Routes
from bot.web.frame import Entry, Part, add_entries
from bot.web.i18n import N_


def setup(app: web.Application) -> None:
    """Add the routes, and their entries to the navigation."""
    routes = Routes(app)
    routes.get("/admin/components", components.show, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components", components.take, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components/archive", components.archive, Permission.SYSTEM_MANAGE)
    routes.post("/admin/components/restore", components.restore, Permission.SYSTEM_MANAGE)
    inbox.setup(app)
    labels.setup(app)
    replies.setup(app)
    conversations.setup(app)
    inbox.setup_reports(app)
    loyalty.setup(app)
    _people(routes)
    routes.get(NOTICES, notices.show, SIGNED_IN)
    routes.post(NOTICES, notices.take, SIGNED_IN)
    routes.get(audit.PATH, audit.show, Permission.AUDIT_READ)
    routes.post(f"{audit.PATH}/export", audit.export, Permission.AUDIT_READ)
    bundles.setup(app)
    triggers.setup(app)
    accounts.setup(app)
    endpoints.setup(app)
    imports.setup(app)
    merging.setup(app)
    jobs.setup(app)
    parked.setup(app)
    add_entries(
        app,
        Entry(users.PATH, N_("Users"), "users", Permission.USERS_MANAGE, key="u", part=Part.SETTINGS),
        Entry(tokens.PATH, N_("Tokens"), "key", Permission.TOKENS_OWN, key="t", part=Part.SETTINGS),
        Entry(audit.PATH, N_("Audit log"), "history", Permission.AUDIT_READ, key="l", part=Part.SETTINGS),
    )


def _people(routes: Routes) -> None:
    """Users, and the tokens of their programs."""
    manage, own = Permission.USERS_MANAGE, Permission.TOKENS_OWN
    routes.get(users.PATH, users.show, manage)
    routes.get(f"{users.PATH}/new", users.ask, manage)
    routes.post(users.PATH, users.add, manage)
    routes.get(users.ONE, users.one, manage)
    for what, handler in (
        ("role", user_changes.give_role),
        ("disable", user_changes.disable),
        ("enable", user_changes.enable),
        ("reset", user_changes.reset),
        ("delete", user_changes.delete),
        ("restore", user_changes.restore),
        ("sessions/end", user_changes.end_chosen),
        ("sessions/end-all", user_changes.end_all),
        ("tokens/revoke", user_changes.revoke_chosen),
    ):
        routes.post(f"{users.ONE}/{what}", handler, manage)
    routes.get(tokens.PATH, tokens.show, own)
    routes.get(f"{tokens.PATH}/new", tokens.ask, own)
    routes.post(tokens.PATH, tokens.add, own)
    routes.get(tokens.ONE, tokens.one, own)
    routes.post(f"{tokens.ONE}/revoke", tokens.revoke, own)
