"""What a programme may be. Pure: what is asked for gives what can be kept, or a refusal with its mend."""

import re
from dataclasses import replace
from typing import Any

from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.core.spelled import read_timezone
from bot.core.text import clean
from bot.loyalty.values import AskedError, AskedProgramme

_LONGEST_NAME, _LONGEST_UNIT, _LONGEST_TEMPLATE = 64, 32, 129
_MOST_STAGES = 10
_MOST_DAYS = 3650
_MOST_POINTS = 2**63 - 1
_STAGE = re.compile(r"default|[1-9][0-9]{0,3}", re.ASCII)


def kept(asked: AskedProgramme) -> AskedProgramme:
    """The programme as it is kept; raises AskedError for the first thing that cannot be."""
    days = tuple(sorted(set(asked.notice_days), reverse=True))
    if len(days) > _MOST_STAGES or any(not 1 <= each <= _MOST_DAYS for each in days):
        message = N_("people are told at most {most} times, 1 to {days} days before their points end")
        raise AskedError("notice_days", message, most=_MOST_STAGES, days=_MOST_DAYS)
    _require("least_life", asked.least_life, 0, _MOST_DAYS)
    _require("daily_limit", asked.daily_limit, 0, _MOST_POINTS)
    if asked.idle_days is not None:
        _require("idle_days", asked.idle_days, 1, _MOST_DAYS)
    return replace(
        asked,
        name=_words("name", asked.name, _LONGEST_NAME),
        unit=_words("unit", asked.unit, _LONGEST_UNIT),
        timezone=_timezone(asked.timezone),
        notice_days=days,
        channels=tuple(dict.fromkeys(asked.channels)),
        templates=_templates(asked.templates),
        notice_at=asked.notice_at.replace(second=0, microsecond=0, tzinfo=None),
    )


def told(asked: AskedProgramme) -> dict[str, Any]:
    """The rules of a programme as JSON has them."""
    return {
        "name": asked.name,
        "unit": asked.unit,
        "timezone": asked.timezone,
        "expires_after": None if asked.expires_after is None else str(asked.expires_after),
        "rounding": asked.rounding.value,
        "least_life": asked.least_life,
        "notice_days": list(asked.notice_days),
        "notice_at": f"{asked.notice_at:%H:%M}",
        "channels": [each.value for each in asked.channels],
        "templates": dict(asked.templates),
        "daily_limit": asked.daily_limit,
        "on_return": asked.on_return.value,
        "idle_days": asked.idle_days,
        "is_active": asked.is_active,
    }


def name_key(name: str) -> str:
    """The same however a name is spelled."""
    return " ".join(name.split()).casefold()


def _words(field: str, text: str, most: int) -> str:
    """The text as it can be kept; nothing is cut unsaid."""
    words = " ".join(text.split())
    if len(words) > most:
        raise AskedError(field, N_("this is too long"), N_("Write at most {most} characters."), most=most)
    if not any(map(str.isprintable, words)):
        raise AskedError(field, N_("this cannot be empty"), N_("Write how it is called."))
    return clean(words, most)[0]


def _timezone(spelled: str) -> str:
    try:
        return read_timezone(spelled)
    except BotError as error:
        message, mend = error.templates
        raise AskedError("timezone", message, mend, **error.values) from None


def _templates(asked: tuple[tuple[str, str], ...]) -> tuple[tuple[str, str], ...]:
    found = dict(asked)
    for stage, template in found.items():
        bundle, _, name = template.partition("/")
        if not _STAGE.fullmatch(stage) or not bundle or not name or len(template) > _LONGEST_TEMPLATE:
            message = N_("{template} is no template of a notice")
            mend = N_("Write it as bundle/template, for a number of days or for default.")
            raise AskedError("templates", message, mend, template=f"{stage}={template}")
    return tuple(sorted(found.items()))


def _require(field: str, number: int, least: int, most: int) -> None:
    if not least <= number <= most:
        message, mend = N_("{number} cannot be"), N_("Write a whole number from {least} to {most}.")
        raise AskedError(field, message, mend, number=number, least=least, most=most)
