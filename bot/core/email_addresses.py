"""E-mail addresses by which people log in: one spelling for each, and none that looks like another one."""

import unicodedata

from bot.core.errors import BotError
from bot.core.i18n import N_

_WRITTEN_TOGETHER = (
    {"CJK", "HIRAGANA", "KATAKANA", "KATAKANA-HIRAGANA", "LATIN"},
    {"CJK", "BOPOMOFO", "LATIN"},
    {"CJK", "HANGUL", "LATIN"},
)
"""Alphabets that people of one language mix."""


def read_email(spelled: str) -> str:
    """The address as it is kept and compared: small letters, and one spelling of each character and domain.

    Nobody is asked whether it exists. Raises BotError for what is none, and for one that mixes alphabets, since a
    letter of another one may look like one of ours.

    >>> read_email(" Ana@Example.COM ")
    'ana@example.com'
    """
    # Its expressions take long to compile, and hardly a start needs them.
    from email_validator import EmailNotValidError, validate_email  # noqa: PLC0415

    plain = unicodedata.normalize("NFKC", spelled.strip())
    try:
        read = validate_email(plain, check_deliverability=False)
    except EmailNotValidError:
        raise BotError(
            N_("{text} is no e-mail address"), mend=N_("Write it as ana@example.com."), text=spelled[:255]
        ) from None
    # It stays within the 254 bytes that were checked: no small letter has more characters than its capital has bytes.
    email = unicodedata.normalize("NFKC", f"{read.local_part}@{read.domain}".lower())
    alphabets = {unicodedata.name(each, "?").split()[0] for each in email if each.isalpha()}
    if len(alphabets) > 1 and not any(alphabets <= each for each in _WRITTEN_TOGETHER):
        raise BotError(
            N_("{text} mixes letters of several alphabets, which look alike"),
            mend=N_("Write it in one alphabet."),
            text=spelled[:255],
        )
    return email
