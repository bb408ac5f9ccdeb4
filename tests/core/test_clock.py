from datetime import UTC, datetime

from bot.core.clock import utc_now


def test_now_is_aware_and_in_utc() -> None:
    before = datetime.now(UTC)  # noqa: TID251 - compared with the clock itself
    assert utc_now().tzinfo is UTC
    assert utc_now() >= before
