"""What a phone number tells: its other spelling, its owner's language and time zone."""

from zoneinfo import available_timezones

from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import COUNTRY_CODE_TO_REGION_CODE

from bot.core import phones
from bot.core.phones import Whereabouts, alias, locale_of, mobile_start, whereabouts
from tests.support.tables import for_each

PAIRS = [
    ("+5511987654321", "+551187654321"),
    ("+5592981723241", "+559281723241"),
    ("+5215512345678", "+525512345678"),
    ("+5491123456789", "+541123456789"),
]


@for_each(("new", "old"), PAIRS)
def test_a_mobile_in_brazil_mexico_or_argentina_has_two_spellings(new: str, old: str) -> None:
    assert alias(new) == old
    assert alias(old) == new


@for_each(
    "number",
    [
        "+551132654321",  # a landline in Brazil
        "+5511932654321",  # nine digits, but the eight of a landline
        "+5501987654321",  # no such area code
        "+55119876543210",
        "+5511",
        "+521551234567",
        "+54912345678",
        "+15551230001",
        "+351912345678",
        "5511987654321",
        "+55119876\uff154321",  # a digit, but none of a number
        "+5511987654321\n",
        "+",
        "",
    ],
)
def test_every_other_number_has_one(number: str) -> None:
    assert alias(number) == ""


@given(st.from_regex(r"\+(55|52|54)[0-9]{8,12}", fullmatch=True))
def test_the_other_spelling_of_the_other_spelling_is_the_first_one(number: str) -> None:
    other = alias(number)

    assert not other or (other != number and alias(other) == number)


@for_each(
    ("number", "locale", "timezone"),
    [
        ("+5511987654321", "pt-BR", "America/Sao_Paulo"),
        ("+559281723241", "pt-BR", "America/Manaus"),  # a spelling that is no longer valid
        ("+351912345678", "pt-PT", "Europe/Lisbon"),
        ("+12125550123", "en-US", "America/New_York"),
        ("+15551230001", "en-US", "America/New_York"),  # no area code: where most people live
        ("+14165550123", "en-CA", "America/Toronto"),
        ("+525512345678", "es-MX", "America/Mexico_City"),
        ("+5215512345678", "es-MX", "America/Mexico_City"),
        ("+5491123456789", "es-AR", "America/Argentina/Buenos_Aires"),
        ("+34612345678", "es-ES", "Europe/Madrid"),
        ("+447400123456", "en-GB", "Europe/London"),
        ("+79161234567", "ru-RU", "Europe/Moscow"),
        ("+41791234567", "de-CH", "Europe/Zurich"),
        ("+886912345678", "zh-TW", "Asia/Taipei"),
        ("+80012345678", "", ""),  # no country's
        ("+999123456789", "", ""),
        ("+1", "", ""),
        ("not a number", "", ""),
    ],
)
def test_a_number_tells_the_language_and_the_time_of_its_country(number: str, locale: str, timezone: str) -> None:
    assert whereabouts(number) == Whereabouts(locale, timezone)


def test_the_main_time_zones_are_among_those_of_their_countries_numbers() -> None:
    known = available_timezones()
    assert set(phones._MAIN_TIMEZONES.values()) <= known
    assert set(phones._MAIN_TIMEZONES) <= {each for regions in COUNTRY_CODE_TO_REGION_CODE.values() for each in regions}


@given(st.from_regex(r"\+[1-9][0-9]{6,14}", fullmatch=True))
def test_every_number_there_may_be_is_looked_at_without_a_fault(number: str) -> None:
    guessed = whereabouts(number)

    assert len(guessed.locale) <= 35
    assert len(guessed.timezone) <= 64


@for_each(("region", "locale"), [("BR", "pt-BR"), ("001", ""), ("ZZ", ""), ("", ""), ("br", "")])
def test_a_region_tells_its_language(region: str, locale: str) -> None:
    assert locale_of(region) == locale


def test_a_country_tells_how_its_mobiles_begin() -> None:
    assert mobile_start("BR") == ("+551196", 7)
    assert mobile_start("ZZ") == ("", 0)
