from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from babel.dates import format_timedelta

from bot.core.spelled import read_timezone
from bot.web.i18n import translator
from bot.web.times import Times, zone, zone_names

NOW = datetime(2026, 11, 30, 2, 30, tzinfo=UTC)
SAO_PAULO = ZoneInfo("America/Sao_Paulo")


def said(locale: str, at: datetime) -> str:
    return Times(translator(locale), SAO_PAULO, NOW).short(at)


@pytest.mark.parametrize(
    ("away", "english", "portuguese"),
    [
        (timedelta(seconds=-59), "just now", "agora"),
        (timedelta(minutes=-59), "59 minutes ago", "há 59 minutos"),
        (timedelta(hours=-23), "23 hours ago", "há 23 horas"),
        (timedelta(hours=3), "in 3 hours", "em 3 horas"),
        (timedelta(days=-3), "Nov 26", "26 de nov."),
        (timedelta(days=40), "Jan 8, 2027", "8 de jan. de 2027"),
    ],
)
def test_near_times_are_told_by_how_far_away_they_are(away: timedelta, english: str, portuguese: str) -> None:
    assert (said("en", NOW + away), said("pt-BR", NOW + away)) == (english, portuguese)


@pytest.mark.parametrize(
    ("away", "english", "portuguese"),
    [
        (timedelta(seconds=-59), "just now", "agora"),
        (timedelta(seconds=-60), "1m", "1 min"),
        (timedelta(hours=-23, minutes=-20), "23h", "23 h"),
        (timedelta(hours=3), "in 3 hours", "em 3 horas"),
        (timedelta(days=-3), "Nov 26", "26 de nov."),
    ],
)
def test_where_there_is_little_room_what_has_passed_has_few_letters(
    away: timedelta, english: str, portuguese: str
) -> None:
    shown = [Times(translator(each), SAO_PAULO, NOW).passed(NOW + away) for each in ("en", "pt-BR")]
    for time, words in zip(shown, (english, portuguese), strict=True):
        assert f'">{words}</span>' in time


def test_each_second_of_a_day_is_told_as_babel_rounds_it() -> None:
    for seconds in (
        *range(60, 86_400, 113),
        89,
        90,
        91,
        3_569,
        3_570,
        3_599,
        3_600,
        5_400,
        9_000,
        84_599,
        84_600,
        86_399,
    ):
        for away in (timedelta(seconds=seconds), -timedelta(seconds=seconds), -timedelta(seconds=seconds - 0.5)):
            if timedelta(seconds=60) <= abs(away):
                told = format_timedelta(away, add_direction=True, threshold=1, locale="en")
                assert said("en", NOW + away) == told, away


def test_what_a_language_says_of_a_time_is_escaped(monkeypatch: pytest.MonkeyPatch) -> None:
    times = Times(translator("en"), SAO_PAULO, NOW)
    monkeypatch.setattr(times, "_say", lambda _text: '<"now">')

    assert '<span data-moment="near">&lt;&#34;now&#34;&gt;</span>' in times.moment(NOW)


def test_a_time_has_all_of_it_in_the_readers_zone() -> None:
    shown = Times(translator("en"), SAO_PAULO, NOW).moment(NOW - timedelta(minutes=5))

    assert 'datetime="2026-11-30T02:25:00+00:00"' in shown
    assert shown.count("November 29, 2026, 23:25 GMT-03:00") == 2
    assert "<time" not in Times(translator("en"), SAO_PAULO, NOW).moment(None)


def test_numbers_are_written_as_the_language_does() -> None:
    times = [Times(translator(locale), SAO_PAULO, NOW) for locale in ("en", "pt-BR")]
    assert [each.number(12345.5) for each in times] == ["12,345.5", "12.345,5"]
    assert [each.size(1_234_567) for each in times] == ["1.2 MB", "1,2 MB"]
    assert times[0].size(999) == "999 B"


@pytest.mark.parametrize("name", ["", None, "../etc/passwd", "Nowhere/Land", "a" * 10_000, "/etc/localtime"])
def test_what_is_no_zone_is_none(name: str | None) -> None:
    assert zone(name) is None
    assert zone("America/Sao_Paulo") == SAO_PAULO


def test_each_zone_that_is_offered_can_be_chosen() -> None:
    names = zone_names()

    assert [read_timezone(each) for each in names] == list(names)
    assert {"America/Sao_Paulo", "Asia/Kolkata", "Europe/Lisbon"} <= set(names)


@pytest.mark.parametrize(
    ("ahead", "english", "portuguese"),
    [
        (timedelta(minutes=15), "23:45", "23:45"),
        (timedelta(hours=10), "Nov 30, 09:30", "30 de nov., 09:30"),
        (timedelta(days=40), "Jan 8, 2027, 23:30", "8 de jan. de 2027, 23:30"),
    ],
)
def test_what_is_due_today_tells_no_day(ahead: timedelta, english: str, portuguese: str) -> None:
    for locale, expected in (("en", english), ("pt-BR", portuguese)):
        assert Times(translator(locale), SAO_PAULO, NOW).due(NOW + ahead) == expected
