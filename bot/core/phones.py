"""What a phone number tells without asking anybody: how else it is spelled, and where its owner probably is."""

import re
from typing import NamedTuple

import phonenumbers
from babel.core import get_global
from phonenumbers.timezone import UNKNOWN_TIMEZONE, time_zones_for_geographical_number

from bot.core.regions import languages_of

_MOBILES = {
    # Brazil gave its mobiles a ninth digit, a 9; accounts that are older than it kept eight. What begins with 2 to 5
    # is no mobile.
    "+55": ("9", r"\+55[1-9][1-9]", r"[6-9][0-9]{7}"),
    # Mexico wanted a 1 before mobiles.
    "+52": ("1", r"\+52", r"[2-9][0-9]{9}"),
    # Argentina wants a 9 before mobiles, from abroad alone.
    "+54": ("9", r"\+54", r"[1-3][0-9]{9}"),
}
"""By the country's code: the digit that one spelling of a mobile's number has and the other has not, and what comes
before and after it."""
_SPELLINGS = {
    code: ((re.compile(f"({before}){digit}({after})"), ""), (re.compile(f"({before})({after})"), digit))
    for code, (digit, before, after) in _MOBILES.items()
}
"""By the country's code: each spelling, and what it has in its middle in the other one."""
_CODE_LENGTH = len("+55")
_ANY_DIGITS = 7

_MAIN_TIMEZONES = {
    "AU": "Australia/Sydney",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto",
    "EC": "America/Guayaquil",
    "ES": "Europe/Madrid",
    "GB": "Europe/London",
    "ID": "Asia/Jakarta",
    "MX": "America/Mexico_City",
    "NZ": "Pacific/Auckland",
    "PT": "Europe/Lisbon",
    "RU": "Europe/Moscow",
    "US": "America/New_York",
}
"""Where most people of a region with several time zones live."""


class Whereabouts(NamedTuple):
    """Where somebody probably is, by their number.

    Attributes:
        locale: the official language that most people write there, with the region: `pt-BR`; empty when not known.
        timezone: by the tz database's name; empty when not known.
    """

    locale: str
    timezone: str


def alias(number: str) -> str:
    """The other spelling by which providers name the same person, or empty where there is none.

    The two are one mobile in Brazil (with and without its ninth digit), Mexico (with and without 1 after the country's
    code) and Argentina (with and without 9 there). Which of them a provider uses depends on the age of the account, so
    that one provider's person may be known to another by the other spelling.

    >>> alias("+5511987654321"), alias("+551187654321"), alias("+551132654321")
    ('+551187654321', '+5511987654321', '')
    """
    for spelling, digit in _SPELLINGS.get(number[:_CODE_LENGTH], ()):
        found = spelling.fullmatch(number)
        if found is not None:
            return f"{found[1]}{digit}{found[2]}"
    return ""


def whereabouts(number: str) -> Whereabouts:
    """Where the owner of `number`, `+` and digits, probably is; nothing is known of what is no phone number.

    >>> whereabouts("+5511987654321")
    Whereabouts(locale='pt-BR', timezone='America/Sao_Paulo')
    """
    try:
        parsed = _parsed(number)
    except phonenumbers.NumberParseException:
        return Whereabouts("", "")
    # A number that is not in use tells its country all the same.
    region = phonenumbers.region_code_for_number(parsed) or phonenumbers.region_code_for_country_code(
        parsed.country_code or 0
    )
    return Whereabouts(locale_of(region), _timezone(parsed, region))


def mobile_start(region: str) -> tuple[str, int]:
    """How a mobile's number in a region (two letters) begins, and how many digits, any, follow; empty where unknown.

    >>> mobile_start("BR"), mobile_start("ZZ")
    (('+551196', 7), ('', 0))
    """
    example = phonenumbers.example_number_for_type(region, phonenumbers.PhoneNumberType.MOBILE)
    if example is None:
        return "", 0
    digits = min(_ANY_DIGITS, len(str(example.national_number)) - 2)
    return phonenumbers.format_number(example, phonenumbers.PhoneNumberFormat.E164)[:-digits], digits


def locale_of(region: str) -> str:
    """The language that most people write in a region (two letters), with the region; empty when not known.

    >>> locale_of("MX"), locale_of("ZZ")
    ('es-MX', '')
    """
    if region not in phonenumbers.SUPPORTED_REGIONS:
        return ""
    return f"{languages_of(region)[0]}-{region}"


def _parsed(number: str) -> phonenumbers.PhoneNumber:
    """The number in the spelling that its country uses today."""
    parsed = phonenumbers.parse(number)
    other = alias(number)
    if other and not phonenumbers.is_valid_number(parsed):
        return phonenumbers.parse(other)
    return parsed


def _timezone(number: phonenumbers.PhoneNumber, region: str) -> str:
    zones = time_zones_for_geographical_number(number)
    if len(zones) > 1 and _MAIN_TIMEZONES.get(region) in zones:
        return _MAIN_TIMEZONES[region]
    # The prefixes have names that the tz database keeps for old times' sake only.
    name: str = get_global("zone_aliases").get(zones[0], zones[0])
    return "" if zones[0] == UNKNOWN_TIMEZONE else name
