"""The nightly clean-up of what lets nobody in any more."""

from collections.abc import Mapping
from datetime import time
from zoneinfo import ZoneInfo

import structlog

from bot.jobs import service as jobs
from bot.users.held import queries as held
from bot.users.held.sessions import IDLE
from bot.users.signing import queries as signing
from bot.users.signing.throttle import WINDOW

log = structlog.get_logger()


async def sign_in_retention(context: jobs.Context[object]) -> None:
    """Delete sessions and links that are over, and failures to sign in that count no more."""
    connection, now = context.connection, context.now
    sessions = await held.purge_sessions(connection, now, now - IDLE)
    links, requests, failures = await signing.purge(connection, now, now - WINDOW)
    log.info("sign-in retention", sessions=sessions, links=links, openid_requests=requests, failures=failures)


HANDLERS: Mapping[str, jobs.Handler[object]] = {
    "sign_in_retention": jobs.Handler(sign_in_retention, recurs=jobs.Daily(time(3, 15), ZoneInfo("UTC")))
}
