"""How long an endpoint is left alone."""

from datetime import UTC, datetime, timedelta

from bot.endpoints.rules import WAITS, asked_wait, wait_after

NOW = datetime(2026, 11, 30, 12, tzinfo=UTC)


def test_a_wait_is_read_as_seconds_or_as_a_date_and_anything_else_is_none() -> None:
    for header, seconds in {
        "0": 0,
        "120": 120,
        " 120 ": 120,
        "9" * 5000: 7 * 3600,
        "Mon, 30 Nov 2026 12:02:00 GMT": 120,
        "Mon, 30 Nov 2026 12:02:00 -0000": 120,
        "Mon, 30 Nov 2026 11:00:00 GMT": 0,
        "Mon, 30 Nov 2099 11:00:00 GMT": 7 * 3600,
    }.items():
        assert asked_wait(header, NOW) == timedelta(seconds=seconds), header[:40]
    for header in ("", "soon", "-5", "1.5", "²", "Mon, 99 Nov 2026 12:02:00 GMT", "30 Nov 2026 12:00:00 +9999999"):
        assert asked_wait(header, NOW) is None, header


def test_it_is_waited_for_as_long_as_usual_or_as_is_asked_whichever_is_longer() -> None:
    hour = timedelta(hours=1)
    assert [wait_after(tries, 0.0, hour) for tries in (1, 4, 5)] == [hour, hour, WAITS[4]]
    assert wait_after(1, 0.5, hour) == hour * 1.1
    assert [wait_after(1, 0.0, each) for each in (None, timedelta())] == [WAITS[0]] * 2
    assert wait_after(len(WAITS) + 1, 0.0, hour) is None
