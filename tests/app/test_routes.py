"""The routes of the whole application."""

from bot.api.problems import ROOT
from bot.api.resources import RESOURCES
from bot.app.server import make_app
from bot.settings import Settings
from bot.web.access import Open, stated_routes

OPEN = {
    *("/health/live", "/health/ready", "/metrics"),
    *("/webhooks/{provider}", "/webhooks/{provider}/{account}", "/media/{token}", "/u/{token}", "/p/{token}"),
    *("/", "/help", "/appearance", "/simulator", "/simulator/messages", "/simulator/read"),
    *("/simulator/answers", "/simulator/hand-back"),
    *("/sign-in", "/sign-in/code", "/sign-out", "/welcome/{token}"),
    "/api/v1/openapi.json",
    *("/sign-in/with/{provider}", "/sign-in/with/{provider}/back", "/welcome/{token}/with/{provider}"),
}
"""What strangers may call; whoever adds to it says why where the route is added."""
API = {f"{ROOT}{each.path}" for resource in RESOURCES for each in resource.operations}
"""These ask for tokens themselves; tests/api holds that they do."""


def test_every_route_says_whom_it_lets_in_and_what_is_open_is_listed_here() -> None:
    app = make_app(Settings.read({"DATABASE_URL": "sqlite+aiosqlite:///unused.db"}))
    stated = stated_routes(app)

    assert set(app.router.routes()) == set(stated)
    opened = {route.resource.canonical for route, asks in stated.items() if isinstance(asks, Open) and route.resource}
    others = {path for path in opened if "/assets/" not in path and not path.startswith("/webhooks/")} - API
    assert others == {path for path in OPEN if not path.startswith("/webhooks/")}
    assert all(asks.why for asks in stated.values() if isinstance(asks, Open))
