"""When what recurs runs next, through the days on which clocks jump."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jobs.rules import Daily, Occurrence, next_occurrence

LISBON, NEW_YORK, SAO_PAULO = ZoneInfo("Europe/Lisbon"), ZoneInfo("America/New_York"), ZoneInfo("America/Sao_Paulo")
LORD_HOWE, APIA, BEIRUT = ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Pacific/Apia"), ZoneInfo("Asia/Beirut")


def utc(year: int, month: int, day: int, hour: int = 0, minute: int = 0) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("after", "expected"),
    [
        (utc(2030, 5, 1, 2, 59), Occurrence(date(2030, 5, 1), utc(2030, 5, 1, 3))),
        (utc(2030, 5, 1, 3), Occurrence(date(2030, 5, 2), utc(2030, 5, 2, 3))),
    ],
)
def test_the_next_occurrence_is_later_than_the_moment_itself(after: datetime, expected: Occurrence) -> None:
    assert next_occurrence(Daily(time(3), ZoneInfo("UTC")), after) == expected


def test_the_day_is_the_zones_own() -> None:
    rule = Daily(time(22), SAO_PAULO)

    assert next_occurrence(rule, utc(2030, 5, 2, 0, 30)) == Occurrence(date(2030, 5, 1), utc(2030, 5, 2, 1))


@pytest.mark.parametrize(
    ("zone", "at", "after", "expected"),
    [
        pytest.param(LISBON, time(1, 30), utc(2026, 3, 28, 12), utc(2026, 3, 29, 1), id="one hour"),
        pytest.param(NEW_YORK, time(2), utc(2026, 3, 8), utc(2026, 3, 8, 7), id="the hour's first minute"),
        pytest.param(NEW_YORK, time(2, 59, 59), utc(2026, 3, 8), utc(2026, 3, 8, 7), id="its last second"),
        pytest.param(LORD_HOWE, time(2, 10), utc(2026, 10, 3), utc(2026, 10, 3, 15, 30), id="half an hour"),
        pytest.param(SAO_PAULO, time(0, 15), utc(2018, 11, 3, 12), utc(2018, 11, 4, 3), id="at midnight"),
        pytest.param(APIA, time(9), utc(2011, 12, 29, 20), utc(2011, 12, 30, 10), id="a whole day"),
    ],
)
def test_a_time_that_is_skipped_comes_when_the_clocks_jump(
    zone: ZoneInfo, at: time, after: datetime, expected: datetime
) -> None:
    found = next_occurrence(Daily(at, zone), after)

    assert found.moment == expected
    shown = expected.astimezone(zone)
    assert shown.utcoffset() != (expected - timedelta(seconds=1)).astimezone(zone).utcoffset()
    assert (shown.date(), shown.time()) >= (found.day, at)


@pytest.mark.parametrize(
    ("zone", "at", "first", "day_after"),
    [
        pytest.param(LISBON, time(1, 30), utc(2026, 10, 25, 0, 30), utc(2026, 10, 26, 1, 30), id="one hour"),
        pytest.param(LORD_HOWE, time(1, 45), utc(2026, 4, 4, 14, 45), utc(2026, 4, 5, 15, 15), id="half an hour"),
        pytest.param(BEIRUT, time(23, 30), utc(2022, 10, 29, 20, 30), utc(2022, 10, 30, 21, 30), id="before midnight"),
    ],
)
def test_a_time_that_comes_twice_is_taken_once(zone: ZoneInfo, at: time, first: datetime, day_after: datetime) -> None:
    rule = Daily(at, zone)

    assert next_occurrence(rule, first - timedelta(hours=1)).moment == first
    # From between the two, from the second, and from after it.
    for minutes in (0, 15, 30, 60, 90):
        assert next_occurrence(rule, first + timedelta(minutes=minutes)).moment == day_after


@given(
    rule=st.builds(
        Daily,
        st.times().map(lambda at: at.replace(microsecond=0)),
        st.sampled_from([LISBON, NEW_YORK, SAO_PAULO, LORD_HOWE, APIA, BEIRUT, ZoneInfo("UTC")]),
    ),
    start=st.datetimes(datetime(2005, 1, 1), datetime(2030, 1, 1), timezones=st.just(UTC)),  # noqa: DTZ001 - the zone is given beside
)
def test_every_day_comes_once_in_order_and_shows_its_time_where_there_is_one(rule: Daily, start: datetime) -> None:
    found = [next_occurrence(rule, start)]
    for _ in range(100):
        found.append(next_occurrence(rule, found[-1].moment))

    days = [each.day for each in found]
    assert days == [days[0] + timedelta(days=number) for number in range(len(days))]
    for earlier, later in pairwise(found):
        assert earlier.moment < later.moment
    for each in found:
        shown = each.moment.astimezone(rule.zone)
        assert shown.fold == 0
        just_before = (each.moment - timedelta(seconds=1)).astimezone(rule.zone)
        assert (shown.date(), shown.time()) == (each.day, rule.at) or shown.utcoffset() != just_before.utcoffset()
