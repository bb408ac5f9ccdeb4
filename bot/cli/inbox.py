"""`inbox report`: how much was said, and how long people waited for a person."""

import sys
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from bot.admin.inbox.reports.words import duration
from bot.cli.common import _, local_time, print_json, print_line, print_table, read_settings, run_async
from bot.cli.database import opened
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError
from bot.core.sheets import csv_text
from bot.core.spelled import read_timezone
from bot.db.reader import Reader
from bot.inbox.service import (
    MOST_DAYS,
    By,
    Durations,
    Figures,
    Report,
    ReportQuery,
    Span,
    report_json,
    report_rows,
    spelled_group,
)
from bot.inbox.service import report as read_report
from bot.settings import Settings
from bot.users.service import find_user, names_of

_WEEK = 7
_EARLIEST, _LATEST = date(1970, 1, 2), date(9999, 12, 29)


def report(
    *,
    since: str | None,
    until: str | None,
    by: By,
    channel: Channel | None,
    agent: str | None,
    timezone: str,
    as_json: bool,
    as_csv: bool,
) -> None:
    """Tell a report."""
    if as_json and as_csv:
        raise BotError(_("a report is JSON or CSV"), mend=_("Leave one of the two out."), blame=Blame.USAGE)
    span = _span(since, until, ZoneInfo(read_timezone(timezone)))
    query = ReportQuery(span, by, () if channel is None else (channel.value,))
    told, names = run_async(_read(read_settings(), query, agent))
    if as_csv:
        sys.stdout.write(csv_text(report_rows(told, by, names)))
    elif as_json:
        print_json(_as_json(told, query, names))
    else:
        _print(told, by, names)


def _span(since: str | None, until: str | None, zone: ZoneInfo) -> Span:
    """The days; raises BotError for those that cannot be."""
    last = _day(until) if until is not None else utc_now().astimezone(zone).date()
    first = _day(since) if since is not None else last - timedelta(days=_WEEK - 1)
    if first > last:
        raise BotError(
            _("the first day, {first}, comes after the last one, {last}", first=first, last=last),
            mend=_("Choose an earlier --since or a later --until."),
            blame=Blame.USAGE,
        )
    span = Span(first, last, zone)
    if span.days > MOST_DAYS:
        raise BotError(
            _("a report has at most {most} days, and these are {days}", most=MOST_DAYS, days=span.days),
            mend=_("Choose fewer days by --since and --until."),
            blame=Blame.USAGE,
        )
    return span


def _day(spelled: str) -> date:
    try:
        day = date.fromisoformat(spelled)
    except ValueError:
        day = date.min
    if not _EARLIEST <= day <= _LATEST:
        raise BotError(_("{day} is no day", day=spelled), mend=_("Write 2026-01-31."), blame=Blame.USAGE)
    return day


async def _read(settings: Settings, query: ReportQuery, agent: str | None) -> tuple[Report, Mapping[str, str]]:
    """The report, and the names of the people in it."""
    async with opened(settings) as engine:
        reader = Reader(engine, most=1)
        try:
            async with reader.reading() as connection:
                if agent is not None:
                    found = await find_user(connection, agent, deleted=True)
                    query = ReportQuery(query.span, query.by, query.channels, (found.id,))
                told = await read_report(connection, query)
                people = [str(key) for key in told.groups if key is not None] if query.by is By.AGENT else []
                return told, await names_of(connection, people)
        finally:
            await reader.dispose()


def _as_json(told: Report, query: ReportQuery, names: Mapping[str, str]) -> Mapping[str, object]:
    span = query.span
    by = query.by
    groups = [{by.value: spelled_group(by, key, names), **report_json(each)} for key, each in told.groups.items()]
    return {
        "since": span.first.isoformat(),
        "until": span.last.isoformat(),
        "timezone": span.zone.key,
        "waiting": {"count": told.waiting.count, "since": told.waiting.since},
        "all": report_json(told.all),
        "groups": groups,
    }


def _print(told: Report, by: By, names: Mapping[str, str]) -> None:
    """A table for a person, and who waits below it."""
    columns = (
        *(by.value, _("In"), _("Out"), _("Opened"), _("Again")),
        *(_("Answered"), _("Half within"), _("Nine of ten")),
        *(_("Resolved"), _("Half within"), _("Nine of ten"), _("In all")),
    )
    groups = [(spelled_group(by, key, names) or "-", each) for key, each in told.groups.items()]
    print_table(columns, [_row(name, each) for name, each in [*groups, (_("Total"), told.all)]])
    waiting = told.waiting
    if waiting.since is not None and sys.stdout.isatty():
        print_line(
            _.plural(
                "{count} contact waits for a person, since {since}.",
                "{count} contacts wait for a person, the longest since {since}.",
                waiting.count,
                since=local_time(waiting.since),
            )
        )


def _row(name: str, figures: Figures) -> Sequence[str]:
    received = "-" if figures.received is None else str(figures.received)
    counts = (received, *map(str, (figures.sent, figures.opened, figures.reopened)))
    return (name, *counts, *_took(figures.response), *_took(figures.resolution), duration(figures.total.median, _))


def _took(durations: Durations) -> Sequence[str]:
    return (str(durations.count), duration(durations.median, _), duration(durations.most, _))
