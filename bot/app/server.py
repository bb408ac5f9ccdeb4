"""The aiohttp application."""

from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler

from bot import simulator
from bot.app import health
from bot.app.resources import Role, open_resources
from bot.conversations import views as webhooks
from bot.core.clock import Clock, utc_now
from bot.settings import Settings
from bot.web.keys import CLOCK, ENGINE, SETTINGS

log = structlog.get_logger()


def make_app(settings: Settings, *, clock: Clock = utc_now) -> web.Application:
    """The server for `settings`; its resources open at start-up and drain at clean-up."""
    app = web.Application(client_max_size=webhooks.MAX_BODY, middlewares=[_plain_faults])
    app[SETTINGS] = settings
    app[CLOCK] = clock
    app.cleanup_ctx.append(_resources)
    health.setup(app)
    webhooks.setup(app)
    simulator.setup(app)
    return app


@web.middleware
async def _plain_faults(request: web.Request, handler: Handler) -> web.StreamResponse:
    """A fault of ours is told without its inside, whatever mode the process runs in."""
    try:
        return await handler(request)
    except web.HTTPException:
        raise
    except Exception as error:
        resource = request.match_info.route.resource
        log.error("request failed", path=resource.canonical if resource else "", exc_info=error)  # noqa: TRY400 - the error is given
        raise web.HTTPInternalServerError(text="something failed here; the log says where\n") from error


async def _resources(app: web.Application) -> AsyncIterator[None]:
    async with open_resources(app[SETTINGS], Role.SERVER, clock=app[CLOCK]) as resources:
        app[ENGINE] = resources.engine
        app[webhooks.INTAKE] = resources.intake
        app[webhooks.ACCOUNTS] = resources.accounts
        yield
