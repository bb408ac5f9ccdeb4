import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import AddressKind
from bot.search.rules import (
    MAX_TERMS,
    MAX_WORD,
    MAX_WORDS,
    marks_of,
    marks_of_number,
    terms_of,
    words_of,
    words_of_contact,
)


def _finds(query: str, words: list[str]) -> bool:
    return all(any(word.startswith(term) for word in words) for term in terms_of(query))


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("Olá, MARIA! olá", ["ola", "maria"]),
        ("ana.souza+shop@example.com", ["ana", "souza", "shop", "example", "com"]),
        ("snake_case", ["snake", "case"]),
        ("R$ 1.234,50", ["r", "1", "234", "50"]),
        ("", []),
        ("?! 👍 \x00", []),
        ("x" * (MAX_WORD + 9), ["x" * MAX_WORD]),
    ],
)
def test_words_are_what_the_engine_compares_parted_by_all_else(text: str, words: list[str]) -> None:
    assert words_of(text) == words


def test_a_text_has_no_more_words_than_count() -> None:
    assert len(words_of(" ".join(map(str, range(MAX_WORDS + 5))))) == MAX_WORDS


@pytest.mark.parametrize(
    "query",
    [
        "mari",
        "MARÍA",
        "souza maria",
        "99999",
        "+55 (11) 99999-0000",
        "5511999990000",
        "0000",
        "000",
        "ana@example",
        "exam",
    ],
)
def test_a_contact_is_found_by_beginnings_of_words_and_by_any_digits_of_their_number(query: str) -> None:
    words = words_of_contact(
        "Maria Souza", [(AddressKind.PHONE, "+5511999990000"), (AddressKind.EMAIL, "ana@example.com")]
    )
    assert _finds(query, words)


@pytest.mark.parametrize("query", ["aria", "88888", "example maria ana x"])
def test_others_are_not(query: str) -> None:
    words = words_of_contact("Maria", [(AddressKind.PHONE, "+5511999990000"), (AddressKind.EMAIL, "ana@example.com")])
    assert not _finds(query, words)


def test_a_number_of_few_digits_is_found_as_a_whole() -> None:
    assert words_of_contact("", [(AddressKind.PHONE, "+12")]) == ["12"]


def test_terms_are_few_and_none_says_what_another_one_says() -> None:
    assert terms_of("mari maria mar") == ["maria"]
    assert len(terms_of(" ".join(f"a{number}z" for number in range(99)))) == MAX_TERMS
    assert terms_of("   ") == []


@given(st.text(max_size=400))
def test_whatever_is_typed_is_letters_and_digits_alone(query: str) -> None:
    assert all(term and not set(term) & set("'\"\\*:&|!()<>- \x00") for term in terms_of(query))


@given(st.text(max_size=80))
def test_a_text_is_found_by_itself(text: str) -> None:
    assert _finds(text, words_of(text))


def test_marks_are_whole_words_where_they_stand() -> None:
    text = "Olá, Maria: a STRASSE, a straße"
    assert [text[start:end] for start, end in marks_of(text, ["mari", "strass"])] == ["Maria", "STRASSE", "straße"]
    assert marks_of(text, ["x"]) == []


def test_marks_of_a_number_are_its_digits() -> None:
    assert marks_of_number("+5511999990000", ["99999", "11"]) == [(3, 5), (5, 10)]
