"""Who may not answer any more keeps no conversations: they are nobody's, and wait to be taken."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.core.actors import Actor
from bot.core.events import UserLimited
from bot.core.ids import new_id
from bot.core.permissions import Permission
from bot.inbox import queries
from bot.inbox.assigning import unassign
from bot.jobs import service as jobs
from bot.listeners.service import Hear
from bot.users import service as users

LEAVE = "inbox_leave"
"""The job that takes conversations from who may not answer any more."""
_AT_ONCE = 100
"""Conversations of one slice."""


async def limited(connection: AsyncConnection, values: Sequence[UserLimited], now: datetime) -> None:
    """Whoever says so holds the user, and must wait for no contact: their conversations are a job's."""
    due = [jobs.NewJob(LEAVE, new_id(), now, {"user": each.user_id, "by": asdict(each.by)}) for each in values]
    await jobs.schedule(connection, due)


async def where_they_have_any(connection: AsyncConnection, values: Sequence[UserLimited]) -> Hear | None:
    """What hears it, where somebody of those has a conversation."""
    for each in values:
        if await queries.open_of(connection, each.user_id, 1):
            return limited
    return None


async def leave(context: jobs.Context[object]) -> jobs.Progress | None:
    """Let nobody have what somebody had; nothing, where they may answer again by now."""
    connection, job, now = context.connection, context.job, context.now
    user_id, by = job.payload["user"], Actor(**job.payload["by"])
    if await users.names_of_able(connection, [user_id], Permission.MESSAGES_SEND):
        return None
    theirs = await queries.open_of(connection, user_id, _AT_ONCE)
    outcomes = await unassign(connection, theirs, by, now, user_id=user_id)
    return jobs.Progress(job.done + len(outcomes.done), checkpoint={} if len(theirs) == _AT_ONCE else None)
