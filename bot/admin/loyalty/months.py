"""What is to end in a programme, by month as a chart, and by the days on which people are told."""

from collections.abc import Sequence
from datetime import date, timedelta

from bot.core.text import one_line
from bot.loyalty.service import Ending, Programme
from bot.web.charts import Chart, bars
from bot.web.i18n import Translator
from bot.web.times import Times

_MONTHS = 12
YEAR = 366
"""Days of which is read what ends in them: as many as twelve months have."""


def stages(
    programme: Programme, today: date, ends: Sequence[Ending], times: Times, _: Translator
) -> Sequence[tuple[str, str]]:
    """How many points end on the day of which people are told today, by stage."""
    by_day = dict(ends)

    def told(each: int) -> str:
        return times.number(by_day.get(today + timedelta(days=each), 0))

    return [
        (
            _.plural("Ends in {count} day", "Ends in {count} days", each),
            times.number(by_day.get(today + timedelta(days=each), 0)),
        )
        for each in programme.asked.notice_days
        if each <= YEAR
    ]


def by_month(programme: Programme, today: date, ends: Sequence[Ending], times: Times, _: Translator) -> Chart | None:
    """What ends in this month and the eleven after it; None where nothing does."""
    first = today.replace(day=1)
    months = [_month_after(first, count) for count in range(_MONTHS)]
    sums = dict.fromkeys(months, 0)
    for day, points in ends:
        month = day.replace(day=1)
        if month in sums:
            sums[month] += points
    total, most = sum(sums.values()), max(months, key=sums.__getitem__)
    if not total:
        return None
    sentence = _(
        "{total} points end within twelve months, most of them in {month}",
        total=times.number(total),
        month=times.month(most),
    )
    figures = [(times.short_month(month), float(points), times.number(points)) for month, points in sums.items()]
    return bars(sentence, (_("Month"), one_line(programme.asked.unit)), figures, strong=months.index(most))


def _month_after(first: date, count: int) -> date:
    years, month = divmod(first.month - 1 + count, _MONTHS)
    return date(first.year + years, month + 1, 1)
