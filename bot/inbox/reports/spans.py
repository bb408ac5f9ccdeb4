"""Stretches of time as a reader's calendar has them: hours, days and weeks, whatever daylight saving does. Pure."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

_EPOCH = date(1970, 1, 1)
_DAY = timedelta(days=1)
_WEEK_DAYS = 7
_THURSDAY = 3
"""The day of the week of 1970-01-01, where Monday is 0."""


class Offset(NamedTuple):
    """How far a zone's clocks are from UTC for some time.

    Attributes:
        until: the moment from which on they are so no more; None for the last one.
        seconds: by how much they are ahead.
    """

    until: datetime | None
    seconds: int


@dataclass(frozen=True, slots=True)
class Span:
    """Whole days of a zone.

    Attributes:
        first: the first day.
        last: the last one, which counts as well.
        zone: whose days.
    """

    first: date
    last: date
    zone: ZoneInfo

    @property
    def since(self) -> datetime:
        """When the first day begins."""
        return self._midnight(self.first)

    @property
    def until(self) -> datetime:
        """When the last day is over."""
        return self._midnight(self.last + _DAY)

    @property
    def days(self) -> int:
        """How many there are."""
        return (self.last - self.first).days + 1

    @property
    def offsets(self) -> Sequence[Offset]:
        """How the zone's clocks go meanwhile, to the second.

        >>> [each.seconds for each in Span(date(2026, 3, 1), date(2026, 3, 31), ZoneInfo("Europe/Lisbon")).offsets]
        [0, 3600]
        """
        found, at = list[Offset](), self.since
        while at < self.until:
            following = min(at + _DAY, self.until)
            if self._ahead(at) != self._ahead(following):
                change = self._change(at, following)
                found.append(Offset(change, self._ahead(at)))
            at = following
        return [*found, Offset(None, self._ahead(self.until))]

    def _midnight(self, day: date) -> datetime:
        return datetime(day.year, day.month, day.day, tzinfo=self.zone).astimezone(UTC)

    def _ahead(self, at: datetime) -> int:
        offset = at.astimezone(self.zone).utcoffset()
        return 0 if offset is None else int(offset.total_seconds())

    def _change(self, before: datetime, after: datetime) -> datetime:
        """The first second at which the clocks go as they do `after`."""
        ahead = self._ahead(after)
        while after - before > timedelta(seconds=1):
            middle = before + timedelta(seconds=int((after - before).total_seconds()) // 2)
            before, after = (before, middle) if self._ahead(middle) == ahead else (middle, after)
        return after


def day_number(day: date) -> int:
    """Days since 1970, as statements reckon them."""
    return (day - _EPOCH).days


def day_of(number: int) -> date:
    """The day of that number."""
    return _EPOCH + timedelta(days=number)


def week_number(day: date) -> int:
    """Weeks since 1970, which begin on Mondays.

    >>> week_number(date(2026, 11, 29)), week_number(date(2026, 11, 30))
    (2969, 2970)
    """
    return (day_number(day) + _THURSDAY) // _WEEK_DAYS


def monday_of(number: int) -> date:
    """The first day of the week of that number."""
    return day_of(number * _WEEK_DAYS - _THURSDAY)
