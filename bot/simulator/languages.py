"""Which languages a made-up person may speak, and how a mobile's number begins where each is spoken."""

from collections.abc import Iterable
from typing import NamedTuple

from babel import Locale, UnknownLocaleError
from babel.core import get_global

from bot.core.phones import mobile_start


class Language(NamedTuple):
    """A language to choose.

    Attributes:
        locale: with the region: `pt-BR`.
        label: what it calls itself.
        number: how a number there begins; empty where none is known.
        digits: how many digits, any, follow.
    """

    locale: str
    label: str
    number: str
    digits: int


def languages(spelled: Iterable[str]) -> list[Language]:
    """Those of the locales that are known, each once and with a region, in their order.

    >>> [each.locale for each in languages(["en", "pt-BR", "en-US", "xx"])]
    ['en-US', 'pt-BR']
    """
    found = {made.locale: made for each in spelled if (made := _language(each)) is not None}
    return list(found.values())


def _language(spelled: str) -> Language | None:
    try:
        locale = Locale.parse(spelled, sep="-")
    except (ValueError, UnknownLocaleError):
        return None
    likely = get_global("likely_subtags").get(locale.language, "")
    region = locale.territory or likely.rpartition("_")[2]
    if not region.isalpha():
        return None
    name = locale.get_display_name() or spelled
    return Language(f"{locale.language}-{region}", name[:1].upper() + name[1:], *mobile_start(region))
