"""The daily clean-up of what nobody needs any more."""

from collections.abc import Mapping
from datetime import time, timedelta
from zoneinfo import ZoneInfo

import structlog

from bot.jobs import service as jobs
from bot.messages.kept import queries, replay_tokens

KEEP_RAW = timedelta(days=30)
"""How long raw webhook events, and jobs that are done or cancelled, are kept."""

log = structlog.get_logger()


async def retention(context: jobs.Context[object]) -> None:
    """Delete what is older than `KEEP_RAW`, and spent tokens. Messages and contacts stay."""
    connection, before = context.connection, context.now - KEEP_RAW
    events = await queries.purge(connection, before)
    done = await jobs.purge(connection, before)
    spent = await queries.forget_tokens(connection, context.now - replay_tokens.FORGET_AFTER)
    log.info("retention", webhook_events=events, jobs=done, tokens=spent)


HANDLERS: Mapping[str, jobs.Handler[object]] = {
    "retention": jobs.Handler(retention, recurs=jobs.Daily(time(3), ZoneInfo("UTC")))
}
