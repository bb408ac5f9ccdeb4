"""Many expressions are looked for at once; what RE2 cannot hold at once is still found."""

import pytest
import re2

from bot.engine.regex_set import Sieve


def sieve(*expressions: str) -> Sieve:
    return Sieve([(each.encode(), number) for number, each in enumerate(expressions)])


def test_an_expression_is_possible_where_the_text_has_the_parts_it_needs() -> None:
    pizzas = sieve(r"\bpizzas?\b", "calzone.*pizza", "^(quero|gostaria)")
    assert sorted(pizzas.possible(b"duas pizzas")) == [0]
    assert sorted(pizzas.possible(b"Quero um CALZONE e uma PIZZA")) == [0, 1, 2]
    assert sorted(pizzas.possible(b"nada")) == []


def test_an_expression_that_needs_no_part_is_possible_where_it_matches() -> None:
    codes = sieve(r"^\d{3}$", "pizza", "^.?$")
    assert sorted(codes.possible(b"123")) == [0]
    assert sorted(codes.possible(b"")) == [2]
    assert sorted(codes.possible(b"pizza 123")) == [1]


def test_thousands_of_expressions_are_in_several_structures() -> None:
    many = sieve(*(f"palavra{number}x" for number in range(3200)))
    for number in (0, 799, 800, 1600, 3199):
        assert many.possible(f"uma palavra{number}x".encode()) == [number]


def test_expressions_too_large_for_one_structure_are_in_several() -> None:
    heavy = sieve(*(f"^.{{{number},900}}$" for number in range(1, 30)))
    assert sorted(heavy.possible(b"pizza")) == [0, 1, 2, 3, 4]


def test_an_expression_that_needs_too_many_parts_is_looked_for_without_them() -> None:
    vast = sieve("pizza", "[ab]{4}(abcdefghijklmnop){900}")
    text = b"abba" + b"abcdefghijklmnop" * 900
    assert vast.possible(text) == [1]
    assert vast.possible(text[:-1]) == []


@pytest.mark.parametrize("structure", [re2.Set, re2.Filter])
def test_when_re2_runs_out_of_memory_everything_is_possible(structure: type, monkeypatch: pytest.MonkeyPatch) -> None:
    def run_out(*_arguments: object, **_options: object) -> None:
        """What RE2 tells Python then: nothing."""

    monkeypatch.setattr(structure, "Match", run_out)
    starved = sieve("pizza", r"^\d\d$", "..")
    assert {1, 2} <= set(starved.possible(b"12"))
    assert {0, 2} <= set(starved.possible(b"pizza"))


def test_what_re2_does_not_compile_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(re2.error):
        sieve("pizza", "(")
