"""`jobs list|show|cancel|retry`: due work, how far it is, and what people may do about it."""

import json
from collections.abc import Awaitable, Callable, Collection, Container, Sequence

from sqlalchemy.ext.asyncio import AsyncConnection

from bot.audit.service import record
from bot.cli.caller import caller
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.core.clock import utc_now
from bot.core.errors import BotError
from bot.db.engine import reading
from bot.jobs.service import JobRow, JobStatus, cancel, latest, retry
from bot.settings import Settings


def list_jobs(*, status: JobStatus | None, type_: str | None, limit: int, as_json: bool) -> None:
    """List jobs."""
    found = run_async(_list(read_settings(), status, type_, limit))
    if as_json:
        print_json([each._asdict() for each in found])
    elif found:
        columns = (_("Due"), _("Job"), _("Type"), _("Key"), _("Status"), _("Progress"), _("Error"))
        print_table(columns, [_row(each) for each in found])
    else:
        print_line(_("There are no jobs."))


def show_job(id_: str, *, as_json: bool) -> None:
    """Show one job."""
    job = run_async(_show(read_settings(), id_))
    if as_json:
        print_json(job._asdict())
    else:
        print_table(("", ""), _facts(job))


def cancel_jobs(ids: list[str]) -> None:
    """Cancel jobs."""
    cancelled, left = run_async(_change(read_settings(), ids, cancel, "job.cancel"))
    for each in cancelled:
        print_line(_("{id} is cancelled.", id=each))
    for id_, status in left.items():
        raise _refused(id_, status, _("Only pending jobs can be cancelled."))


def retry_jobs(ids: list[str]) -> None:
    """Run jobs again."""
    begun, left = run_async(_change(read_settings(), ids, retry, "job.retry"))
    for each in begun:
        print_line(_("{id} goes on while `bot.py run` or `bot.py worker` runs.", id=each))
    for id_, status in left.items():
        raise _refused(id_, status, _("Only failed and cancelled jobs can be run again."))


def _refused(id_: str, status: str | None, mend: str) -> BotError:
    if status is None:
        return BotError(_("there is no job {id}", id=id_), mend=_("See `bot.py jobs list`."))
    return BotError(_("job {id} is {status}", id=id_, status=_(status)), mend=mend)


async def _list(settings: Settings, status: JobStatus | None, type_: str | None, limit: int) -> list[JobRow]:
    async with opened(settings) as engine, reading(engine) as connection:
        return await latest(connection, status=status, type_=type_, limit=limit)


async def _show(settings: Settings, id_: str) -> JobRow:
    async with opened(settings) as engine, reading(engine) as connection:
        found = await latest(connection, ids=[id_], limit=1)
    if not found:
        raise _refused(id_, None, "")
    return found[0]


async def _change(
    settings: Settings,
    ids: Sequence[str],
    change: Callable[[AsyncConnection, Collection[str]], Awaitable[Container[str]]],
    action: str,
) -> tuple[list[str], dict[str, str | None]]:
    """Those that were changed, and the status of each that was not; None where there is no such job."""
    async with opened(settings) as engine, engine.begin() as connection:
        changed = await change(connection, ids)
        for each in ids:
            if each in changed:
                await record(connection, caller(), action, "job", each)
        known = {each.id: each.status for each in await latest(connection, ids=ids, limit=len(ids))}
    return [each for each in ids if each in changed], {each: known.get(each) for each in ids if each not in changed}


def _row(job: JobRow) -> tuple[str, ...]:
    return (local_time(job.scheduled_at), job.id, job.type, job.key, _status(job), _progress(job), job.error or "")


def _facts(job: JobRow) -> list[tuple[str, str]]:
    return [
        (_("Job"), job.id),
        (_("Type"), job.type),
        (_("Key"), job.key),
        (_("Status"), _status(job)),
        (_("Progress"), _progress(job)),
        (_("Due"), local_time(job.scheduled_at)),
        (_("Attempts"), str(job.attempts)),
        (_("Error"), job.error or ""),
        (_("Scheduled"), local_time(job.created_at)),
        (_("Changed"), local_time(job.updated_at)),
        (_("Payload"), _spelled(job.payload)),
        (_("Checkpoint"), _spelled(job.checkpoint)),
    ]


def _status(job: JobRow) -> str:
    under_way = job.claimed_until is not None and job.claimed_until > utc_now()
    return _("under way") if under_way else _(job.status)


def _progress(job: JobRow) -> str:
    if job.total is not None:
        return f"{job.done}/{job.total}"
    return str(job.done) if job.done else ""


def _spelled(value: object) -> str:
    return "" if value is None else json.dumps(value, ensure_ascii=False)
