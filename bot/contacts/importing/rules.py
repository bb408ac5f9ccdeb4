"""The cells of a sheet, as people write them in their country."""

import re
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from types import MappingProxyType

import phonenumbers

from bot.contacts.importing.columns import Type, plain
from bot.contacts.rules import typed
from bot.core.errors import BotError
from bot.core.i18n import N_
from bot.engine.conversation import StateValue

_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")
_YES_OR_NO: Mapping[str, bool] = MappingProxyType(
    {
        **dict.fromkeys(("yes", "y", "true", "1", "sim", "s", "verdadeiro"), True),
        **dict.fromkeys(("no", "n", "false", "0", "nao", "falso"), False),
    }
)
_NUMBER = re.compile(r"-?(0|[1-9][0-9]{0,14})([.,]([0-9]{1,20}))?")
_THOUSANDS = re.compile(r"-?[1-9][0-9]{0,2}([.,][0-9]{3})+")
_DAY = re.compile(r"([0-9]{1,2})[/.]([0-9]{1,2})[/.]([0-9]{4})")
_MONTH_FIRST = frozenset({"US", "PH", "FM", "MH", "PW", "GU", "PR", "AS", "VI"})


def phone_of(cell: str, country: str) -> str:
    """The number, `+` and digits; raises BotError for what is none.

    Args:
        cell: as it is written; an apostrophe before it makes a sheet keep it as text.
        country: two capital letters, of numbers without their country's code; empty for none.

    >>> phone_of("(11) 98765-4321", "BR"), phone_of("'+351 912 345 678", "BR")
    ('+5511987654321', '+351912345678')
    """
    spelled = cell.strip().removeprefix("'")
    if _ROUNDED.fullmatch(spelled):
        mend = N_("Format the column as text in your sheet, enter the number anew and save it again.")
        raise BotError(N_("{phone} is a number that a sheet has rounded"), mend=mend, phone=spelled)
    try:
        number = phonenumbers.parse(spelled, country or None)
    except phonenumbers.NumberParseException:
        number = None
    if number is None or number.extension or not phonenumbers.is_possible_number(number):
        mend = (
            N_("Look for missing digits, or write it with its country's code, +55 11 98765-4321.")
            if country
            else N_("Write it with its country's code, +55 11 98765-4321, or name the country.")
        )
        raise BotError(N_("{phone} is no phone number"), mend=mend, phone=cell)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def as_country(spelled: str) -> str:
    """A country whose phones and dates are meant; raises BotError for none. Empty stays so.

    >>> as_country("br")
    'BR'
    """
    country = spelled.strip().upper()
    if country and country not in phonenumbers.SUPPORTED_REGIONS:
        raise BotError(N_("{country} is no country"), mend=N_("Write two letters: BR, PT, US."), country=spelled[:64])
    return country


def yes_or_no(text: str, header: str) -> bool:
    """What a cell says; raises BotError for something else.

    >>> yes_or_no("Não", "consent"), yes_or_no("yes", "consent")
    (False, True)
    """
    said = _YES_OR_NO.get(plain(text))
    if said is None:
        mend = N_("Write yes or no, or leave it empty.")
        raise BotError(N_("{text} in {header} is neither yes nor no"), mend=mend, text=text[:64], header=header)
    return said


def value_of(text: str, type_: Type, header: str, country: str) -> StateValue:
    """A cell of an attribute's column; raises BotError for what is not of its type, or may be two things.

    >>> value_of("2,5", Type.NUMBER, "", ""), value_of("31/12/2026", Type.DATE, "", "BR")
    (Decimal('2.5'), '2026-12-31')
    """
    match type_:
        case Type.TEXT:
            return text
        case Type.NUMBER:
            return _number(text, header)
        case Type.BOOLEAN:
            return yes_or_no(text, header)
        case Type.DATE:
            return _day(text, header, country)
    return typed(text)


def is_doubtful(number: str) -> bool:
    """Whether what stands before three digits may part thousands, or decimals.

    >>> is_doubtful("1.234"), is_doubtful("1.2340")
    (True, False)
    """
    return _THOUSANDS.fullmatch(number) is not None


def _number(text: str, header: str) -> StateValue:
    if is_doubtful(text):
        mend = N_("Write it without separators of thousands; three digits behind a decimal sign want a 0 after them.")
        raise BotError(N_("{text} in {header} may be two numbers"), mend=mend, text=text, header=header)
    found = _NUMBER.fullmatch(text)
    if found is None:
        mend = N_("Write it as 12 or 12.5, with at most 15 digits.")
        raise BotError(N_("{text} in {header} is no number"), mend=mend, text=text[:64], header=header)
    return int(text) if found[2] is None else Decimal(text.replace(",", "."))


def _day(text: str, header: str, country: str) -> str:
    found = _DAY.fullmatch(text)
    try:
        if found is None:
            return date.fromisoformat(text).isoformat()
        if country:
            day, month = (found[2], found[1]) if country in _MONTH_FIRST else (found[1], found[2])
            return date(int(found[3]), int(month), int(day)).isoformat()
    except ValueError:
        pass
    mend = (
        N_("Write a day that the calendar has, as 2026-12-31.")
        if country
        else N_("Write it as 2026-12-31, or name the country whose dates these are.")
    )
    raise BotError(N_("{text} in {header} is no day"), mend=mend, text=text[:64], header=header)
