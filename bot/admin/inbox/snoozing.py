"""Moments as people say them, in their zone: until when a conversation is put off, when something goes."""

from collections.abc import Mapping
from datetime import MAXYEAR, MINYEAR, UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo

from bot.admin.inbox.words import REFUSALS
from bot.core.i18n import N_
from bot.inbox.service import Code

_MORNING = time(9)
_MONDAY = 0
_WEEK = 7
WHEN: Mapping[str, str] = {
    "hour": N_("In an hour"),
    "later": N_("In three hours"),
    "tomorrow": N_("Tomorrow at 9:00"),
    "monday": N_("Next Monday at 9:00"),
}
"""What can be chosen."""
_MOST_LATER = timedelta(days=366)
"""How far away a moment may be: one farther off is a year mistyped, and what waits for it is never seen again."""
_TOO_FAR = N_("Choose a moment within a year.")


def asked_moment(chosen: str, at: datetime | None, zone: ZoneInfo, now: datetime) -> datetime | None:
    """The moment that is meant by one of `WHEN`, or else by a time of the zone; None where there is neither."""
    if chosen in WHEN:
        return moment_of(chosen, zone, now)
    if at is None:
        return None
    # At the ends of the calendar other zones have no such moment.
    kept = at.replace(year=min(max(at.year, MINYEAR + 1), MAXYEAR - 1))
    return (kept if kept.tzinfo else kept.replace(tzinfo=zone)).astimezone(UTC)


def why_not(at: datetime, now: datetime) -> str:
    """The sentence why nothing is put off until then; empty where it can be."""
    if at <= now:
        return REFUSALS[Code.PAST]
    return _TOO_FAR if at > now + _MOST_LATER else ""


def moment_of(chosen: str, zone: ZoneInfo, now: datetime) -> datetime:
    """The moment that one of `WHEN` means.

    >>> moment_of("monday", ZoneInfo("America/Sao_Paulo"), datetime(2026, 11, 30, 15, tzinfo=UTC)).isoformat()
    '2026-12-07T12:00:00+00:00'
    """
    if chosen in ("hour", "later"):
        return now + timedelta(hours=1 if chosen == "hour" else 3)
    today = now.astimezone(zone).date()
    days = 1 if chosen == "tomorrow" else (_MONDAY - today.weekday() - 1) % _WEEK + 1
    return datetime.combine(today + timedelta(days=days), _MORNING, zone).astimezone(UTC)
