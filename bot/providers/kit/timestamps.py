"""Moments as providers spell them."""

from datetime import UTC, datetime


def moment(spelled: str) -> datetime | None:
    """An ISO 8601 date and time in UTC, where it names no other zone; None when it is none.

    >>> moment("2026-10-09 08:53:20")
    datetime.datetime(2026, 10, 9, 8, 53, 20, tzinfo=datetime.timezone.utc)
    """
    try:
        found = datetime.fromisoformat(spelled)
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
