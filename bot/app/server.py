"""The aiohttp application."""

from collections.abc import AsyncIterator

from aiohttp import web

from bot import simulator
from bot.app import health
from bot.app.resources import Role, open_resources
from bot.conversations import views as webhooks
from bot.core.clock import Clock, utc_now
from bot.settings import Settings
from bot.web.keys import CLOCK, ENGINE, SETTINGS


def make_app(settings: Settings, *, clock: Clock = utc_now) -> web.Application:
    """The server for `settings`; its resources open at start-up and drain at clean-up."""
    app = web.Application(client_max_size=webhooks.MAX_BODY)
    app[SETTINGS] = settings
    app[CLOCK] = clock
    app.cleanup_ctx.append(_resources)
    health.setup(app)
    webhooks.setup(app)
    simulator.setup(app)
    return app


async def _resources(app: web.Application) -> AsyncIterator[None]:
    async with open_resources(app[SETTINGS], Role.SERVER, clock=app[CLOCK]) as resources:
        app[ENGINE] = resources.engine
        app[webhooks.INTAKE] = resources.intake
        app[webhooks.ACCOUNTS] = resources.accounts
        yield
