"""The daily clean-up of what nobody needs any more."""

from datetime import time, timedelta

import structlog
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.db.clock import database_now
from bot.jobs import service as jobs
from bot.messages import replay_tokens, webhook_events

KEEP_RAW = timedelta(days=30)
"""How long raw webhook events, and jobs that are done, are kept."""

log = structlog.get_logger()


async def retention(connection: AsyncConnection, _job: jobs.Job) -> None:
    """Delete what is older than `KEEP_RAW`, and spent tokens. Messages and contacts stay."""
    now = await database_now(connection)
    before = now - KEEP_RAW
    events = await webhook_events.purge(connection, before)
    done = await jobs.purge(connection, before)
    spent = await replay_tokens.forget(connection, now - replay_tokens.FORGET_AFTER)
    log.info("retention", webhook_events=events, jobs=done, tokens=spent)


HANDLERS = {"retention": jobs.Handler(retention, daily_at=time(3, 0))}
