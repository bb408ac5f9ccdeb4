"""Giving a last day to points that had none, where an administrator asks for it: one full period from that day on."""

from datetime import date, datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.core.actors import Actor
from bot.core.hints import Topic
from bot.core.i18n import N_
from bot.db.hub import hint
from bot.jobs import service as jobs
from bot.loyalty.ending import queries
from bot.loyalty.ledger.queries import lock_accounts
from bot.loyalty.lives import day_of, last_day
from bot.loyalty.programmes.changing import hold_programme
from bot.loyalty.values import AskedError

BACKFILL = "points_backfill"
"""The job that does so; its key names the programme and the day on which somebody asked."""


async def backfill(connection: AsyncConnection, spelled: str, by: Actor, now: datetime) -> date:
    """Let all points of a programme that never end count for one full period more, by a job; gives their last day.

    That is so of those that were given to count for ever, too. What is refunded later, of what was spent by then, still
    never ends. Raises NotThereError, and AskedError for a programme whose points never end.
    """
    programme = await hold_programme(connection, spelled)
    today = day_of(now, programme.zone)
    until = last_day(programme.life, today)
    if until is None:
        message, mend = N_("points of {name} never end"), N_("Say first how long they count.")
        raise AskedError("expires_after", message, mend, name=programme.name)
    job = jobs.NewJob(BACKFILL, f"{programme.id}:{today}", now, {"programme": programme.id, "until": until.isoformat()})
    await jobs.schedule(connection, [job])
    detail = {"until": until.isoformat()}
    await record(connection, by, "programme.backfill", "programme", programme.id, detail, at=now)
    return until


async def give_last_day(connection: AsyncConnection, programme_id: str, until: date, at_once: int) -> tuple[int, bool]:
    """Give a last day to what has none, of `at_once` lots at most; of how many accounts, and whether those were all."""
    found = await queries.forever_accounts(connection, programme_id, at_once)
    accounts = sorted(set(found))
    if accounts:
        await lock_accounts(connection, (), (), accounts)
        await queries.set_last_day(connection, accounts, until)
        hint(connection, Topic.POINTS, accounts)
    return len(accounts), len(found) < at_once
