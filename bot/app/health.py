"""`/health/live`, `/health/ready` and `/metrics`."""

import asyncio
import os
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial

import structlog
from aiohttp import web
from prometheus_client import CONTENT_TYPE_LATEST, REGISTRY, CollectorRegistry, generate_latest
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.background import Background
from bot.app.due_work import HANDLERS
from bot.core.clock import Clock
from bot.core.errors import BotError
from bot.db.clock import SharedClock
from bot.db.engine import create_engine, reading
from bot.db.full_disk import FullDisk
from bot.db.migrate import require_current
from bot.endpoints.service import EndpointDepth, endpoint_depths
from bot.inbox.service import WaitingDepth, waiting_depth
from bot.jobs.service import JobDepth, job_depths
from bot.messages import service as messages
from bot.settings import Settings
from bot.web import metrics
from bot.web.access import Open, Routes
from bot.web.cached_answer import CachedAnswer
from bot.web.guard import is_local
from bot.web.keys import CLOCK, SETTINGS
from bot.web.local_token import ASKS_FOR_TOKEN, is_at_this_computer


@dataclass(frozen=True, slots=True)
class Waiting:
    """What waits.

    Attributes:
        messages: to be sent, and to have their turns.
        jobs: due work, by type.
        endpoints: events that are still to be told, by endpoint.
        people: contacts who wait for a person.
    """

    messages: messages.Depth
    jobs: Mapping[str, JobDepth]
    endpoints: Mapping[str, EndpointDepth]
    people: WaitingDepth


READINESS: web.AppKey[CachedAnswer[str]] = web.AppKey("readiness")
DISKS: web.AppKey[tuple[FullDisk, ...]] = web.AppKey("disks")
DEPTH: web.AppKey[CachedAnswer[Waiting | None]] = web.AppKey("depth")
BACKGROUND: web.AppKey[Background] = web.AppKey("background")
_READY_SECONDS = 1.0
_PATIENCE_SECONDS = 5.0

MULTIPROCESS_DIR = "PROMETHEUS_MULTIPROC_DIR"

_CLOSED = (
    "/metrics answers this computer only, and there who shows the token that `run` prints: "
    "/metrics?token=… or Authorization: Bearer …; BOT_METRICS=public opens it to everyone\n"
)

log = structlog.get_logger()


def setup(app: web.Application) -> None:
    """Add the routes."""
    routes = Routes(app)
    health = Open("whoever watches over the server asks, and is told no more than whether it is well")
    routes.get("/health/live", live, health)
    routes.get("/health/ready", ready, health)
    routes.get("/metrics", show_metrics, Open("it asks for the token of this computer, or is public by its setting"))


async def live(request: web.Request) -> web.Response:
    """The process answers, and everything that it does beside its requests goes on: a new process alone mends that."""
    return _unavailable(_why_not_live(request)) or web.json_response({"status": "ok"})


async def ready(request: web.Request) -> web.Response:
    """It is live, the database answers, its schema is new enough, and what came last could be written.

    What the database says is known for a second, a full disk for a minute.
    """
    reason = _why_not_live(request) or await request.app[READINESS].get()
    disks = request.app[DISKS]
    if not reason and any(disks):
        reason = "a disk is full"
    return _unavailable(reason) or web.json_response({"status": "ok", **_clock(request.app[CLOCK])})


def _why_not_live(request: web.Request) -> str:
    """Empty when it is."""
    lost = request.app[BACKGROUND].lost
    return f"background work ended: {', '.join(lost)}" if lost else ""


def _unavailable(reason: str) -> web.Response | None:
    return web.json_response({"status": "unavailable", "reason": reason}, status=503) if reason else None


def _clock(clock: Clock) -> dict[str, str]:
    """What is to be known of the host's clock; nothing where it is right."""
    ahead = clock.ahead.total_seconds() if isinstance(clock, SharedClock) else 0.0
    return {"clock": f"this host's clock is {ahead:+.0f} s off the database's, whose time is taken"} if ahead else {}


@asynccontextmanager
async def watching(settings: Settings) -> AsyncIterator[tuple[CachedAnswer[str], CachedAnswer[Waiting | None]]]:
    """Why the process is not ready, or nothing, and the queues' depths; both over a connection of their own.

    Anyone may ask whether we are ready, as often as they like: no webhook waits for its turn behind them.
    """
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        yield (
            CachedAnswer(partial(_why_not_ready, engine), _READY_SECONDS),
            CachedAnswer(partial(_depth, engine), 0),
        )
    finally:
        await engine.dispose()


async def _why_not_ready(engine: AsyncEngine) -> str:
    """Empty when it is."""
    try:
        async with asyncio.timeout(_PATIENCE_SECONDS):
            await _require_current(engine)
    except BotError as error:
        return str(error)
    except (SQLAlchemyError, OSError) as error:
        # A time-out is one, too.
        log.warning("not ready", error=type(error).__name__)
        return "the database does not answer"
    return ""


async def _require_current(engine: AsyncEngine) -> None:
    try:
        await require_current(engine)
    except DBAPIError as error:
        if not error.connection_invalidated:
            raise
        # A connection that died while it lay idle says nothing of the database.
        await require_current(engine)


async def _depth(engine: AsyncEngine) -> Waiting | None:
    try:
        async with reading(engine) as connection:
            return Waiting(
                await messages.outbox_depth(connection),
                await job_depths(connection),
                await endpoint_depths(connection),
                await waiting_depth(connection),
            )
    except (SQLAlchemyError, OSError) as error:
        log.warning("queue depths unknown", error=type(error).__name__)
        return None


async def show_metrics(request: web.Request) -> web.Response:
    """What was counted, summed over worker processes; queue depths as the database has them now."""
    if request.app[SETTINGS].metrics != "public" and not is_at_this_computer(request):
        raise web.HTTPForbidden(text=_CLOSED, headers=ASKS_FOR_TOKEN if is_local(request) else None)
    waiting = await request.app[DEPTH].get()
    if waiting is not None:
        _show_accounts(waiting.messages.accounts)
        metrics.PENDING.set(waiting.messages.pending)
        metrics.PARKED.set(waiting.messages.parked)
        _show_jobs(waiting.jobs)
        _show_endpoints(waiting.endpoints)
        metrics.WAITING_HUMANS.set(waiting.people.humans)
        metrics.WAITING_OLDEST.set(waiting.people.oldest_seconds)
    clock = request.app[CLOCK]
    if isinstance(clock, SharedClock):
        metrics.CLOCK_AHEAD.set(clock.measured.total_seconds())
    registry: CollectorRegistry = REGISTRY
    if MULTIPROCESS_DIR in os.environ:
        registry = CollectorRegistry()
        MultiProcessCollector(registry)  # type: ignore[no-untyped-call]  # the library leaves its constructor untyped
    return web.Response(body=generate_latest(registry), headers={"Content-Type": CONTENT_TYPE_LATEST})


def _show_accounts(accounts: Mapping[str, messages.AccountDepth]) -> None:
    for account, depth in accounts.items():
        for lane, waiting in depth.lanes.items():
            metrics.OUTBOX_DEPTH.labels(account, lane.value).set(waiting.due)
            metrics.OUTBOX_OLDEST.labels(account, lane.value).set(waiting.oldest_age_seconds)
        metrics.ACCOUNT_PAUSED.labels(account).set(depth.paused)
        metrics.ACCOUNT_SLOWED.labels(account).set(depth.slowed)


def _show_endpoints(endpoints: Mapping[str, EndpointDepth]) -> None:
    for endpoint, depth in endpoints.items():
        metrics.ENDPOINT_DEPTH.labels(endpoint).set(depth.waiting)
        metrics.ENDPOINT_OLDEST.labels(endpoint).set(depth.oldest_age_seconds)
        metrics.ENDPOINT_DISABLED.labels(endpoint).set(depth.given_up)


def _show_jobs(jobs: Mapping[str, JobDepth]) -> None:
    """Those of a type that has none are shown, too: else an alert would go on after its last job."""
    for type_ in {*HANDLERS, *jobs}:
        depth = jobs.get(type_, JobDepth())
        metrics.JOBS_PENDING.labels(type_).set(depth.pending)
        metrics.JOBS_FAILED.labels(type_).set(depth.failed)
        metrics.JOB_OLDEST_DUE.labels(type_).set(depth.oldest_due_seconds)
