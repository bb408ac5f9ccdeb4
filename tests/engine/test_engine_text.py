"""How texts are compared."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

import re
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.text import compare, compare_equal, digits_as_ascii, forms, without_accents


@pytest.mark.parametrize(
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


@pytest.mark.parametrize("pair", [("が", "か"), ("क़", "क"), ("שׁ", "ש"), ("أ", "ا")])
def test_other_scripts_keep_their_marks(pair: tuple[str, str]) -> None:
    marked, plain = pair
    assert compare(marked) != compare(plain)


@pytest.mark.parametrize(
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
    assert not [each for each in every if compare(compare(each)) != compare(each)]


def step_by_step(text: str) -> tuple[str, str, str]:
    """The three forms as their docstrings tell them, without a short cut for what most messages are."""
    invisible = "\u00ad\u061c\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff"

    def bare(decomposed: str) -> str:
        unmarked = "".join(each for each in decomposed if not "\u0300" <= each <= "\u036f")
        return " ".join(unicodedata.normalize("NFKC", unmarked).split())

    def folded(once: str) -> str:
        for _ in range(2):
            once = unicodedata.normalize("NFKD", once).casefold()
        return bare(once)

    def is_edge(character: str) -> bool:
        return bool(re.match(f"[ {invisible}]", character)) or unicodedata.category(character)[0] == "P"

    plain = text.replace("\ufe0e", "").replace("\ufe0f", "").replace("🔟", "10")
    whole = re.sub("([0-9#*])\u20e3", r"\1", folded(plain))
    inner = [at for at, each in enumerate(whole) if not is_edge(each)]
    equal = whole[inner[0] : inner[-1] + 1] if inner else whole
    if inner and inner[0] and whole[inner[0] - 1] == "-" and whole[inner[0]].isdecimal():
        equal = f"-{equal}"
    return bare(unicodedata.normalize("NFKD", text)), folded(text), equal


@given(st.one_of(TRICKY, st.text("abcXYZ 019-!?.,¿áÇ\u0301\u0345\u037a\t\x1f$", max_size=12), st.text()))
def test_the_short_cuts_for_most_messages_change_nothing(text: str) -> None:
    assert (without_accents(text), compare(text), compare_equal(text)) == step_by_step(text)
    assert forms(text) == step_by_step(text)


def test_the_short_cuts_change_nothing_for_any_character_that_has_another_form() -> None:
    for each in map(chr, (*range(0xAC00), *range(0xF900, 0x20000))):
        kind = unicodedata.category(each)
        if kind[0] in "MPZ" or kind in {"Cc", "Cf"} or each != unicodedata.normalize("NFKD", each).casefold():
            text = f"a{each}B"
            assert forms(text) == (without_accents(text), compare(text), compare_equal(text)) == step_by_step(text)
