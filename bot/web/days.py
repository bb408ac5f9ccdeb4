"""Days as filters name them, as moments of the reader's zone."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo


def beginning(spelled: str, zone: ZoneInfo, *, days_later: int = 0) -> datetime | None:
    """When a day, such as `2026-11-30`, begins in a zone, or another one so many days later; None for none.

    >>> beginning("2026-11-30", ZoneInfo("America/Sao_Paulo")).isoformat()
    '2026-11-30T03:00:00+00:00'
    """
    try:
        day = date.fromisoformat(spelled) + timedelta(days=days_later)
        return datetime(day.year, day.month, day.day, tzinfo=zone).astimezone(UTC)
    except (ValueError, OverflowError):
        return None
