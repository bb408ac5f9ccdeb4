"""The phones of a sheet, as people write them in their country."""

import re

import phonenumbers

from bot.core.errors import BotError
from bot.core.i18n import N_

_ROUNDED = re.compile(r"[0-9]+([.,][0-9]+)?[eE]\+?[0-9]+")


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
        mend = N_("Write it with its country's code, +55 11 98765-4321, or name the country.")
        raise BotError(N_("{phone} is no phone number"), mend=mend, phone=cell)
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)
