"""Numbers as people write them, and the ranges that patterns and steps ask for."""

import re
from dataclasses import dataclass
from decimal import Decimal

from bot.core.i18n import N_, Phrase
from bot.engine.text import digits_as_ascii, without_accents

MAX_DIGITS = 30

_MAX_LENGTH = 100
_LETTER = re.compile(
    "[A-Za-z\u0100-\u024f\u0370-\u065f\u066e-\u06ef\u0900-\u0965\u0e01-\u0e4f\u3041-\u30ff\u4e00-\u9fff\uac00-\ud7a3]"
)
"""Of the scripts that most people write; of others it takes a little longer to see that they are no number."""
_SIGNED = re.compile(r"([+-]?) ?([0-9][0-9., ']*|[.,][0-9]+)")
_GROUPED = re.compile(r"[0-9]{1,3}(?:([., '])[0-9]{3})(?:\1[0-9]{3})*")
_LONGEST_GROUP = 3
_POWER = re.compile("[\u00b2\u00b3\u00b9\u2070\u2074-\u2079]+")
_ARABIC_POINT, _ARABIC_GROUP, _ARABIC_COMMA = "\u066b", "\u066c", "\u060c"
_BOUND = re.compile(r"(>=|<=|>|<)? *([+-]?[0-9]+(?:\.[0-9]+)?)")

# Where the decimal sign is a comma (CLDR); all others write a point. A region overrides its language.
_COMMA_LANGUAGES = frozenset(
    re.findall(
        "[a-z]+",
        """af az be bg br bs ca cs da de el eo es et eu fi fo fr fy gl gn hr ht hu hy ia id is it jv ka kk kl ky lb ln
        lo lt lv mk nb nl nn no pl pt rn ro ru rw sc se sh sk sl sq sr sv tg tk tr tt uk uz vi""",
    )
)
_EXCEPTIONS = {
    **dict.fromkeys(("de-CH", "de-LI", "it-CH"), "."),
    **dict.fromkeys(
        ("es-419", "es-BZ", "es-CU", "es-DO", "es-GT", "es-HN", "es-MX", "es-NI", "es-PA", "es-PE", "es-PR", "es-SV"),
        ".",
    ),
    "es-US": ".",
    "ms-BN": ",",
    **dict.fromkeys(("en-AT", "en-BE", "en-DE", "en-DK", "en-FI", "en-NL", "en-SE", "en-SI", "en-ZA"), ","),
    **dict.fromkeys(("ar-DZ", "ar-LB", "ar-LY", "ar-MA", "ar-MR", "ar-TN"), ","),
}


class RangeFault(ValueError):  # noqa: N818 - a fault of an author, told to them; not an error of ours
    """A number pattern that is none.

    Attributes:
        reason: one plain sentence without a full stop.
    """

    def __init__(self, reason: Phrase) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(frozen=True, slots=True)
class NumberRange:
    """Which numbers a pattern takes.

    Attributes:
        low: the lower bound, or None for none.
        high: the upper bound, or None for none.
        includes_low: the lower bound itself is taken.
        includes_high: the upper bound itself is taken.
    """

    low: Decimal | None = None
    high: Decimal | None = None
    includes_low: bool = True
    includes_high: bool = True

    @classmethod
    def parse(cls, pattern: str) -> "NumberRange":
        """Read `5`, `1..10` (inclusive), `>=18`, `<=9.5`, `>0`, `<100`, or nothing for any number.

        Raises:
            RangeFault: with one plain sentence without a full stop.
        """
        written = pattern.strip()
        if not written:
            return cls()
        first, dots, last = written.partition("..")
        if dots:
            low, high = _exact(first, pattern), _exact(last, pattern)
            if low > high:
                values = {"pattern": pattern, "low": str(low), "high": str(high)}
                raise RangeFault(Phrase(N_("{pattern} takes no number: {low} is more than {high}"), values))
            return cls(low, high)
        match = _BOUND.fullmatch(written)
        bound = _exact(match[2] if match else written, pattern)
        sign = match[1] if match else None
        if sign is None:
            return cls(bound, bound)
        inclusive = sign.endswith("=")
        return cls(low=bound, includes_low=inclusive) if sign[0] == ">" else cls(high=bound, includes_high=inclusive)

    def contains(self, number: Decimal | int) -> bool:
        """Whether the number is one of these."""
        above = self.low is None or number > self.low or (self.includes_low and number == self.low)
        below = self.high is None or number < self.high or (self.includes_high and number == self.high)
        return above and below


def read_number(text: str, locale: str) -> Decimal | None:
    """The number that the whole text is, exactly, or None.

    `1.234,5` and `1,234.5` both are 1234.5; blanks and apostrophes may group thousands too. Where one point or
    comma could mean either (`1.234`), the locale decides. Keycap digits and those of other scripts count; there is
    no exponent, and at most 30 digits.

    >>> read_number("1.234", "pt-BR"), read_number("1.234", "en"), read_number("uns 3", "pt-BR")
    (Decimal('1234'), Decimal('1.234'), None)
    """
    # Nearly every message has a letter, which nothing below would take away.
    if len(text) > _MAX_LENGTH or _LETTER.search(text):
        return None
    match = _SIGNED.fullmatch(digits_for(text, locale))
    return None if match is None else exact_number(match[1], match[2], locale)


def digits_for(text: str, locale: str) -> str:
    """The text with digits, minus and apostrophe as ASCII has them, and Arabic's separators as the locale has them."""
    if text.isascii():
        return without_accents(text)
    if _ARABIC_POINT in text or _ARABIC_GROUP in text:
        point = decimal_sign(locale)
        text = text.replace(_ARABIC_POINT, point).replace(_ARABIC_GROUP, "." if point == "," else ",")
    text = text.replace(_ARABIC_COMMA, ",")
    return digits_as_ascii(_POWER.sub(_raised, text))


def _raised(found: re.Match[str]) -> str:
    """Of square metres nothing, since they are a unit; of ten squared what makes no number of it."""
    before = found.string[found.start() - 1 : found.start()]
    return "" if before.isalpha() else "^0" if before.isdecimal() else found[0]


def exact_number(sign: str, body: str, locale: str) -> Decimal | None:
    """The number that ASCII digits and their separators are, or None where they are none or too many."""
    plain = body if body.isdigit() else _plain(body, decimal_sign(locale))
    if plain is None or len(plain) - plain.count(".") > MAX_DIGITS:
        return None
    return Decimal(sign + plain)


def decimal_sign(locale: str) -> str:
    """`,` or `.`: what stands before the fraction in that locale.

    >>> decimal_sign("pt-BR"), decimal_sign("en")
    (',', '.')
    """
    return _EXCEPTIONS.get(locale) or ("," if locale.partition("-")[0] in _COMMA_LANGUAGES else ".")


def _plain(body: str, sign: str) -> str | None:
    """The digits with at most one point, or None when the separators make no number."""
    separators = {each for each in body if not each.isdigit()}
    last = max(map(body.rfind, separators))
    whole, fraction = body[:last], body[last + 1 :]
    if len(separators) == 1 and not _is_fraction(whole, body[last], fraction, sign):
        return _without_groups(body)
    if body[last] not in ".," or not fraction:
        return None
    ungrouped = _without_groups(whole)
    return None if ungrouped is None else f"{ungrouped or '0'}.{fraction}"


def _is_fraction(whole: str, separator: str, fraction: str, sign: str) -> bool:
    """Whether the only kind of separator there is stands before a fraction."""
    if separator not in ".," or separator in whole:
        return False
    could_group = len(fraction) == _LONGEST_GROUP and 0 < len(whole) <= _LONGEST_GROUP and whole[0] != "0"
    return not could_group or separator == sign


def _without_groups(whole: str) -> str | None:
    if not whole or whole.isdigit():
        return whole
    match = _GROUPED.fullmatch(whole)
    return whole.replace(match[1], "") if match else None


def _exact(written: str, pattern: str) -> Decimal:
    match = _BOUND.fullmatch(written.strip())
    if match is None or match[1]:
        raise RangeFault(Phrase(N_("{pattern} is no number pattern"), {"pattern": pattern}))
    if sum(each.isdigit() for each in match[2]) > MAX_DIGITS:
        values = {"pattern": pattern, "limit": str(MAX_DIGITS)}
        raise RangeFault(Phrase(N_("{pattern} has more than {limit} digits"), values))
    return Decimal(match[2])
