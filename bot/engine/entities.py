"""What people answer in sentences: the one number, e-mail address or phone number that a text has in it."""

import re
import unicodedata
from collections.abc import Iterable
from decimal import Decimal

import phonenumbers

from bot.engine.numbers import digits_for, exact_number, read_number

MAX_EMAIL = 254
MAX_PHONE = 40
"""Characters of a text that as a whole may be a phone number."""
_MAX_TEXT = 500
"""Characters of a text in which somebody still gives a number, an address."""

_EMAIL = re.compile(r"[^\s@<>()\[\],;:\\\"]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_](?:[\w-]{0,61}[^\W_])")
_BETWEEN_EMAILS = re.compile(r"[^\w.!#$%&'*+=?^`{|}~@-]+")
_AROUND_EMAIL = ".!?'*_~"
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")

_SIGN = r"(?:(?<![\w.,)])([+-]))?"
_DIGITS = r"((?:(?<![\w.,)])[.,])?[0-9]+(?:[.,'][0-9]+| [0-9]{3}(?![0-9]))*)"
_NUMBER = re.compile(_SIGN + _DIGITS)
_FRACTION_SLASH = "\u2044"
"""What NFKD makes of a half and its like."""
_MORE = re.compile(
    r" ?(?:k|mil|mil(?:a|l|le|h|li)\w{0,6}|mill[oó]n(?:es)?|mi|mln|mio|mrd|bi|bilh\w+|billions?|milliard\w*|hundreds?"
    r"|thousands?|tausend|duizend|miljoen|dozens?|duzias?|docenas?|douzaines?|dozzin[ae]|dutzend|dozijn|lakhs?|crores?"
    r"|тыс\w*|млн|миллион\w*|e mei[ao]|y medi[ao]|and a half|et demie?|einhalb|e mezz[oa]|en een half"
    r")(?!\w)| ?[百千万億萬亿]"
)
"""What makes another number of the one before it."""


def number_in(text: str, locale: str) -> Decimal | None:
    """The number that the text is, or the only one in it; None where there is none, or more than one.

    Words are no numbers, and where one of them makes another number of the digits before it (`2 mil`), there is none.

    >>> number_in("50", "en"), number_in("R$ 50", "pt-BR"), number_in("4 ou 5", "pt-BR"), number_in("2 mil", "pt-BR")
    (Decimal('50'), Decimal('50'), None, None)
    """
    whole = read_number(text, locale)
    if whole is not None or len(text) > _MAX_TEXT:
        return whole
    plain = digits_for(text, locale)
    found = list(_NUMBER.finditer(plain))
    if len(found) != 1 or _FRACTION_SLASH in plain or _MORE.match(plain.casefold(), found[0].end()):
        return None
    return exact_number(found[0][1] or "", found[0][2], locale)


def email_in(text: str) -> str | None:
    """The only e-mail address in the text, or None where there is none, or more than one.

    It begins the text, or follows a colon or a sentence of two words at least: before a single word a blank is more
    likely to be a slip within the address, and half of one is somebody else's.

    >>> email_in("meu email é ana@example.org."), email_in("ana maria@example.org"), email_in("a@b.org ou b@b.org")
    ('ana@example.org', None, None)
    """
    if len(text) > _MAX_TEXT:
        return None
    plain = visible(unicodedata.normalize("NFKC", text))
    parts = (each.strip(_AROUND_EMAIL) for each in _BETWEEN_EMAILS.split(plain) if "@" in each)
    address = _only(each for each in parts if is_email(each))
    before = plain[: plain.index(address)].strip() if address else ""
    sound = not before or before.endswith(":") or len(before.split()) > 1
    return address if sound else None


def visible(text: str) -> str:
    """The text without what nobody sees, which copying leaves in addresses."""
    return text if text.isascii() else _INVISIBLE.sub("", text)


def is_email(text: str) -> bool:
    """Whether the whole text is an e-mail address."""
    return len(text) <= MAX_EMAIL and _EMAIL.fullmatch(text) is not None


def phone(text: str, region: str | None) -> str | None:
    """The phone number that the whole text is, `+` and digits, or None."""
    if len(text) > MAX_PHONE:
        return None
    try:
        number = phonenumbers.parse(text.strip(), region)
    except phonenumbers.NumberParseException:
        return None
    return _spelled(number) if phonenumbers.is_valid_number(number) else None


def phone_in(text: str, region: str | None) -> str | None:
    """The only phone number in the text, `+` and digits, or None; without a country's code it is one of the region."""
    if len(text) > _MAX_TEXT:
        return None
    found = phonenumbers.PhoneNumberMatcher(text, region)
    return _only(_spelled(each.number) for each in found)


def _spelled(number: phonenumbers.PhoneNumber) -> str:
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _only(found: Iterable[str]) -> str | None:
    different = list({each.casefold(): each for each in found}.values())
    return different[0] if len(different) == 1 else None
