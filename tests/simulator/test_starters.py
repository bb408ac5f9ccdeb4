import pytest

from bot.simulator.starters import Starter, starters

PIZZARIA = (
    Starter("pt-BR", ["oi", "olá", "bom dia", "hi", "hello"]),
    Starter("pt-BR", ["pizza"]),
    Starter("pt-BR", ["hours", "open"]),
    Starter("pt-BR", ["opening hours", "Que horas abre?"]),
)


@pytest.mark.parametrize(
    ("language", "chosen"),
    [("pt-BR", ["oi", "pizza", "Que horas abre?"]), ("en", ["hi", "pizza", "hours", "opening hours"])],
)
def test_the_words_are_in_the_language_of_the_page(language: str, chosen: list[str]) -> None:
    assert starters(PIZZARIA, language) == chosen


def test_a_bundle_in_another_language_shows_the_words_it_has() -> None:
    assert starters([Starter("en", ["hello"]), Starter("en", ["bread"])], "pt-BR") == ["hello", "bread"]


def test_words_of_a_third_language_are_as_their_author_wrote_them() -> None:
    assert starters([Starter("es", ["hola", "buenas"]), Starter("es", ["hola"])], "en") == ["hola"]
