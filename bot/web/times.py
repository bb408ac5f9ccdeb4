"""Moments and numbers as people read them: in their zone and language, near ones by how far away they are."""

from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale
from babel.core import get_global
from babel.dates import format_date, format_skeleton, format_time, format_timedelta
from babel.numbers import format_decimal
from markupsafe import Markup, escape

from bot.web.i18n import Translator

_NEAR = timedelta(days=1)
_NOW = timedelta(seconds=60)
_HOUR = 3600
_DAY = 24 * _HOUR
_UNITS = ("B", "kB", "MB", "GB", "TB")
_THOUSAND = 1000


@lru_cache(maxsize=64)
def zone(name: str | None) -> ZoneInfo | None:
    """The time zone of that name; None where there is none. What a browser says is not taken for a path."""
    return ZoneInfo(name) if name and name in _names() else None


@lru_cache(maxsize=1)
def zone_names() -> tuple[str, ...]:
    """The zones that people live in, to choose one of; only those that `bot.core.spelled.read_timezone` knows, too."""
    kept = {*get_global("zone_territories"), *get_global("zone_aliases")}
    return tuple(sorted(each for each in _names() & kept if "/" in each and not each.startswith("Etc/")))


@lru_cache(maxsize=1)
def _names() -> frozenset[str]:
    return frozenset(available_timezones())


# A page says fifty moments, most of them of the same few days and minutes as the page before: Babel takes longer for
# them than all else that the page is made of.
@lru_cache(maxsize=4096)
def _full(minute: datetime, zone: ZoneInfo, locale: Locale) -> str:
    day = format_date(minute.astimezone(zone).date(), "long", locale=locale)
    return f"{day}, {format_time(minute, 'HH:mm ZZZZ', tzinfo=zone, locale=locale)}"


@lru_cache(maxsize=1024)
def _away(seconds: int, locale: Locale) -> str:
    """How far away it is, for something within a day; `seconds` is what `_rounded` gives, so that there are few."""
    return format_timedelta(timedelta(seconds=seconds), add_direction=True, threshold=1, locale=locale)


@lru_cache(maxsize=1024)
def _long(seconds: int, locale: Locale) -> str:
    """So many seconds, likewise, in as few letters as there are for them."""
    return format_timedelta(timedelta(seconds=seconds), threshold=1, format="narrow", locale=locale)


def _rounded(seconds: int) -> int:
    """The seconds of whole minutes or hours that are said of these, and no more than belong to minutes or hours."""
    unit, end = (60, _HOUR) if abs(seconds) < _HOUR else (_HOUR, _DAY)
    rounded = min(round(abs(seconds) / unit) * unit, end - 1)
    return rounded if seconds >= 0 else -rounded


@lru_cache(maxsize=1024)
def _day(day: date, locale: Locale) -> str:
    return format_date(day, "medium", locale=locale)


@lru_cache(maxsize=1024)
def _short_day(day: date, locale: Locale) -> str:
    return format_skeleton("MMMd", day, locale=locale)


@lru_cache(maxsize=256)
def _month(day: date, skeleton: str, locale: Locale) -> str:
    return format_skeleton(skeleton, day, locale=locale)


@lru_cache(maxsize=4096)
def _number(number: float, locale: Locale) -> str:
    return format_decimal(number, locale=locale)


class Times:
    """Says moments and numbers to one reader.

    Attributes:
        zone: where they are.
    """

    def __init__(self, _: Translator, zone: ZoneInfo, now: datetime) -> None:
        self.zone = zone
        self._say = _
        self._locale = Locale.parse(_.locale, sep="-")
        self._now = now

    def moment(self, at: datetime | None) -> Markup:
        """A `<time>`: within a day how far away it is, else its day; all of it on hover and for who cannot see it.

        A dash for no moment.
        """
        if at is None:
            return Markup('<span class="soft">&ndash;</span>')
        return self._marked(at, "near" if self._is_near(at) else "day", self.short(at))

    def passed(self, at: datetime) -> Markup:
        """The same, where there is little room: within a day how long ago it is, in few letters."""
        ago = self._now - at
        if not _NOW <= ago < _NEAR:
            return self._marked(at, "passed" if self._is_near(at) else "day", self.short(at))
        return self._marked(at, "passed", _long(_rounded(int(ago.total_seconds())), self._locale))

    def full(self, at: datetime) -> str:
        """Day and time, with how far the zone is from Greenwich."""
        return _full(at.replace(second=0, microsecond=0), self.zone, self._locale)

    def short(self, at: datetime) -> str:
        """How far away it is within a day; else its day, with the year where that is another one."""
        away = at - self._now
        if abs(away) < _NOW:
            return self._say("just now")
        if self._is_near(at):
            return _away(_rounded(away.days * _DAY + away.seconds), self._locale)
        return self._near_day(at)

    def due(self, at: datetime) -> str:
        """The time of day at which something is due, with its day where that is not today."""
        is_today = at.astimezone(self.zone).date() == self._now.astimezone(self.zone).date()
        return self.clock(at) if is_today else f"{self._near_day(at)}, {self.clock(at)}"

    def day(self, day: date) -> str:
        """A day with its year."""
        return _day(day, self._locale)

    def short_day(self, day: date) -> str:
        """A day of which one knows the year."""
        return _short_day(day, self._locale)

    def month(self, day: date) -> str:
        """The month of a day, with its year."""
        return _month(day, "yMMM", self._locale)

    def short_month(self, day: date) -> str:
        """The month of a day of which one knows the year."""
        return _month(day, "MMM", self._locale)

    def clock(self, at: datetime) -> str:
        """The time of day."""
        return format_time(at, "HH:mm", tzinfo=self.zone, locale=self._locale)

    def number(self, number: float) -> str:
        """A number, its thousands apart."""
        return _number(number, self._locale)

    def size(self, count: int) -> str:
        """So many bytes, in the unit that fits."""
        size, unit = float(count), 0
        while size >= _THOUSAND and unit < len(_UNITS) - 1:
            size, unit = size / _THOUSAND, unit + 1
        return f"{format_decimal(round(size, 1), locale=self._locale)} {_UNITS[unit]}"

    def _near_day(self, at: datetime) -> str:
        """Its day, with the year where that is another one."""
        day, today = at.astimezone(self.zone).date(), self._now.astimezone(self.zone).date()
        return self.day(day) if day.year != today.year else _short_day(day, self._locale)

    def _marked(self, at: datetime, form: str, shown: str) -> Markup:
        iso, full = at.astimezone(UTC).isoformat(timespec="seconds"), escape(self.full(at))
        # Markup's own format takes longer for one moment than all else of its row.
        return Markup(  # noqa: S704 - each part is escaped, or ours
            f'<time datetime="{iso}" title="{full}">'
            f'<span data-moment="{form}">{escape(shown)}</span><span class="unseen"> ({full})</span></time>'
        )

    def _is_near(self, at: datetime) -> bool:
        return abs(at - self._now) < _NEAR
