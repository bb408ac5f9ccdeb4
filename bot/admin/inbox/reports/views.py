"""The page of reports, and the same as CSV."""

from collections.abc import AsyncIterator, Mapping

from aiohttp import hdrs, web
from sqlalchemy.ext.asyncio import AsyncConnection

from bot.admin.inbox.reports.asked import BYS, PATH, PERIODS, AskedReport, read_asked
from bot.admin.inbox.reports.charted import Drawn, again_said, durations, volume
from bot.admin.inbox.reports.words import DEFINITIONS, NOTHING, days_said, duration, group_name
from bot.conversations.shown.channel_words import CHANNELS
from bot.core.permissions import Permission
from bot.core.sheets import csv_text
from bot.inbox.service import By, Figures, Report, report, report_rows
from bot.users.service import able, names_of
from bot.web.access import Routes
from bot.web.frame import Entry, add_entries, place_of, render
from bot.web.i18n import N_
from bot.web.keys import CLOCK, READER
from bot.web.pages import SECURITY_HEADERS, language
from bot.web.sheets import send_sheet
from bot.web.times import Times

_CSV = f"{PATH}/csv"
_MOST_DRAWN = 5
"""Channels whose names have room beside each other on a phone; of more, and of people, the table alone tells."""


def setup(app: web.Application) -> None:
    """Add the routes, and the entry to the navigation."""
    routes = Routes(app)
    routes.get(PATH, show, Permission.MESSAGES_READ)
    routes.get(_CSV, sheet, Permission.MESSAGES_READ)
    add_entries(app, Entry(PATH, N_("Reports"), "chart-column", Permission.MESSAGES_READ, key="o"))


async def show(request: web.Request) -> web.StreamResponse:
    """What is asked for, as charts and a table."""
    _, now = language(request), request.app[CLOCK]()
    async with request.app[READER].reading() as connection:
        agents = await able(connection, Permission.MESSAGES_SEND)
        asked = read_asked(request, agents, _)
        told, names = await _read(connection, asked)
    query, times = asked.query, Times(_, place_of(request), now)
    groups = [(group_name(query.by, key, names, _, times), each) for key, each in told.groups.items()]
    drawn = Drawn(told, query.by, groups, _(BYS[query.by]))
    is_drawn = query.by is not By.AGENT and (query.by is not By.CHANNEL or len(groups) <= _MOST_DRAWN)
    since = told.waiting.since
    return await render(
        request,
        "admin/inbox/reports.html",
        title=_("Reports"),
        asked=asked,
        periods=[(_(label), asked.url(period=days), days == asked.period) for days, label in PERIODS.items()],
        days=days_said(query.span.first, query.span.last, _, times),
        zone=query.span.zone.key,
        told=told,
        again=again_said(told.all.reopened, _, times),
        waits="" if since is None else duration(max(0, int((now - since).total_seconds())), _),
        groups=groups,
        head=drawn.head,
        is_told=told.all not in (Figures(), Figures(received=None)) or told.waiting.count > 0,
        charts=[*volume(drawn, _, times), *durations(drawn, _, times)] if is_drawn else [],
        duration=lambda seconds: duration(seconds, _),
        nothing=NOTHING,
        bys=BYS,
        channels=CHANNELS,
        agents=agents,
        csv=asked.url(_CSV),
        definitions=DEFINITIONS,
    )


async def sheet(request: web.Request) -> web.StreamResponse:
    """The figures of each group as CSV, times in seconds."""
    async with request.app[READER].reading() as connection:
        asked = read_asked(request, await able(connection, Permission.MESSAGES_SEND), language(request))
        told, names = await _read(connection, asked)
    span, by = asked.query.span, asked.query.by
    name = f"inbox-by-{by.value}-{span.first.isoformat()}-{span.last.isoformat()}.csv"
    headers = {
        **SECURITY_HEADERS,
        hdrs.CONTENT_TYPE: "text/csv; charset=utf-8",
        hdrs.CONTENT_DISPOSITION: f'attachment; filename="{name}"',
        hdrs.CACHE_CONTROL: "no-store",
    }

    async def pieces() -> AsyncIterator[str]:
        yield csv_text(report_rows(told, by, names))

    return await send_sheet(request, headers, pieces())


async def _read(connection: AsyncConnection, asked: AskedReport) -> tuple[Report, Mapping[str, str]]:
    """The report, and the names of the people in it."""
    told = await report(connection, asked.query)
    people = [str(key) for key in told.groups if key is not None] if asked.query.by is By.AGENT else []
    return told, await names_of(connection, people)
