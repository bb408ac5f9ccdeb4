"""The daily clean-up."""

from datetime import timedelta

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.core.clock import utc_now
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Jobs, NewJob, schedule
from bot.messages.jobs import HANDLERS
from bot.messages.kept.models import WebhookEvent
from bot.messages.service import RawPost, keep


async def test_raw_events_older_than_thirty_days_are_deleted_once_a_day(engine: AsyncEngine) -> None:
    async with engine.begin() as connection:
        for age in (31, 29):
            received = utc_now() - timedelta(days=age)
            await keep(connection, RawPost("whatsapp", b"{}"), "unknown", detail=None, account=None, now=received)
        await schedule(connection, [NewJob("retention", "today", utc_now() - timedelta(seconds=1))])

    assert await Jobs(engine, "one", HANDLERS, None).run_next()

    async with engine.connect() as connection:
        assert (await connection.execute(select(func.count()).select_from(WebhookEvent))).scalar_one() == 1
        statement = select(ScheduledJob.status).order_by(ScheduledJob.scheduled_at)
        assert list((await connection.execute(statement)).scalars()) == ["done", "pending"]
