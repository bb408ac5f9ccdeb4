"""Gathering the words of what was there before there was search: a job in slices, the newest first."""

from collections.abc import Mapping
from typing import Any

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.jobs import service as jobs
from bot.search import queries
from bot.search.gathering import gather_contacts, gather_messages
from bot.search.models import ContactWords, MessageWords

BUILD = "search_build"
SLICE = 500


async def build(context: jobs.Context[object]) -> jobs.Progress | None:
    """Gather the contacts, then the messages; the checkpoint says what was gathered last."""
    connection, job = context.connection, context.job
    checkpoint = job.checkpoint or {"what": "contacts", "before": ""}
    total = job.total if job.checkpoint else await queries.count(connection)
    gathers = _contacts if checkpoint["what"] == "contacts" else _messages
    done, before = await gathers(connection, checkpoint["before"])
    after = {"what": checkpoint["what"], "before": before}
    if done < SLICE:
        if checkpoint["what"] == "messages":
            await queries.analyze(connection)
            return None
        after = {"what": "messages", "before": ""}
    return jobs.Progress(job.done + done, total, after)


async def _contacts(connection: AsyncConnection, before: str) -> tuple[int, str]:
    rows = await queries.older_contacts(connection, before, SLICE)
    missing = [row.id for row in rows if not row.known]
    first = await queries.lowest(connection, ContactWords) - 1
    if missing:
        await gather_contacts(connection, missing, first=first, step=-1)
    return len(rows), rows[-1].id if rows else before


async def _messages(connection: AsyncConnection, before: str) -> tuple[int, str]:
    rows = await queries.older_messages(connection, before, SLICE)
    first = await queries.lowest(connection, MessageWords) - 1
    await gather_messages(connection, [(row.id, row.content) for row in rows if not row.known], first=first, step=-1)
    return len(rows), rows[-1].id if rows else before


HANDLERS: Mapping[str, jobs.Handler[Any]] = {BUILD: jobs.Handler(build)}
