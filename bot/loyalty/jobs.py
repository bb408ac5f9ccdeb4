"""What becomes of points by itself: at each programme's midnight it is posted what has ended.

Days that were missed are caught up with. No balance counts on it: what has ended counts nowhere, posted or not.
"""

from collections.abc import Mapping
from datetime import date, time, timedelta
from zoneinfo import ZoneInfo

from bot.jobs import service as jobs
from bot.loyalty.ending.backfilling import BACKFILL, give_last_day
from bot.loyalty.ending.due import end_due
from bot.loyalty.lives import day_of, end_of
from bot.loyalty.programmes import queries

END = "points_end"
"""The job that posts what has ended in a programme; its key names the programme and the day."""
_AT_ONCE = 200
"""Accounts of one slice."""
_DAY = timedelta(days=1)


async def _plan(context: jobs.Context[object]) -> None:
    """Put the next midnight of each programme to work, and the last one, where that was missed."""
    due = []
    for each in await queries.programmes(context.connection):
        today = day_of(context.now, each.zone)
        for day in (today, today + _DAY):
            midnight = end_of(day - _DAY, each.zone)
            due.append(jobs.NewJob(END, f"{each.id}:{day.isoformat()}", midnight, {"programme": each.id}))
    await jobs.schedule(context.connection, due)


async def _end(context: jobs.Context[object]) -> jobs.Progress | None:
    connection, job = context.connection, context.job
    programme = await queries.programme(connection, job.payload["programme"])
    if programme is None:
        return None
    ended = await end_due(connection, programme, context.now, _AT_ONCE)
    return jobs.Progress(job.done + ended.accounts, checkpoint=None if ended.is_all else {})


async def _backfill(context: jobs.Context[object]) -> jobs.Progress | None:
    payload, until = context.job.payload, date.fromisoformat(context.job.payload["until"])
    accounts, is_all = await give_last_day(context.connection, payload["programme"], until, _AT_ONCE)
    return jobs.Progress(context.job.done + accounts, checkpoint=None if is_all else {})


HANDLERS: Mapping[str, jobs.Handler[object]] = {
    END: jobs.Handler(_end),
    BACKFILL: jobs.Handler(_backfill),
    "points_end_plan": jobs.Handler(_plan, recurs=jobs.Daily(time(0, 5), ZoneInfo("UTC"))),
}
"""By type of job."""
