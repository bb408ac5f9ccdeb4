"""What the address of a report asks for: the days, and what is told of them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

from aiohttp import web
from yarl import URL

from bot.conversations.shown.channel_words import CHANNELS
from bot.inbox.service import MOST_DAYS, By, ReportQuery, Span
from bot.web.frame import place_of
from bot.web.i18n import N_, Translator
from bot.web.keys import CLOCK
from bot.web.lists import Asked, Choice, Day, Filters

PATH = "/inbox/reports"
PERIODS: Mapping[str, str] = {
    "1": N_("Today"),
    "7": N_("7 days"),
    "30": N_("30 days"),
    "90": N_("90 days"),
    "365": N_("365 days"),
}
"""Days that end today, by how many they are."""
BYS: Mapping[str, str] = {
    By.DAY: N_("Day"),
    By.WEEK: N_("Week"),
    By.HOUR: N_("Hour of the day"),
    By.WEEKDAY: N_("Day of the week"),
    By.CHANNEL: N_("Channel"),
    By.AGENT: N_("Colleague"),
}
_USUAL = 7
_MOST_AS_DAYS = 92
"""Of more days the weeks are shown, where nobody asks for anything else."""
_EARLIEST = date(1970, 1, 2)


@dataclass(frozen=True, slots=True)
class AskedReport:
    """What somebody asks.

    Attributes:
        query: the same, as it is counted.
        period: one of PERIODS; empty for days that were named.
        typed: what stands in the form, by field.
        wrong: what is amiss with the days, translated; empty for nothing.
    """

    query: ReportQuery
    period: str
    typed: Mapping[str, str]
    wrong: str

    def url(self, path: str = PATH, *, period: str = "") -> str:
        """The same at another path, or of another period."""
        kept = {**self.typed, "days": period, "since": "", "until": ""} if period else self.typed
        return str(URL(path).with_query({name: value for name, value in kept.items() if value}))


def read_asked(request: web.Request, agents: Mapping[str, str], _: Translator) -> AskedReport:
    """What the address asks for; `agents` are those whom one may ask for, by id."""
    asked = Filters(
        Choice("days", N_("Days"), PERIODS),
        Day("since", N_("From day")),
        Day("until", N_("To day")),
        Choice("by", N_("By"), BYS),
        Choice("channel", N_("Channel"), CHANNELS),
        Choice("agent", N_("Colleague"), agents, is_marked=False),
    ).read(request, path=PATH)
    zone = place_of(request)
    today = request.app[CLOCK]().astimezone(zone).date()
    first, last, wrong = _days(asked, today, _)
    named = bool(asked.one("since") or asked.one("until"))
    period = "" if named else asked.one("days") or str(_USUAL)
    span = Span(first, last, zone)
    query = ReportQuery(span, _by(asked, span), asked.all("channel")[:1], asked.all("agent")[:1])
    typed = {name: asked.one(name) for name in ("since", "until", "by", "channel", "agent")}
    return AskedReport(query, period, {"days": period, **typed}, wrong)


def _days(asked: Asked, today: date, _: Translator) -> tuple[date, date, str]:
    """The first and the last day, and what is amiss with those that were named."""
    since, until = asked.one("since"), asked.one("until")
    if not since and not until:
        return today - timedelta(days=int(asked.one("days") or _USUAL) - 1), today, ""
    last = max(min(date.fromisoformat(until) if until else today, today), _EARLIEST)
    first = max(date.fromisoformat(since), _EARLIEST) if since else last - timedelta(days=_USUAL - 1)
    if first > last:
        return (
            last,
            last,
            _("The first day comes after the last one, which is shown alone. Choose an earlier first day."),
        )
    if (last - first).days >= MOST_DAYS:
        first = last - timedelta(days=MOST_DAYS - 1)
        return first, last, _("A report has a year at most: here are the last {days} days of it.", days=MOST_DAYS)
    return first, last, ""


def _by(asked: Asked, span: Span) -> By:
    chosen = asked.one("by")
    if chosen:
        return By(chosen)
    if span.days == 1:
        return By.HOUR
    return By.DAY if span.days <= _MOST_AS_DAYS else By.WEEK
