"""Who sent an SMS: a number, a short code, or a name that nobody can answer."""

import re

from bot.core.addresses import Address, AddressKind
from bot.core.errors import UnparsableError
from bot.core.text import MAX_NAME, clean

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_DIGITS = re.compile(r"[1-9][0-9]{6,14}")
_SHORT_CODE = re.compile(r"[0-9]{3,8}")
_SPELLING = str.maketrans("", "", " -().")


def sms_sender(spelled: str, *, has_plus: bool) -> tuple[Address, str]:
    """The sender's address, and why no machine should answer it, else empty; raises UnparsableError where it is empty.

    Args:
        spelled: as the provider gives it.
        has_plus: whether it writes numbers with `+`; else digits are a number from seven on, a short code below.
    """
    if not has_plus and _DIGITS.fullmatch(spelled):
        spelled = f"+{spelled}"
    if _NUMBER.fullmatch(spelled) or _SHORT_CODE.fullmatch(spelled):
        return Address(AddressKind.PHONE, spelled), ""
    name = clean(spelled, MAX_NAME)[0]
    if not name:
        raise UnparsableError("there is no sender")
    return Address(AddressKind.PHONE, name), "sender cannot be answered"


def own_number(spelled: str, *, has_plus: bool) -> str:
    """A number of ours as the provider's posts spell it; a sender's name is left as it is.

    >>> own_number("+1 (555) 987-0002", has_plus=False)
    '15559870002'
    """
    digits = spelled.translate(_SPELLING)
    if not digits.removeprefix("+").isdecimal():
        return spelled
    return digits if has_plus else digits.removeprefix("+")
