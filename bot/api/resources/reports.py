"""Reports: how much was said, and how long people waited for a person."""

import re
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from types import MappingProxyType
from typing import Annotated, Self
from zoneinfo import ZoneInfo

from pydantic import BeforeValidator, Field

from bot.api.operations import Call, NoBody, Operation, Resource
from bot.api.problems import INVALID_QUERY, Fault, ProblemError, sentence
from bot.api.shapes import Query, Shown, Text
from bot.core.addresses import Channel
from bot.core.errors import BotError
from bot.core.permissions import Permission
from bot.core.spelled import read_timezone
from bot.inbox.kinds import By
from bot.inbox.service import MOST_DAYS, Figures, Key, ReportQuery, Span, report, report_json, spelled_group
from bot.users.service import names_of

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_USUAL = 7
_EARLIEST, _LATEST = date(1970, 1, 2), date(9999, 12, 29)


def _as_day(value: object) -> object:
    if isinstance(value, str) and not _DAY.fullmatch(value):
        raise ValueError("write it as 2026-12-31")
    return value


_Day = Annotated[date, BeforeValidator(_as_day)]


class InboxReportQuery(Query):
    """Of what."""

    since: Annotated[_Day | None, Field(description="The first day; by default six days before the last one.")] = None
    until: Annotated[_Day | None, Field(description="The last day, which counts as well; by default today.")] = None
    by: Annotated[By, Field(description="What the figures are told apart by.")] = By.DAY
    channel: tuple[Channel, ...] = ()
    agent: Annotated[tuple[Text, ...], Field(description="Ids of users: only what these did.")] = ()
    timezone: Annotated[Text, Field(max_length=64, description="Whose days and hours: `America/Sao_Paulo`.")] = "UTC"


class ReportDurations(Shown):
    """How long something took, in whole seconds."""

    count: Annotated[int, Field(description="How often it was.")]
    median: Annotated[int | None, Field(description="Half of them took at most so long.")]
    p90: Annotated[int | None, Field(description="Nine of ten took at most so long.")]


class ReportFigures(Shown):
    """What is counted of all, or of one group."""

    received: Annotated[int | None, Field(description="Messages that came in; null by agent.")]
    sent: Annotated[int, Field(description="Messages that went out; by agent those that they wrote.")]
    opened: Annotated[int, Field(description="Conversations that became people's, but for those opened again.")]
    reopened: int
    response: Annotated[
        ReportDurations, Field(description="From when a contact asked for a person to a person's first words.")
    ]
    resolution: Annotated[ReportDurations, Field(description="Until it was resolved for the first time.")]
    total: Annotated[ReportDurations, Field(description="Until it was resolved for good.")]

    @classmethod
    def of(cls, figures: Figures) -> Self:
        """Figures of ours."""
        return cls.model_validate(report_json(figures))


class ReportGroup(ReportFigures):
    """One group."""

    key: Annotated[
        str | None,
        Field(
            description=(
                "A day, a week's Monday, an hour (`09`), a day of the week (`monday`), a channel, or the id of a user; "
                "null for no channel, and for nobody who was signed in."
            )
        ),
    ]
    name: Annotated[str | None, Field(description="By agent how they are called; else null.")]


class ReportWaiting(Shown):
    """Who waits for a person at this moment, whatever the days."""

    count: int
    since: Annotated[datetime | None, Field(description="Since when the one who waits longest does.")]


class InboxReport(Shown):
    """How much was said, and how long people waited."""

    since: date
    until: date
    timezone: str
    by: By
    waiting: ReportWaiting
    all: ReportFigures
    groups: Annotated[list[ReportGroup], Field(description="In order; hours and days without anything are there.")]


async def tell(call: Call[InboxReportQuery, NoBody]) -> InboxReport:
    """The report."""
    query = call.query
    span = _span(query, call.now)
    told = await report(call.connection, ReportQuery(span, query.by, query.channel, query.agent))
    people = [str(key) for key in told.groups if key is not None] if query.by is By.AGENT else []
    names = await names_of(call.connection, people) if people else {}
    return InboxReport(
        since=span.first,
        until=span.last,
        timezone=span.zone.key,
        by=query.by,
        waiting=ReportWaiting(count=told.waiting.count, since=told.waiting.since),
        all=ReportFigures.of(told.all),
        groups=[_group(query.by, key, figures, names) for key, figures in told.groups.items()],
    )


def _group(by: By, key: Key, figures: Figures, names: Mapping[str, str]) -> ReportGroup:
    is_agent = by is By.AGENT
    spelled = str(key or "") if is_agent else spelled_group(by, key, names)
    name = names.get(spelled) if is_agent else None
    return ReportGroup(key=spelled or None, name=name, **dict(ReportFigures.of(figures)))


def _span(query: InboxReportQuery, now: datetime) -> Span:
    """The days; raises ProblemError for those that cannot be."""
    try:
        zone = ZoneInfo(read_timezone(query.timezone))
    except BotError as error:
        raise _wrong("timezone", sentence(error)) from None
    last = query.until or now.astimezone(zone).date()
    for name, day in (("until", last), ("since", query.since)):
        if day is not None and not _EARLIEST <= day <= _LATEST:
            raise _wrong(name, f"Choose a day from {_EARLIEST} to {_LATEST}.")
    first = query.since or max(last - timedelta(days=_USUAL - 1), _EARLIEST)
    if first > last:
        raise _wrong("since", f"The first day, {first}, comes after the last one, {last}.")
    span = Span(first, last, zone)
    if span.days > MOST_DAYS:
        raise _wrong("since", f"A report has at most {MOST_DAYS} days, and these are {span.days}.")
    return span


def _wrong(parameter: str, said: str) -> ProblemError:
    return ProblemError(INVALID_QUERY, said, faults=[Fault(said, parameter=parameter)])


REPORTS = Resource(
    "reports",
    "How much was said, and how long people waited for a person, as `/inbox/reports` tells it.",
    (
        Operation(
            name="get_inbox_report",
            method="GET",
            path="/reports/inbox",
            scope=Permission.MESSAGES_READ,
            summary="Get a report of the inbox",
            description=f"Of up to {MOST_DAYS} days; times are in whole seconds.",
            handle=tell,
            query=InboxReportQuery,
            result=InboxReport,
            example=MappingProxyType(
                {
                    "query": {
                        "since": "2026-11-01",
                        "until": "2026-11-30",
                        "by": "agent",
                        "timezone": "America/Sao_Paulo",
                    }
                }
            ),
        ),
    ),
)
