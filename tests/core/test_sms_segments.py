"""How many SMS a text is."""

from hypothesis import given
from hypothesis import strategies as st

from bot.core.sms import Encoding, segments, spelled_plainly
from tests.support.tables import for_each

GRINNING = "\U0001f600"
BASIC = (
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?"
    "¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = "^{}[]\\~|€\f"


@for_each(
    ("text", "encoding", "units", "parts"),
    [
        ("", Encoding.GSM7, 0, 1),
        ("a" * 160, Encoding.GSM7, 160, 1),
        ("a" * 161, Encoding.GSM7, 161, 2),
        ("a" * 306, Encoding.GSM7, 306, 2),
        ("a" * 307, Encoding.GSM7, 307, 3),
        ("a" * 158 + "€", Encoding.GSM7, 160, 1),
        ("a" * 159 + "€", Encoding.GSM7, 161, 2),
        ("a" * 152 + "€" + "a" * 152, Encoding.GSM7, 306, 3),
        ("ã" * 70, Encoding.UCS2, 70, 1),
        ("ã" * 71, Encoding.UCS2, 71, 2),
        ("a" * 68 + GRINNING, Encoding.UCS2, 70, 1),
        ("a" * 69 + GRINNING, Encoding.UCS2, 71, 2),
        ("a" * 66 + GRINNING + "b" * 66, Encoding.UCS2, 134, 3),
        ("a" * 152 + "ã", Encoding.UCS2, 153, 3),
    ],
)
def test_a_text_is_so_many_sms(text: str, encoding: Encoding, units: int, parts: int) -> None:
    counted = segments(text)
    assert (counted.encoding, counted.units, counted.parts) == (encoding, units, parts)


def test_the_basic_alphabet_costs_one_unit_each_and_the_extension_two() -> None:
    assert len(BASIC) == 127
    assert segments(BASIC).units == 127
    assert segments(EXTENDED).units == 2 * len(EXTENDED)
    assert segments(BASIC + EXTENDED).encoding is Encoding.GSM7


@for_each("character", [*"áâãçêíóôõúÁÀÃÕÊ", *"\u2018\u2019“”\u2013—…\u00a0`\t", GRINNING])
def test_other_characters_put_the_whole_text_into_ucs2(character: str) -> None:
    counted = segments(f"a{character}b{character}")
    assert (counted.encoding, counted.odd) == (Encoding.UCS2, (character,))


def test_odd_characters_are_named_once_in_their_order() -> None:
    assert segments("“Olá” “mamãe”").odd == ("“", "á", "”", "ã")
    assert segments("plain").odd == ()


@for_each(
    ("character", "plain"),
    [
        ("\u2019", "'"),
        ("“", '"'),
        ("\u2013", "-"),
        ("…", "..."),
        ("\u00a0", " "),
        ("\ufe0f", ""),
        ("ã", "a"),
        ("\u0303", ""),
        ("ﬁ", "fi"),
    ],
)
def test_what_has_a_plain_spelling_names_it(character: str, plain: str) -> None:
    assert spelled_plainly(character) == plain
    assert segments(plain).encoding is Encoding.GSM7


@for_each("character", [GRINNING, "я", "中"])
def test_what_has_no_plain_spelling_says_so(character: str) -> None:
    assert spelled_plainly(character) is None


@given(st.text(max_size=400))
def test_parts_hold_all_units_and_none_is_needless(text: str) -> None:
    counted = segments(text)
    one, several = (160, 153) if counted.encoding is Encoding.GSM7 else (70, 67)
    assert counted.units <= (one if counted.parts == 1 else several * counted.parts)
    assert counted.parts == 1 or counted.units > (counted.parts - 1) * (several - 1)
