"""When what recurs runs next: a time on the wall, in a zone whose clocks jump twice a year. Pure."""

from bisect import bisect_left
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Daily:
    """Once every day, at a local time.

    Attributes:
        at: what the clock on the wall shows, in whole seconds and without a zone of its own.
        zone: where that wall is.
    """

    at: time
    zone: ZoneInfo

    def __str__(self) -> str:
        return f"daily at {self.at:%H:%M}"


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One of the times at which something recurs.

    Attributes:
        day: the day that it stands for, in the rule's zone; each has one.
        moment: when, in UTC.
    """

    day: date
    moment: datetime


def next_occurrence(rule: Daily, after: datetime) -> Occurrence:
    """The first occurrence that is later than `after`.

    A local time that the clocks skip is taken at the moment in which they jump; of one that comes twice, the first.

    >>> rule = Daily(time(1, 30), ZoneInfo("Europe/Lisbon"))
    >>> next_occurrence(rule, datetime(2026, 3, 28, 12, tzinfo=UTC)).moment.isoformat()
    '2026-03-29T01:00:00+00:00'
    """
    today = after.astimezone(rule.zone).date()
    upcoming = (_on(rule, today + timedelta(days=ahead)) for ahead in count())
    return next(each for each in upcoming if each.moment > after)


def _on(rule: Daily, day: date) -> Occurrence:
    wall = datetime.combine(day, rule.at, rule.zone)
    moment = wall.astimezone(UTC)
    shown = moment.astimezone(rule.zone)
    # Aware datetimes of one zone are compared by what the wall shows.
    return Occurrence(day, moment if shown == wall else _jump(wall))


def _jump(skipped: datetime) -> datetime:
    """The moment, in UTC, at which the clocks jump over a local time."""
    # As PEP 495 reads a time that is skipped: by the offset from after the jump it lies before it, and the other way.
    before, after = (skipped.replace(fold=fold).astimezone(UTC) for fold in (1, 0))

    def has_jumped(seconds: int) -> bool:
        return (before + timedelta(seconds=seconds)).astimezone(skipped.tzinfo).utcoffset() == offset

    offset = after.astimezone(skipped.tzinfo).utcoffset()
    between = range((after - before) // timedelta(seconds=1))
    return before + timedelta(seconds=bisect_left(between, True, key=has_jumped))
