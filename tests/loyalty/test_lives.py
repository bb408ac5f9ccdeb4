"""How long points live: by the calendar, in the programme's zone."""

from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest

from bot.core.errors import BotError
from bot.loyalty.kinds import Rounding
from bot.loyalty.lives import Life, Period, Unit, day_of, end_of, last_day, least_day, read_period
from tests.support.tables import for_each

SAO_PAULO = ZoneInfo("America/Sao_Paulo")
YEAR = Period(12, Unit.MONTHS)


@for_each(
    ("spelled", "kept"),
    [
        ("12 months", "12 months"),
        ("1 Year", "12 months"),
        (" 365d ", "365 days"),
        ("1 m", "1 month"),
        ("100y", "1200 months"),
    ],
)
def test_a_period_is_read_as_people_write_it_and_kept_in_one_way(spelled: str, kept: str) -> None:
    assert str(read_period(spelled)) == kept
    assert read_period(kept) == read_period(spelled)


@for_each("spelled", ["", "0 days", "-1 days", "1.5 months", "101 years", "99999 days", "12", "١٢ months", "12 weeks"])
def test_what_is_no_period_is_refused_with_the_mend(spelled: str) -> None:
    with pytest.raises(BotError, match="12 months or 365 days"):
        read_period(spelled)


@for_each(
    ("period", "day", "after"),
    [
        (Period(1, Unit.MONTHS), date(2026, 1, 31), date(2026, 2, 28)),
        (Period(1, Unit.MONTHS), date(2028, 1, 31), date(2028, 2, 29)),
        (YEAR, date(2028, 2, 29), date(2029, 2, 28)),
        (Period(11, Unit.MONTHS), date(2026, 12, 31), date(2027, 11, 30)),
        (Period(365, Unit.DAYS), date(2027, 3, 1), date(2028, 2, 29)),
    ],
)
def test_a_month_that_has_no_such_day_gives_its_last_one(period: Period, day: date, after: date) -> None:
    assert period.after(day) == after


@for_each(
    ("life", "last"),
    [
        (Life(None, Rounding.END_OF_YEAR, 30), None),
        (Life(YEAR, Rounding.NONE, 30), date(2027, 2, 10)),
        (Life(YEAR, Rounding.END_OF_MONTH, 30), date(2027, 2, 28)),
        (Life(YEAR, Rounding.END_OF_YEAR, 30), date(2027, 12, 31)),
        (Life(Period(7, Unit.DAYS), Rounding.NONE, 30), date(2026, 3, 12)),
    ],
)
def test_points_count_to_the_day_that_the_programme_says_and_never_less_than_the_least(
    life: Life, last: date | None
) -> None:
    assert last_day(life, date(2026, 2, 10)) == last
    assert least_day(life, date(2026, 2, 10)) == date(2026, 3, 12)


def test_a_day_ends_at_midnight_in_the_programmes_zone_also_where_the_clocks_skip_it() -> None:
    assert end_of(date(2026, 11, 30), SAO_PAULO) == datetime(2026, 12, 1, 3, tzinfo=UTC)
    assert end_of(date(2018, 11, 3), SAO_PAULO) == datetime(2018, 11, 4, 3, tzinfo=UTC)
    assert day_of(datetime(2026, 12, 1, 2, 59, tzinfo=UTC), SAO_PAULO) == date(2026, 11, 30)
    assert day_of(datetime(2026, 12, 1, 3, tzinfo=UTC), SAO_PAULO) == date(2026, 12, 1)
