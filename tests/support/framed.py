"""People who are signed in, without a database that knows them."""

from aiohttp import web

from bot.app.server import make_app
from bot.core.permissions import Permission
from bot.db.engine import create_engine
from bot.db.hub import Hub
from bot.db.reader import Reader
from bot.settings import Settings
from bot.users.rules import Role, permissions_of
from bot.web.access import IDENTIFY, Identity, Theme
from bot.web.appearance import KEEP
from bot.web.keys import HUB, READER


def identity(
    role: Role = Role.ADMIN,
    name: str = "Ana Souza",
    *,
    locale: str | None = None,
    timezone: str | None = None,
    theme: Theme | None = None,
    permissions: frozenset[Permission] | None = None,
) -> Identity:
    """Somebody of that role."""
    may = frozenset(permissions_of(role)) if permissions is None else permissions
    return Identity("u1", name, "ana@example.com", role, locale, timezone, theme, may, "t" * 32, "s1")


def sign_in(app: web.Application, who: Identity | None) -> None:
    """Let whoever asks be `who`."""

    async def identify(_request: web.Request) -> Identity | None:
        return who

    app[IDENTIFY] = identify


def framed(who: Identity | None, **settings: str) -> web.Application:
    """The whole application for `who`, but without a database: pages that ask one for nothing are served."""
    app = make_app(Settings.read({"DATABASE_URL": "sqlite+aiosqlite:///unused.db", **settings}))
    del app.cleanup_ctx[:]
    # What they choose is kept in a cookie, then.
    del app[KEEP]
    app[READER] = Reader(create_engine("sqlite+aiosqlite:////nowhere/unused.db"))
    app[HUB] = Hub(create_engine("sqlite+aiosqlite:///unused.db"))
    sign_in(app, who)
    return app
