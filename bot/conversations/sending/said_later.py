"""What a person scheduled has gone out: from then on the contact answers them, and the bot is silent."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.conversations.job_services import JobServices
from bot.conversations.sending import queries
from bot.conversations.sending.taking import take_over_by_words
from bot.core.messages import Status
from bot.jobs.service import Context, Handler, NewJob, Progress, schedule

TYPE = "said_later"
_LOOKED_AGAIN = timedelta(seconds=30)
_A_MOMENT = timedelta(seconds=2)


async def take_over_then(
    connection: AsyncConnection, message_id: str, contact_id: str, user_id: str, at: datetime
) -> None:
    """Let the bot be silent towards the contact once that message, which goes at `at`, has gone out."""
    payload = {"message": message_id, "contact": contact_id, "user": user_id, "at": at.isoformat()}
    await schedule(connection, [NewJob(TYPE, f"{message_id}:{at.isoformat()}", at + _A_MOMENT, payload)])


async def _run(context: Context[JobServices]) -> Progress:
    payload, connection = context.job.payload, context.connection
    parts = await queries.parts_of_message(connection, payload["message"])
    planned = [each for each in parts if each.scheduled_at == datetime.fromisoformat(payload["at"])]
    if any(each.status == Status.QUEUED for each in planned):
        return Progress(done=0, total=1, checkpoint={}, pause=_LOOKED_AGAIN)
    if any(each.status != Status.FAILED for each in planned):
        # It may be another contact's by now, who was merged or is there again.
        catalogue, contact_id = context.services.catalogue, planned[0].contact_id
        await take_over_by_words(connection, catalogue, contact_id, payload["user"], context.now)
    return Progress(done=1, total=1)


HANDLERS: Mapping[str, Handler[JobServices]] = {TYPE: Handler(_run)}
