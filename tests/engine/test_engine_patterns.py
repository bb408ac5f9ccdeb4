"""What a trigger's pattern matches."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.engine.patterns import MAX_PATTERN, Candidate, PatternFault, PatternType, compile_pattern
from tests.support.tables import for_each


def matches(kind: str, pattern: str | list[str], text: str, locale: str = "pt-BR") -> bool:
    return compile_pattern(kind, pattern).matches(Candidate(text, locale))


@for_each("text", ["pizza", "  PIZZA! ", "¿Pízza?", "ｐｉｚｚａ"])
def test_equals_compares_the_whole_message(text: str) -> None:
    assert matches("equals", "Pizza", text)
    assert not matches("equals", "Pizza", f"{text} grande")


def test_equals_takes_any_of_several_texts() -> None:
    assert matches("equals", ["oi", "olá"], "Ola!")
    assert not matches("equals", ["oi", "olá"], "tchau")


def test_keycap_digits_equal_digits() -> None:
    assert matches("equals", "1", "1️⃣")


def test_contains_looks_for_a_part_of_the_message() -> None:
    assert matches("contains", "Horário", "qual o HORARIO de hoje?")
    assert matches("contains", ["aberto", "horario"], "Estão abertos?")
    assert not matches("contains", ["aberto", "horario"], "pizza")


@for_each(
    ("pattern", "text"),
    [
        (r"\bpedid[oa]s?\b", "Meu PEDIDO, por favor"),
        (r"[á-ú]+", "FIM"),
        (r"^ação$", "AÇÃO"),
        (r"a.*b", "a\nb"),
        (r"nº ?\d+", "Nº 12"),
        ("…", "espera..."),
        ("（a）", "(a)"),
        ("a\u00a0b", "a b"),
        ("(?P<ação>x)", "x"),
        (r"cafe\.", "Café."),
    ],
)
def test_regex_searches_the_text_without_accents(pattern: str, text: str) -> None:
    assert matches("regex", pattern, text)


def test_regex_takes_accents_from_the_pattern_without_turning_letters_into_operators() -> None:
    assert not matches("regex", "（a）", "a")
    assert not matches("regex", "^…$", "abc")


def test_regex_word_boundaries_know_ascii_only_so_accents_do_not_break_words() -> None:
    assert matches("regex", r"\bcafe\b", "um café agora")


def test_number_needs_the_whole_message_to_be_a_number_in_the_range() -> None:
    assert matches("number", "1..10", "7")
    assert matches("number", "", "-3,5")
    assert matches("number", "1234", "1.234")
    assert not matches("number", "1234", "1.234", locale="en")
    assert not matches("number", "1..10", "11")
    assert not matches("number", "", "7 pizzas")


@for_each(
    ("kind", "pattern"),
    [
        ("equals", ""),
        ("equals", []),
        ("equals", ["a", " "]),
        ("contains", "  "),
        ("contains", "\u0301"),
        ("regex", "(a"),
        ("regex", "a(?=b)"),
        ("regex", r"(a)\1"),
        ("regex", r"\ã"),
        ("regex", "(((a{100}){100}){100})"),
        ("regex", r"(\pL{30}){33}"),
        ("regex", ["a", "b"]),
        ("number", "x"),
        ("number", ["1", "2"]),
        ("equals", "x" * (MAX_PATTERN + 1)),
    ],
)
def test_a_pattern_that_cannot_be_used_is_a_fault_with_a_mend(kind: str, pattern: str | list[str]) -> None:
    with pytest.raises(PatternFault) as caught:
        compile_pattern(kind, pattern)
    assert caught.value.message
    assert caught.value.mend.endswith(".")


def test_an_unknown_type_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="glob"):
        compile_pattern("glob", "*")


def test_a_pattern_keeps_its_type_and_source() -> None:
    pattern = compile_pattern("equals", ["Oi", "Olá"])
    assert (pattern.type, pattern.source) == (PatternType.EQUALS, ("Oi", "Olá"))


@given(st.text(max_size=20), st.text(max_size=40))
def test_any_expression_either_compiles_and_searches_or_is_a_fault(pattern: str, text: str) -> None:
    try:
        compiled = compile_pattern("regex", pattern)
    except PatternFault:
        return
    assert compiled.matches(Candidate(text, "en")) in {True, False}


def test_a_hostile_expression_takes_linear_time() -> None:
    assert not matches("regex", "(a+)+$", "a" * 100_000 + "b")
