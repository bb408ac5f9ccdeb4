"""The aiohttp application."""

from collections.abc import AsyncIterator

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler
from pydantic import SecretStr

from bot import admin, simulator
from bot.admin.jobs import RULES
from bot.api import views as api
from bot.app import health, home
from bot.app.due_work import HANDLERS
from bot.app.resources import Role, open_resources
from bot.channels.lookups import Lookups
from bot.contacts import views as unsubscribing
from bot.conversations import views as webhooks
from bot.core.clock import Clock, utc_now
from bot.core.ids import new_token
from bot.db.clock import SharedClock
from bot.db.faults import is_contention, is_outage
from bot.db.reader import TookTooLongError
from bot.flows.text_checks import TEXT_CHECKS, TextChecks
from bot.loyalty import views as stopping
from bot.messages.media import views as media_views
from bot.settings import Settings
from bot.users import views as users
from bot.users.openid.service import Identities, identity_providers
from bot.users.service import second_factors, sign_in
from bot.web import appearance, frame, live
from bot.web.access import IDENTIFY, require_stated
from bot.web.appearance import KEEP
from bot.web.aside import ASIDE, Aside
from bot.web.bodies import FREE, RETRY_AFTER, Bodies, encoded
from bot.web.connections import connection_of
from bot.web.keys import BODIES, CLOCK, ENGINE, HUB, LINK_KEYS, LOCAL_TOKEN, READER, SETTINGS, TRAFFIC
from bot.web.local_token import local_token
from bot.web.pages import language

log = structlog.get_logger()


def make_app(settings: Settings, *, clock: Clock = utc_now, token: str = "") -> web.Application:
    """The server for `settings`; its resources open at start-up and drain at clean-up.

    Args:
        settings: what the operator wants.
        clock: gives the time.
        token: opens what stands open on this computer only; empty for one of its own.
    """
    app = web.Application(client_max_size=FREE, middlewares=[_at_the_door])
    app[SETTINGS] = settings
    app[BODIES] = Bodies(settings.body_memory, settings.body_seconds)
    shared: Clock = SharedClock(clock)
    app[CLOCK] = shared
    # Without a key of the operator's, links are good in this process only: enough to try things out.
    app[LINK_KEYS] = settings.secret_key or (SecretStr(new_token()),)
    app[LOCAL_TOKEN] = token or local_token(settings.secret_key)
    app[IDENTIFY] = users.identify
    app[KEEP] = users.keep_appearance
    app[RULES] = {type_: each.recurs for type_, each in HANDLERS.items() if each.recurs is not None}
    app[TEXT_CHECKS] = TextChecks()
    app.cleanup_ctx.append(_resources)
    home.setup(app)
    health.setup(app)
    webhooks.setup(app)
    media_views.setup(app)
    unsubscribing.setup(app)
    stopping.setup(app)
    users.setup(app)
    admin.setup(app)
    simulator.setup(app)
    api.setup(app)
    frame.setup(app)
    appearance.setup(app)
    live.setup(app)
    require_stated(app)
    return app


@web.middleware
async def _at_the_door(request: web.Request, handler: Handler) -> web.StreamResponse:
    """What holds for every request: plain bodies, faults without their inside, an eye on whose turn it is."""
    connection = connection_of(request)
    if connection is not None:
        connection.ours()
    answer: web.StreamResponse
    try:
        answer = encoded(request) or await handler(request)
    except Exception as error:  # noqa: BLE001 - whatever it is, somebody waits for an answer
        answer = await _refused(request, error)
    answer = api.as_problem(request, answer)
    if connection is not None:
        connection.next_request(request, answer)
    return answer


async def _refused(request: web.Request, error: Exception) -> web.StreamResponse:
    """The answer to a request that failed: a page for who looks at pages, a sentence for programs."""
    if isinstance(error, web.HTTPException):
        refused = error
    elif isinstance(error, TookTooLongError):
        message, mend = error.words(language(request))
        refused = web.HTTPServiceUnavailable(text=f"{message}. {mend}\n", headers=RETRY_AFTER)
    elif is_contention(error):
        log.warning("request gave up waiting for a lock", path=_path(request))
        refused = web.HTTPServiceUnavailable(text="somebody else holds this: try again\n", headers=RETRY_AFTER)
    elif is_outage(error):
        log.error("request failed without the database", path=_path(request), error=type(error).__name__)
        refused = web.HTTPServiceUnavailable(text="the database is away: try again\n", headers=RETRY_AFTER)
    else:
        log.error("request failed", path=_path(request), exc_info=error)
        refused = web.HTTPInternalServerError(text="something failed here; the log says where\n")
    # aiohttp would keep the error itself as the answer, and so the frames it came through, and what they hold.
    plain = web.Response(status=refused.status, body=refused.body, headers=refused.headers)
    return await frame.refusal(request, refused) or plain


def _path(request: web.Request) -> str:
    """Of its route: an address of its own may be a secret."""
    resource = request.match_info.route.resource
    return resource.canonical if resource else ""


async def _resources(app: web.Application) -> AsyncIterator[None]:
    providers = identity_providers(app[SETTINGS])
    async with (
        open_resources(app[SETTINGS], Role.SERVER, clock=app[CLOCK]) as resources,
        health.watching(app[SETTINGS]) as (app[health.READINESS], app[health.DEPTH]),
    ):
        app[ENGINE] = resources.engine
        app[READER] = resources.reader
        app[TRAFFIC] = resources.reader.traffic
        app[HUB] = resources.hub
        app[health.BACKGROUND] = resources.background
        app[webhooks.INTAKE] = resources.intake
        app[health.DISKS] = (
            resources.intake.disk,
            resources.outbox.disk,
            resources.fetcher.disk,
            resources.deliverer.disk,
        )
        app[webhooks.ACCOUNTS] = resources.accounts
        app[media_views.STORE] = resources.store
        app[webhooks.LOOKUPS] = lookups = Lookups()
        app[ASIDE] = aside = Aside()
        app[users.FACTORS] = second_factors(app[SETTINGS].secret_key)
        app[users.DOOR] = door = sign_in(resources.engine, app[SETTINGS].secret_key, app[CLOCK])
        identities = Identities(resources.engine, door, app[CLOCK], providers, app[SETTINGS].sign_in_domains)
        app[users.IDENTITIES] = identities
        try:
            yield
        finally:
            await identities.close()
            door.close()
            aside.close()
            await lookups.close()
