"""`/audit`: who did what, the newest first; and all of it as CSV."""

from collections.abc import AsyncIterator, Sequence

from aiohttp import hdrs, web

from bot.admin.audit_words import ACTIONS, RESOURCES, told_lines
from bot.audit.service import AuditFilter, AuditLine, all_lines, cells, count_lines, lines, record
from bot.core.sheets import csv_text
from bot.users.views.known import actor_of
from bot.web.days import beginning
from bot.web.frame import place_of, render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, ENGINE, READER
from bot.web.lists import Asked, Choice, Day, Filters, Words, counted
from bot.web.pages import SECURITY_HEADERS, language
from bot.web.sheets import send_sheet

PATH = "/audit"
FILTERS = Filters(
    Words("q", N_("Search who did it, or an id")),
    Day("since", N_("From day")),
    Day("until", N_("To day")),
    Choice("on", N_("On what"), {name: each.label for name, each in RESOURCES.items()}),
    Choice("action", N_("What was done"), ACTIONS),
)


async def show(request: web.Request) -> web.StreamResponse:
    """A page of it."""
    _, asked = language(request), FILTERS.read(request)
    wanted = _wanted(request, asked)
    async with request.app[READER].reading() as connection:
        found = await lines(connection, wanted, asked.limit, asked.after_moment)
        page = asked.page(found, lambda line: (line.created_at, line.id))
        count = await page.count(lambda: count_lines(connection, wanted))
        told = await told_lines(request, connection, page.rows)
    export = asked.url(at=f"{PATH}/export")
    return await render(
        request,
        "admin/audit.html",
        title=_("Audit log"),
        asked=asked,
        page=page,
        count=counted("{count} line", "{count} lines", count, _),
        lines=told,
        export=export,
    )


async def export(request: web.Request) -> web.StreamResponse:
    """All that is asked for as CSV, bit by bit; that it was exported is a line, too."""
    asked, now = FILTERS.read(request), request.app[CLOCK]()
    wanted = _wanted(request, asked)
    told = {name: list(values) for name, values in asked.values.items() if values}
    async with request.app[ENGINE].begin() as connection:
        await record(connection, actor_of(request), "audit.export", "audit", "", told, at=now)
    # Looked up before the answer begins, so that a filter that asks too much is still refused as such.
    pages = all_lines(request.app[READER].reading, wanted)
    first = await anext(pages, ())
    name = f"audit-{now:%Y-%m-%d}.csv"
    headers = {
        **SECURITY_HEADERS,
        hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "no-store",
    }
    return await send_sheet(request, headers, _pieces(first, pages))


async def _pieces(first: Sequence[AuditLine], pages: AsyncIterator[Sequence[AuditLine]]) -> AsyncIterator[str]:
    yield csv_text([AuditLine._fields, *map(cells, first)])
    async for page in pages:
        yield csv_text(map(cells, page))


def _wanted(request: web.Request, asked: Asked) -> AuditFilter:
    """The lines that the filters ask for; a day is one of the reader's zone."""
    zone = place_of(request)
    return AuditFilter(
        actions=asked.all("action"),
        resources=asked.all("on"),
        words=asked.one("q"),
        since=beginning(asked.one("since"), zone),
        until=beginning(asked.one("until"), zone, days_later=1),
    )
