"""Numbers as people write them, and ranges of them."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

from decimal import Decimal

import pytest
from babel import Locale
from babel.numbers import get_decimal_symbol
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.numbers import MAX_DIGITS, NumberRange, decimal_sign, read_number
from tests.support.tables import for_each


@for_each(
    ("written", "number"),
    [
        ("5", "5"),
        (" 05 ", "5"),
        ("+5", "5"),
        ("-5", "-5"),
        ("\u22125", "-5"),
        ("- 5", "-5"),
        ("1.234,5", "1234.5"),
        ("1,234.5", "1234.5"),
        ("1.234.567", "1234567"),
        ("1,234,567", "1234567"),
        ("1.234.567,89", "1234567.89"),
        ("1 234,5", "1234.5"),
        ("1 234 567", "1234567"),
        ("1\u00a0234", "1234"),
        ("1\u202f234,5", "1234.5"),
        ("1'234.50", "1234.50"),
        ("1\u2019234", "1234"),
        ("0,5", "0.5"),
        ("0.500", "0.5"),
        (",5", "0.5"),
        (".5", "0.5"),
        ("1234.567", "1234.567"),
        ("3️⃣", "3"),
        ("１２", "12"),
        ("٣", "3"),
        ("9" * 30, "9" * 30),
    ],
)
@for_each("locale", ["pt-BR", "en"])
def test_clear_numbers_are_read_in_any_locale(written: str, number: str, locale: str) -> None:
    assert read_number(written, locale) == Decimal(number)


@for_each(
    ("written", "portuguese", "english"),
    [("1.234", "1234", "1.234"), ("1,234", "1.234", "1234"), ("12.345", "12345", "12.345")],
)
def test_an_ambiguous_number_is_read_by_the_locale(written: str, portuguese: str, english: str) -> None:
    assert read_number(written, "pt-BR") == Decimal(portuguese)
    assert read_number(written, "en") == Decimal(english)


@for_each(
    "written",
    [
        *("", " ", "-", "+", ".", ",", "5.", "5,", "1..2", "1.2.3", "12.34.567", "1.234 567", "1,23,456", "1 23"),
        *("1e5", "0x10", "NaN", "inf", "1_000", "5 pizzas", "5!", "--5", "½", "1.234,567.8", "1 2", "1234.567.890"),
        *("1 234'", "1'", "1.234,", "0.123.456,", "9" * 31, "0." + "1" * 30, "1" * 200),
    ],
)
def test_what_is_no_number_is_none(written: str) -> None:
    assert read_number(written, "pt-BR") is None


@given(
    st.decimals(
        allow_nan=False, allow_infinity=False, min_value=Decimal(-(10**15)), max_value=Decimal(10**15), places=2
    ),
    st.sampled_from([(".", ","), (",", "."), (" ", ","), ("'", "."), ("", "."), ("", ",")]),
)
def test_a_number_that_is_written_out_is_read_again(number: Decimal, signs: tuple[str, str]) -> None:
    group, point = signs
    written = f"{number:,.2f}".replace(",", "G").replace(".", point).replace("G", group)
    assert read_number(written, "en") == number


@given(st.text(max_size=40) | st.text("0123456789.,' +-e", max_size=40), st.sampled_from(["pt-BR", "en", "de-CH", ""]))
def test_reading_never_fails_and_what_it_gives_is_short_and_finite(text: str, locale: str) -> None:
    number = read_number(text, locale)
    assert number is None or (number.is_finite() and len(number.as_tuple().digits) <= MAX_DIGITS)


@for_each(
    "locale",
    [
        *("pt", "pt-BR", "pt-PT", "en", "en-GB", "en-US", "en-ZA", "es", "es-AR", "es-ES", "es-MX", "es-US", "es-CL"),
        *("fr", "fr-CH", "de", "de-CH", "de-AT", "it", "it-CH", "nl", "pl", "ru", "uk", "tr", "id", "vi", "ja", "zh"),
        *("ko", "hi", "he", "th", "el", "sv", "nb", "da", "fi", "cs", "hu", "ro", "bg", "ca", "gl", "eu", "ar"),
    ],
)
def test_decimal_signs_are_those_of_the_cldr(locale: str) -> None:
    assert decimal_sign(locale) == get_decimal_symbol(Locale.parse(locale, sep="-"))


@for_each(
    ("pattern", "inside", "outside"),
    [
        ("5", ["5", "5.0"], ["4", "5.1"]),
        ("-5", ["-5"], ["5"]),
        ("1..10", ["1", "10", "5.5"], ["0.99", "10.01"]),
        (" -1 .. 1.5 ", ["-1", "1.5"], ["1.6"]),
        (">=18", ["18", "99"], ["17.99"]),
        ("<= 18", ["18", "-1"], ["18.01"]),
        (">0", ["0.01"], ["0", "-1"]),
        ("<100", ["99.9"], ["100"]),
        ("", ["0", "-1", "123456789"], []),
    ],
)
def test_a_range_takes_the_numbers_it_names(pattern: str, inside: list[str], outside: list[str]) -> None:
    wanted = NumberRange.parse(pattern)
    assert all(wanted.contains(Decimal(number)) for number in inside)
    assert not any(wanted.contains(Decimal(number)) for number in outside)


@for_each("pattern", ["x", "1..", "..2", "1..x", ">", ">=>1", "10..1", "1,5", "1...2", ">1..2", "1" * 31])
def test_a_range_that_is_none_is_refused_in_a_sentence(pattern: str) -> None:
    with pytest.raises(ValueError, match=r"\w+ \w+") as caught:
        NumberRange.parse(pattern)
    assert pattern in str(caught.value)


WIDE = {code: code + 0xFEE0 for code in range(0x21, 0x7F)}


@given(st.one_of(st.text("0123456789.,' +-", max_size=40), st.text(st.characters(codec="ascii"), max_size=10)))
def test_full_width_letters_and_digits_mean_what_ordinary_ones_mean(text: str) -> None:
    for locale in ("pt-BR", "en"):
        assert read_number(text.translate(WIDE), locale) == read_number(text, locale)
