"""What people do about jobs: cancel them, run them again; each with its line in the audit."""

from collections.abc import Awaitable, Callable, Collection

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.answers import chosen, done
from bot.admin.jobs.pages import FILTERS, PATH
from bot.audit.service import record
from bot.jobs.service import cancel, find, retry
from bot.users.views.known import actor_of
from bot.web.keys import CLOCK, ENGINE
from bot.web.pages import language

Change = Callable[[AsyncConnection, Collection[str]], Awaitable[Collection[str]]]


async def stop(request: web.Request) -> web.StreamResponse:
    """Cancel what is pending."""
    changed, left = await _changed(request, cancel, "job.cancel")
    _ = language(request)
    said = _.plural("{count} job is cancelled", "{count} jobs are cancelled", changed)
    return _answer(request, said, left, _("only pending jobs can be cancelled"))


async def run_again(request: web.Request) -> web.StreamResponse:
    """Let what failed or was cancelled go on from where it was."""
    changed, left = await _changed(request, retry, "job.retry")
    _ = language(request)
    said = _.plural("{count} job goes on", "{count} jobs go on", changed)
    return _answer(request, said, left, _("only failed and cancelled jobs can be run again"))


async def _changed(request: web.Request, change: Change, action: str) -> tuple[int, int]:
    """How many of those that are chosen were changed, and how many were left, since they stand otherwise by now."""
    id_ = request.match_info.get("id")
    ids = chosen(request) if id_ is None else [id_]
    async with request.app[ENGINE].begin() as connection:
        if id_ is not None and await find(connection, id_) is None:
            raise web.HTTPNotFound(text="there is no such job\n")
        changed = await change(connection, ids)
        for each in sorted(changed):
            await record(connection, actor_of(request), action, "job", each, at=request.app[CLOCK]())
    return len(changed), len(set(ids)) - len(changed)


def _answer(request: web.Request, said: str, left: int, why: str) -> web.Response:
    if left:
        _ = language(request)
        kept = _.plural("{count} is left as it was", "{count} are left as they were", left)
        said = f"{said}; {kept}: {why}"
    id_ = request.match_info.get("id")
    return done(request, FILTERS.read(request).url(at=PATH) if id_ is None else f"{PATH}/{id_}", said)
