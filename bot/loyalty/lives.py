"""How long points live: their last day, and the moment at which it ends. Pure; days are dates in a programme's zone."""

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.loyalty.kinds import Rounding

_MONTHS = 12
_LONGEST_YEARS = 100
_SPELLED = re.compile(r"([1-9][0-9]{0,4})\s*(day|days|d|month|months|m|year|years|y)", re.ASCII | re.IGNORECASE)


class Unit(StrEnum):
    """In what a period is counted."""

    DAYS = "days"
    MONTHS = "months"

    __hash__ = str.__hash__


@dataclass(frozen=True, slots=True)
class Period:
    """A number of days, or of calendar months."""

    count: int
    unit: Unit

    def __str__(self) -> str:
        """As it is kept, and read again.

        >>> str(Period(12, Unit.MONTHS)), str(Period(1, Unit.DAYS))
        ('12 months', '1 day')
        """
        return f"{self.count} {self.unit.removesuffix('s') if self.count == 1 else self.unit}"

    def after(self, day: date) -> date:
        """The day so long after another one; a month that has no such day gives its last one.

        >>> Period(1, Unit.MONTHS).after(date(2026, 1, 31))
        datetime.date(2026, 2, 28)
        """
        if self.unit is Unit.DAYS:
            return day + timedelta(days=self.count)
        years, month = divmod(day.month - 1 + self.count, _MONTHS)
        year, month = day.year + years, month + 1
        return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


@dataclass(frozen=True, slots=True)
class Life:
    """How long a programme's points count.

    Attributes:
        expires_after: how long; None for ever.
        rounding: to which day the last one is put off.
        least: days that they count at least.
    """

    expires_after: Period | None
    rounding: Rounding
    least: int


def read_period(spelled: str) -> Period:
    """A period as people write it: `12 months`, `365 days`, `1 year`; raises BotError with a mend.

    >>> read_period("1 Year")
    Period(count=12, unit=<Unit.MONTHS: 'months'>)
    """
    found = _SPELLED.fullmatch(spelled.strip())
    if found is not None:
        count, unit = int(found[1]), found[2][0].lower()
        period = (
            Period(count, Unit.DAYS) if unit == "d" else Period(count * (_MONTHS if unit == "y" else 1), Unit.MONTHS)
        )
        if period.count <= _LONGEST_YEARS * (366 if period.unit is Unit.DAYS else _MONTHS):
            return period
    raise BotError(
        N_("{period} is no time that points can count"),
        mend=N_("Write it as 12 months or 365 days, at most {most} years."),
        period=spelled,
        most=_LONGEST_YEARS,
    )


def last_day(life: Life, given_on: date) -> date | None:
    """The last day on which points count that are earned on a day; None where they never end."""
    if life.expires_after is None:
        return None
    return max(_rounded(life.expires_after.after(given_on), life.rounding), least_day(life, given_on))


def least_day(life: Life, given_on: date) -> date:
    """The last day of points that are given back on a day, after their own had ended."""
    return given_on + timedelta(days=life.least)


def day_of(moment: datetime, zone: ZoneInfo) -> date:
    """The day that a moment belongs to."""
    return moment.astimezone(zone).date()


def end_of(day: date, zone: ZoneInfo) -> datetime:
    """The moment, in UTC, at which a day is over; where the clocks skip midnight, that in which they do.

    >>> end_of(date(2018, 11, 3), ZoneInfo("America/Sao_Paulo")).isoformat()
    '2018-11-04T03:00:00+00:00'
    """
    return datetime.combine(day + timedelta(days=1), time(), zone).astimezone(UTC)


def _rounded(day: date, rounding: Rounding) -> date:
    if rounding is Rounding.END_OF_MONTH:
        return day.replace(day=calendar.monthrange(day.year, day.month)[1])
    return day.replace(month=12, day=31) if rounding is Rounding.END_OF_YEAR else day
