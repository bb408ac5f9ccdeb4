"""How texts are compared."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.text import compare, compare_equal, digits_as_ascii, forms, without_accents
from tests.support.tables import for_each


@for_each(
    ("written", "compared"),
    [
        ("  Olá,\n Mundo\t ", "ola, mundo"),
        ("ＰＩＺＺＡ", "pizza"),
        ("STRASSE", compare("straße")),
        ("é", compare("e\u0301")),
        ("n\u00ba 5", "no 5"),
        ("ΣΊΣΥΦΟΣ", compare("σίσυφος")),
    ],
)
def test_case_accents_width_and_blanks_do_not_count(written: str, compared: str) -> None:
    assert compare(written) == compared


@for_each(
    "pair", [("が", "か"), ("क़", "क"), ("की", "का"), ("กา", "กี"), ("கா", "கி"), ("จ้า", "จา"), ("ب", "ت"), ("ש", "ת")]
)
def test_other_scripts_keep_their_marks(pair: tuple[str, str]) -> None:
    marked, plain = pair
    assert compare(marked) != compare(plain)


@for_each(
    ("written", "compared"),
    [
        ("Olá!", "ola"),
        ("¡Olá!!", "ola"),
        ("«pizza».", "pizza"),
        ("*Sim*", "sim"),
        ("1️⃣", "1"),
        ("1\u20e3", "1"),
        ("🔟", "10"),
        ("1)", "1"),
        ("\u200eoi\u200b", "oi"),
        ("d'água", "d'agua"),
        ("❤️", "❤"),
    ],
)
def test_surrounding_punctuation_does_not_count_and_keycaps_are_digits(written: str, compared: str) -> None:
    assert compare_equal(written) == compared


def test_punctuation_within_a_text_counts() -> None:
    assert compare_equal("18:30") == "18:30"
    assert compare_equal("a, b") == "a, b"


def test_a_minus_before_a_digit_is_no_punctuation() -> None:
    assert compare_equal("(-1)") == "-1"
    assert compare_equal("-a") == "a"


def test_texts_of_punctuation_or_emoji_alone_stay_apart() -> None:
    forms = [compare_equal(text) for text in ("?", "!", "...", "👍", "👎", "🏴󠁧󠁢󠁥󠁮󠁧󠁿", "🏴󠁧󠁢󠁳󠁣󠁴󠁿")]
    assert "" not in forms
    assert len(set(forms)) == len(forms)


def test_blank_text_has_empty_forms() -> None:
    assert (compare(" \n"), compare_equal(" \n"), without_accents("\t")) == ("", "", "")


def test_a_regular_expression_sees_the_case_but_no_accents() -> None:
    assert without_accents("  Às  3ª ") == "As 3a"


def test_digits_of_any_script_are_digits() -> None:
    assert digits_as_ascii(" ١٢ 3️⃣ ４ ") == "12 3 4"


TRICKY = st.text(
    st.one_of(
        st.characters(exclude_categories=["Cs"]),
        st.sampled_from("aÁßİıſςΣ\u0301\u0345\u0327\u3099\u20e3\ufe0f\u200d1-!?¿ \u00a0\u00bd\ufb01ǅ"),
    ),
    max_size=30,
)


@given(TRICKY)
def test_comparing_twice_changes_nothing(text: str) -> None:
    assert compare(compare(text)) == compare(text)
    assert compare_equal(compare_equal(text)) == compare_equal(text)
    assert without_accents(without_accents(text)) == without_accents(text)


@given(TRICKY)
def test_what_is_equal_after_comparing_is_equal_as_an_answer(text: str) -> None:
    assert compare_equal(compare(text)) == compare_equal(text)


@given(TRICKY)
def test_only_blank_text_compares_as_empty(text: str) -> None:
    assert bool(compare_equal(text)) == bool(compare(text.replace("\ufe0f", "").replace("\ufe0e", "")))


def test_every_single_character_compares_the_same_twice() -> None:
    every = [chr(code) for code in (*range(0xD800), *range(0xE000, 0x20000))]
    assert not [each for each in every if (once := compare(each)) != each and compare(once) != once]


@given(st.one_of(TRICKY, st.text("abcXYZ 019-!?.,¿áÇ\u0301\u0345\u037a\t\x1f$`", max_size=12), st.text()))
def test_the_three_forms_at_once_are_those_one_by_one(text: str) -> None:
    assert forms(text) == (without_accents(text), compare(text), compare_equal(text))


@given(st.text(st.characters(codec="ascii"), max_size=20))
def test_the_short_cut_for_ascii_changes_nothing(text: str) -> None:
    assert forms(f"{text}o") == forms(f"{text}ø") == forms(f"{text}ọ")
    assert forms(f"o{text}") == forms(f"ø{text}") == forms(f"ọ{text}")


@given(st.text(st.characters(categories=["L", "M"]), max_size=20))
def test_case_never_counts(text: str) -> None:
    assert compare(text) == compare(text.casefold())


MARKS_OF_WORDS = [
    each
    for each in map(chr, range(0x900, 0x1100))
    if unicodedata.category(each) in {"Mc", "Mn"} and not unicodedata.decomposition(each)
]


@given(st.sampled_from(MARKS_OF_WORDS))
def test_vowel_signs_of_india_and_south_east_asia_make_other_words(mark: str) -> None:
    assert compare(f"\u0915{mark}\u0915") != compare("\u0915\u0915")


@given(TRICKY, st.sampled_from("\u00ad\u200b\u200d\u200e\u2060\ufe0f\ufeff\U000e0101\u0640\u064e"), st.integers(0, 30))
def test_what_nobody_sees_does_not_count_wherever_it_stands(text: str, mark: str, at: int) -> None:
    words = text.replace("\u200d", "").replace("\u20e3", "")
    plain = "".join(each for each in words if unicodedata.category(each)[0] not in "MS")
    assert compare(plain[:at] + mark + plain[at:]) == compare(plain)
