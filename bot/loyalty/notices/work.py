"""The jobs of notices: each day at the programme's hour, and at once where what was queued is not true any more."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.job_services import JobServices
from bot.conversations.service import MAX_REQUESTS
from bot.jobs import service as jobs
from bot.loyalty.accounts import queries as accounts
from bot.loyalty.lives import day_of
from bot.loyalty.notices import queries, rules
from bot.loyalty.notices.telling import tell
from bot.loyalty.programmes import queries as programmes
from bot.loyalty.renewing.taking_back import RENEW
from bot.loyalty.values import Programme

NOTICES = "points_notices"
"""The job that tells who is due; its key names the programme and the day."""
_DAY = timedelta(days=1)


async def _plan(context: jobs.Context[object]) -> None:
    """Put each programme's hour of today and of tomorrow to work."""
    due = []
    for each in await programmes.programmes(context.connection):
        today = day_of(context.now, each.zone)
        for day in (today, today + _DAY):
            at = datetime.combine(day, each.asked.notice_at, each.zone).astimezone(UTC)
            due.append(jobs.NewJob(NOTICES, f"{each.id}:{day.isoformat()}", at, {"programme": each.id}))
    await jobs.schedule(context.connection, due)


async def _run(context: jobs.Context[JobServices]) -> jobs.Progress | None:
    """Tell those who are due on one day, `MAX_REQUESTS` at a time."""
    connection, job, now = context.connection, context.job, context.now
    programme = await programmes.programme(connection, job.payload["programme"])
    if programme is None or programme.released_at is None or not programme.asked.is_active:
        return None
    today = day_of(now, programme.zone)
    place = job.checkpoint or {"day": 0, "after": ""}
    days, after = rules.days_to_look_at(today, programme.asked.notice_days), str(place["after"])
    for at in range(int(place["day"]), len(days)):
        stage = rules.stage_of(days[at], today, programme.asked.notice_days)
        due = [] if stage is None else await _due(connection, programme, days[at], rules.kind_of(stage), after)
        after = ""
        if due:
            queued = await _tell(context, programme, due)
            goes_on = {"day": at, "after": due[-1]} if len(due) == MAX_REQUESTS else {"day": at + 1, "after": ""}
            return jobs.Progress(job.done + queued, checkpoint=goes_on)
    await queries.close(connection, programme.id, today, now)
    return jobs.Progress(job.done)


async def _due(connection: AsyncConnection, programme: Programme, day: date, kind: str, after: str) -> list[str]:
    """The next accounts, by id, that are to be told of a day, up to `MAX_REQUESTS`."""
    found = await queries.due(connection, programme.id, day, kind, after, MAX_REQUESTS)
    idle_days = programme.asked.idle_days
    if idle_days is not None:
        found += await queries.due_idle(connection, programme.id, day, idle_days, kind, after, MAX_REQUESTS)
    return sorted(set(found))[:MAX_REQUESTS]


async def _tell(context: jobs.Context[JobServices], programme: Programme, account_ids: Sequence[str]) -> int:
    services = context.services
    definitions = services.catalogue.definitions
    return await tell(context.connection, definitions, services.settings, programme, account_ids, context.now)


async def _renew(context: jobs.Context[JobServices]) -> None:
    """Tell what is true now to those from whom a notice was taken back."""
    connection, ids = context.connection, context.job.payload["accounts"]
    cards = await accounts.by_ids(connection, ids)
    found = await programmes.by_ids(connection, {each.programme_id for each in cards.values()})
    for programme in found.values():
        own = [each.id for each in cards.values() if each.programme_id == programme.id]
        await _tell(context, programme, own)


HANDLERS: Mapping[str, jobs.Handler[JobServices]] = {
    NOTICES: jobs.Handler(_run),
    RENEW: jobs.Handler(_renew),
    "points_notices_plan": jobs.Handler(_plan, recurs=jobs.Daily(time(0, 10), ZoneInfo("UTC"))),
}
"""By type of job."""
