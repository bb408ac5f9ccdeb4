"""The list of jobs, and all that is known of one."""

from collections.abc import Mapping

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.jobs.words import STATUSES, TYPES, rule_in_words, standing
from bot.core.text import cut, escaped, one_line, shown_lines
from bot.jobs.service import MAX_ATTEMPTS, Daily, JobStatus, beginning_of, count_jobs, find, listed
from bot.web.frame import render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, READER
from bot.web.lists import Asked, Choice, Filters, counted
from bot.web.pages import language

RULES: web.AppKey[Mapping[str, Daily]] = web.AppKey("rules")
"""When what recurs runs, by type of job. `app` hands it in."""
PATH = "/jobs"
ONE = f"{PATH}/{{id:[0-9A-Za-z-]{{1,64}}}}"
FILTERS = Filters(Choice("type", N_("Kind"), TYPES), Choice("status", N_("State"), STATUSES))
_GLANCE = 100
"""Characters of a key or an error in the list."""
_SHOWN = 4000
"""Characters of what a job works with: one may carry ten thousand messages."""


async def show(request: web.Request) -> web.StreamResponse:
    """What is due, was, and will be; the latest first."""
    _, asked, now = language(request), FILTERS.read(request), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        rows = await listed(
            connection,
            types=asked.all("type"),
            statuses=[JobStatus(each) for each in asked.all("status")],
            limit=asked.limit,
            after=asked.after_moment,
        )
        page = asked.page(rows, lambda job: (job.scheduled_at, job.id))
        count = await page.count(lambda: _count(connection, asked))
    return await render(
        request,
        "admin/jobs.html",
        title=_("Jobs"),
        asked=asked,
        page=page,
        count=counted("{count} job", "{count} jobs", count, _),
        types=TYPES,
        rules=_rules(request),
        standings={job.id: standing(job, now) for job in page.rows},
        keys={job.id: cut(one_line(job.key), _GLANCE) for job in page.rows},
        errors={job.id: cut(one_line(job.error or ""), _GLANCE) for job in page.rows},
    )


async def one(request: web.Request) -> web.StreamResponse:
    """All that is known of one, with the beginning of what it works with."""
    _, now, id_ = language(request), request.app[CLOCK](), request.match_info["id"]
    async with request.app[READER].reading() as connection:
        job = await find(connection, id_)
        if job is None:
            raise web.HTTPNotFound(text="there is no such job\n")
        payload, checkpoint = await beginning_of(connection, id_, _SHOWN + 1)
    return await render(
        request,
        "admin/job.html",
        title=_(TYPES[job.type]) if job.type in TYPES else job.type,
        job=job,
        key=escaped(job.key),
        error=shown_lines(job.error or ""),
        standing=standing(job, now),
        rule=_rules(request).get(job.type, ""),
        most_attempts=MAX_ATTEMPTS,
        held=[
            (label, shown_lines(text[:_SHOWN]), len(text) > _SHOWN)
            for label, text in ((_("What it works with"), payload), (_("Where it goes on"), checkpoint))
            if text not in {"", "null", "{}"}
        ],
    )


async def _count(connection: AsyncConnection, asked: Asked) -> int:
    """How many fit; 0 where counting would look at too many: no index holds the state of those that are done."""
    return 0 if asked.all("status") else await count_jobs(connection, asked.all("type"))


def _rules(request: web.Request) -> Mapping[str, str]:
    """When what recurs runs, in words, by type."""
    _ = language(request)
    return {type_: rule_in_words(rule, _) for type_, rule in request.app[RULES].items()}
