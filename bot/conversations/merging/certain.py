"""Merging contacts of whom a provider says that they are one person, where that is set; never what was undone."""

from collections.abc import Iterable, Mapping
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.contacts import service as contacts
from bot.conversations.job_services import JobServices
from bot.conversations.merging.merging import merge
from bot.core.actors import SYSTEM
from bot.core.addresses import Address, AddressKind
from bot.core.errors import BotError
from bot.core.messages import InboundMessage
from bot.jobs import service as jobs

_AT_ONCE = 20
"""Pairs that one slice merges."""


async def hear_of_own(
    connection: AsyncConnection, written: Iterable[tuple[str, InboundMessage]], now: datetime
) -> None:
    """Suggest who has a number that somebody shared as their own: the provider vouches for it.

    `written` are messages, each with the id of its contact.
    """
    numbers = {
        contact_id: Address(AddressKind.PHONE, number)
        for contact_id, message in written
        if isinstance(number := message.body.get("own_phone"), str)
    }
    if numbers:
        await contacts.told_own(connection, numbers, now)


async def merge_certain(context: jobs.Context[JobServices]) -> jobs.Progress | None:
    """Merge one pair, or once a day all that are certain: it may have been set meanwhile."""
    if context.services.settings.contacts_auto_merge == "off":
        return None
    connection, job = context.connection, context.job
    after = (job.checkpoint or {"after": ""})["after"]
    found = await contacts.certain_suggestions(connection, job.payload.get("suggestion", ""), after, _AT_ONCE)
    done = job.done
    for each in found:
        done += await _merged(connection, each.kept_id, each.merged_id, context.now)
    following: Mapping[str, Any] | None = {"after": found[-1].id} if len(found) == _AT_ONCE else None
    return jobs.Progress(done, checkpoint=following)


async def _merged(connection: AsyncConnection, kept_id: str, merged_id: str, now: datetime) -> bool:
    """Whether they are one now; they may be, or be somebody else's, since they were read."""
    try:
        await merge(connection, kept_id, merged_id, SYSTEM, now)
    except BotError:
        return False
    return True


HANDLERS: Mapping[str, jobs.Handler[JobServices]] = {
    contacts.MERGE_CERTAIN: jobs.Handler(merge_certain, recurs=jobs.Daily(time(4, 30), ZoneInfo("UTC")))
}
"""The job by type."""
