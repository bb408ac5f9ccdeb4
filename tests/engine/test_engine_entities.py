"""The one number, address or telephone that a text has in it."""

import doctest
from decimal import Decimal

from bot.engine import entities
from bot.engine.entities import number_in
from tests.support.tables import for_each


@for_each(
    ("text", "number"),
    [
        ("50", Decimal(50)),
        ("R$ 50", Decimal(50)),
        ("somos 4 pessoas", Decimal(4)),
        ("4 ou 5", None),
        ("2 mil", None),
        ("nenhuma", None),
        ("4" + " " * 600 + "pessoas", None),
    ],
)
def test_the_only_number_of_a_text_is_found(text: str, number: Decimal | None) -> None:
    assert number_in(text, "pt-BR") == number


def test_the_examples_in_docstrings_hold() -> None:
    results = doctest.testmod(entities)
    assert results.attempted > 0
    assert results.failed == 0
