"""What becomes of conversations by itself: snoozed ones open, and quiet ones are resolved."""

from collections.abc import Mapping
from datetime import time, timedelta
from zoneinfo import ZoneInfo

from bot.contacts import service as contacts
from bot.conversations.job_services import JobServices
from bot.core.actors import SYSTEM
from bot.core.hints import Topic
from bot.db.hub import hint
from bot.inbox import queries
from bot.inbox.kinds import EndedAs
from bot.inbox.leaving import LEAVE, leave
from bot.inbox.notifying.collecting import NOTIFY
from bot.inbox.notifying.telling import notify
from bot.inbox.own.files import forget_files
from bot.inbox.standing import WAKE, resolve
from bot.jobs import service as jobs

_AT_ONCE = 100
"""Conversations that one slice resolves."""


async def _wake(context: jobs.Context[object]) -> None:
    connection, ids = context.connection, context.job.payload["contacts"]
    due = await queries.due(connection, await contacts.lock(connection, ids), context.now)
    await queries.unsnooze(connection, due, context.now)
    hint(connection, Topic.INBOX, due)


async def _resolve_quiet(context: jobs.Context[JobServices]) -> jobs.Progress | None:
    settings = context.services.settings
    if not settings.inbox_auto_resolve:
        return None
    before = context.now - settings.inbox_auto_resolve
    connection, done = context.connection, context.job.done
    quiet = await queries.quiet(connection, before, _AT_ONCE)
    # Whoever wrote meanwhile is waited for under the lock, and then it is not quiet any more.
    await contacts.lock(connection, quiet)
    still = sorted(set(quiet).intersection(await queries.quiet(connection, before, _AT_ONCE)))
    hours = timedelta(hours=settings.inbox_reopen_hours)
    await resolve(connection, still, SYSTEM, context.now, reopens_for=hours, as_=EndedAs.QUIET)
    return jobs.Progress(done + len(still), checkpoint={} if len(quiet) == _AT_ONCE else None)


async def _forget_files(context: jobs.Context[object]) -> None:
    await forget_files(context.connection, context.now)


HANDLERS: Mapping[str, jobs.Handler[JobServices]] = {
    WAKE: jobs.Handler(_wake),
    LEAVE: jobs.Handler(leave),
    NOTIFY: jobs.Handler(notify),
    "draft_files": jobs.Handler(_forget_files, recurs=jobs.Daily(time(3, 50), ZoneInfo("UTC"))),
    "inbox_auto_resolve": jobs.Handler(_resolve_quiet, recurs=jobs.Daily(time(3, 45), ZoneInfo("UTC"))),
}
"""By type of job."""
