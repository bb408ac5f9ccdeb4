"""`/health/live`, `/health/ready` and `/metrics`."""

import os
from collections.abc import Mapping

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import SQLAlchemyError

from bot.core.errors import BotError
from bot.db.engine import reading
from bot.db.migrate import require_current
from bot.messages import service as messages
from bot.web import metrics
from bot.web.guard import is_local
from bot.web.keys import ENGINE, SETTINGS
from bot.web.local_token import ASKS_FOR_TOKEN, is_at_this_computer

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"

_CLOSED = (
    "/metrics answers this computer only, and there who shows the token that `run` prints: "
    "/metrics?token=… or Authorization: Bearer …; BOT_METRICS=public opens it to everyone\n"
)

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the routes."""
    app.router.add_get("/health/live", live)
    app.router.add_get("/health/ready", ready)
    app.router.add_get("/metrics", show_metrics)


async def live(_request: web.Request) -> web.Response:
    """The process answers."""
    return web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """The database answers, and its schema is not older than the code needs."""
    try:
        await require_current(request.app[ENGINE])
    except BotError as error:
        return web.json_response({"status": "unavailable", "reason": str(error)}, status=503)
    except (SQLAlchemyError, OSError) as error:
        log.warning("not ready", error=type(error).__name__)
        return web.json_response({"status": "unavailable", "reason": "the database does not answer"}, status=503)
    return web.json_response({"status": "ok"})


async def show_metrics(request: web.Request) -> web.Response:
    """What was counted, summed over worker processes; queue depths as the database has them now."""
    if request.app[SETTINGS].metrics != "public" and not is_at_this_computer(request):
        raise web.HTTPForbidden(text=_CLOSED, headers=ASKS_FOR_TOKEN if is_local(request) else None)
    try:
        async with reading(request.app[ENGINE]) as connection:
            depth = await messages.outbox_depth(connection)
    except (SQLAlchemyError, OSError) as error:
        log.warning("queue depths unknown", error=type(error).__name__)
    else:
        _show_accounts(depth.accounts)
        metrics.PENDING.set(depth.pending)
        metrics.PARKED.set(depth.parked)
    registry: CollectorRegistry = REGISTRY
    if MULTIPROCESS_DIR in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves its constructor untyped
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _show_accounts(accounts: Mapping[str, messages.AccountDepth]) -> None:
    for account, depth in accounts.items():
        metrics.OUTBOX_DEPTH.labels(account).set(depth.due)
        metrics.OUTBOX_OLDEST.labels(account).set(depth.oldest_age_seconds)
        metrics.ACCOUNT_PAUSED.labels(account).set(depth.paused)
        metrics.ACCOUNT_SLOWED.labels(account).set(depth.slowed)
