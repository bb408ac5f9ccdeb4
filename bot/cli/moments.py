"""Moments as people type them: a date, or how long ago or ahead."""

from datetime import UTC, datetime, timedelta

from bot.cli.common import _
from bot.core.clock import utc_now
from bot.core.errors import Blame, BotError

_UNITS = {"m": "minutes", "h": "hours", "d": "days"}


def ago(spelled: str) -> datetime:
    """`2026-01-31`, or `12h` or `7d` ago; raises BotError."""
    return _moment(spelled, -1)


def ahead(spelled: str) -> datetime:
    """`2026-01-31`, or `12h` or `7d` from now; raises BotError."""
    return _moment(spelled, 1)


def _moment(spelled: str, direction: int) -> datetime:
    number, unit = spelled[:-1], spelled[-1:]
    try:
        if number.isdecimal() and unit in _UNITS:
            return utc_now() + direction * timedelta(**{_UNITS[unit]: int(number)})
        return datetime.fromisoformat(spelled).astimezone(UTC)
    except (ValueError, OverflowError):
        raise BotError(
            _("{since} is no moment", since=spelled), mend=_("Write 2026-01-31, 12h or 7d."), blame=Blame.USAGE
        ) from None
