"""What a report says: its groups, how long things took, and what each figure means."""

from collections.abc import Mapping, Sequence
from datetime import date

from babel import Locale
from babel.dates import get_day_names

from bot.conversations.shown.channel_words import CHANNELS
from bot.core.i18n import N_
from bot.core.text import one_line
from bot.inbox.service import By, Key, day_of, monday_of
from bot.web.i18n import Translator
from bot.web.times import Times

_MINUTE, _HOUR = 60, 3_600
_MINUTES_OF_HOUR, _HOURS_OF_DAY = 60, 24
NOTHING = "–"  # noqa: RUF001 - the dash of a cell without a value, as everywhere on the pages
DEFINITIONS: Sequence[tuple[str, str]] = (
    (
        N_("Messages in and out"),
        N_(
            "What contacts wrote, and what was sent to them, whoever wrote it; what failed or still waits is not "
            "counted. By colleague: what they wrote themselves."
        ),
    ),
    (
        N_("Conversations opened"),
        N_(
            "What became a person's: the bot handed it off, or a colleague took it or wrote. By colleague: who "
            "had it at its end, or has it now."
        ),
    ),
    (
        N_("Opened again"),
        N_(
            "What was resolved and became a person's once more, since the contact wrote soon after or a colleague "
            "opened it. It is not counted as opened."
        ),
    ),
    (
        N_("First answer"),
        N_(
            "From the hand-off, or what the contact wrote first once a person had the conversation, to the first "
            "words of a person that went out. What is opened again counts once more. What the bot says does not "
            "count, nor do conversations in which a person spoke first. It counts when the answer was given, for "
            "who gave it."
        ),
    ),
    (
        N_("First resolution"),
        N_(
            "From when a conversation was opened to when somebody first resolved it. What nobody took up does not "
            "count, nor what was resolved by itself since it was quiet. It counts when it was resolved, for who "
            "did so."
        ),
    ),
    (
        N_("Resolution in all"),
        N_(
            "From when it was first opened to when it was resolved last and not opened again until now, with all "
            "that was in between."
        ),
    ),
    (
        N_("Half, and nine of ten"),
        N_(
            "Half of them took at most so long, and nine of ten. Both are times that one of them really took, so "
            "a single one that took days does not move them."
        ),
    ),
    (N_("Waiting now"), N_("Contacts to whom a person has yet to answer, at this moment, whatever days are shown.")),
)
"""What each figure is, marked for translation."""
_MOST: Mapping[By, str] = {
    By.DAY: N_("the most on {group}"),
    By.WEEK: N_("the most in the week of {group}"),
    By.HOUR: N_("the most from {group}"),
    By.WEEKDAY: N_("the most on {group}"),
    By.CHANNEL: N_("the most by {group}"),
    By.AGENT: N_("the most by {group}"),
}


def duration(seconds: int | None, _: Translator) -> str:
    """So many seconds in the two units that tell most of it; a dash for None."""
    if seconds is None:
        return NOTHING
    if seconds < _MINUTE:
        return _("{seconds} s", seconds=seconds)
    minutes = round(seconds / _MINUTE)
    if minutes < _MINUTES_OF_HOUR:
        return _("{minutes} min", minutes=minutes)
    hours, minutes = divmod(minutes, _MINUTES_OF_HOUR)
    if hours < _HOURS_OF_DAY:
        return _("{hours} h {minutes} min", hours=hours, minutes=minutes) if minutes else _("{hours} h", hours=hours)
    days, hours = divmod(round(seconds / _HOUR), _HOURS_OF_DAY)
    return _("{days} d {hours} h", days=days, hours=hours) if hours else _("{days} d", days=days)


def group_name(by: By, key: Key, names: Mapping[str, str], _: Translator, times: Times) -> str:
    """How a group is called; `names` are those of users, by id."""
    if by in (By.DAY, By.WEEK):
        number = int(key or 0)
        return times.short_day(day_of(number) if by is By.DAY else monday_of(number))
    if by is By.HOUR:
        return f"{int(key or 0):02}:00"
    if by is By.WEEKDAY:
        return str(get_day_names("wide", locale=Locale.parse(_.locale, sep="-"))[int(key or 0)])
    if by is By.CHANNEL:
        return _(CHANNELS[key]) if isinstance(key, str) and key in CHANNELS else _("No channel yet")
    return one_line(names.get(str(key), "")) or _("Nobody who is signed in")


def most_of(by: By, group: str, _: Translator) -> str:
    """Where most of something was."""
    return _(_MOST[by], group=group)


def days_said(first: date, last: date, _: Translator, times: Times) -> str:
    """Which days are shown."""
    if first == last:
        return times.day(first)
    return _("{first} to {last}", first=times.day(first), last=times.day(last))
