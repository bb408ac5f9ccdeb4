"""The nightly clean-up of what was told long ago."""

from collections.abc import Mapping
from datetime import time
from zoneinfo import ZoneInfo

import structlog

from bot.endpoints import queries
from bot.endpoints.rules import KEPT
from bot.jobs import service as jobs

SLICE = 1000
"""Events deleted in one transaction, with their deliveries and attempts."""

log = structlog.get_logger()


async def endpoint_retention(context: jobs.Context[object]) -> jobs.Progress:
    """Delete events that are older than `KEPT`, be they told or not, and endpoints of which nothing is left."""
    before = context.now - KEPT
    deleted = await queries.delete_events(context.connection, before, SLICE)
    done = context.job.done + deleted
    if deleted == SLICE:
        return jobs.Progress(done, checkpoint={})
    endpoints = await queries.delete_endpoints(context.connection, before)
    log.info("endpoint retention", events=done, endpoints=endpoints)
    return jobs.Progress(done)


HANDLERS: Mapping[str, jobs.Handler[object]] = {
    "endpoint_retention": jobs.Handler(endpoint_retention, recurs=jobs.Daily(time(3, 30), ZoneInfo("UTC")))
}
