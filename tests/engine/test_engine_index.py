"""The index of triggers gives what a loop over all of them gives, whatever they look for and whatever is written."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from hypothesis import assume, given
from hypothesis import strategies as st

from bot.engine.definitions import Trigger, Triggers
from bot.engine.index import Index
from bot.engine.matcher import match
from bot.engine.patterns import Candidate, Pattern, PatternFault, compile_pattern
from tests.support.conversations import MORNING, trigger

LETTERS = "abkAnKsSçÇãßẞıİſςΣσ\u0301\u0345\u212a\ufb01ǅжЖ語😀\u20e3\ufe0f1２٣"
PIECES = st.one_of(
    st.text(LETTERS, min_size=1, max_size=4),
    st.sampled_from(
        ["oi", "pix", "pizza", "uma pizza", "não", "preço", "-1", "1.000", "3,5", " ", "\n", "\x00", "\ue000"]
    ),
)
TEXTS = st.lists(PIECES, min_size=1, max_size=5).map("".join)
NUMBERS = st.one_of(
    st.integers(-3, 3).map(str),
    st.decimals(-3, 3, places=1).map(str),
    st.sampled_from(["9" * 30, "-0", "0.0000000001"]),
)
RANGES = st.one_of(
    st.just(""),
    NUMBERS,
    st.tuples(st.sampled_from([">", ">=", "<", "<="]), NUMBERS).map("".join),
    st.tuples(NUMBERS, NUMBERS).map("..".join),
)
OPERATORS = st.sampled_from(
    ["|", "(", ")", "(?:", "[", "]", "[^", "{2}", "{0,3}", "*", "+", "?", ".", "^", "$", r"\b", r"\d", r"\pL", "(?-i)"]
)
EXPRESSIONS = st.one_of(
    st.lists(st.one_of(PIECES, OPERATORS), min_size=1, max_size=7).map("".join),
    st.sampled_from(
        [r"^\d{2}$", "^.{3,900}$", "pizza|oi", "(pizza|preco)s?", r"\bpreco\b.*pizza", "pizz[ao]", ".", "x*"]
    ),
)


def compiled(kind: str, pattern: str | list[str]) -> Pattern:
    try:
        return compile_pattern(kind, pattern)
    except PatternFault:
        assume(condition=False)
        raise


PATTERNS = st.one_of(
    st.builds(compiled, st.just("equals"), st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(compiled, st.just("contains"), st.lists(TEXTS, min_size=1, max_size=3)),
    st.builds(compiled, st.just("regex"), EXPRESSIONS),
    st.builds(compiled, st.just("number"), RANGES),
)
WRITTEN = st.one_of(TEXTS, NUMBERS, st.text(max_size=30), st.sampled_from(["", "a" * 5000, "pizza " * 500]))
LOCALES = st.sampled_from(["pt-BR", "en", ""])


def found(patterns: Sequence[Pattern], candidate: Candidate) -> list[int]:
    """What is left of the index's answer after each pattern in it was asked."""
    possible = Index(patterns).possible(candidate)
    assert possible == sorted(set(possible))
    return [position for position in possible if patterns[position].matches(candidate)]


def loop(patterns: Sequence[Pattern], candidate: Candidate) -> list[int]:
    """What the index must give: the loop that it stands for."""
    return [position for position, each in enumerate(patterns) if each.matches(candidate)]


@given(st.lists(PATTERNS, max_size=12), WRITTEN, LOCALES)
def test_the_index_finds_what_a_loop_finds_in_the_same_order(patterns: list[Pattern], text: str, locale: str) -> None:
    assert found(patterns, Candidate(text, locale)) == loop(patterns, Candidate(text, locale))


@given(st.lists(EXPRESSIONS.map(lambda each: ("regex", each)), max_size=8), st.lists(EXPRESSIONS, max_size=3))
def test_an_expression_is_found_in_texts_like_itself(sources: list[tuple[str, str]], written: list[str]) -> None:
    patterns = [compiled(*each) for each in sources]
    for text in (*written, *(source for _, source in sources)):
        assert found(patterns, Candidate(text, "en")) == loop(patterns, Candidate(text, "en"))


@dataclass(frozen=True)
class Looked:
    """What the whole matching of a message came to."""

    found: Trigger | None
    trace: Sequence[Any]


def plainly(triggers: Sequence[Trigger], said: Sequence[Candidate], cooling: set[str], *, interrupt: bool) -> Looked:
    """`match` as a loop over all triggers, one line for each thing it does."""
    trace: list[tuple[str, str]] = []
    for candidate in said:
        for each in triggers:
            if each.interrupt is interrupt and each.pattern.matches(candidate):
                if each.id not in cooling:
                    return Looked(each, [*trace, ("trigger_matched", each.label)])
                trace.append(("trigger_cooling_down", each.label))
    return Looked(None, trace if interrupt else [*trace, ("no_trigger", len(triggers))])


@given(
    patterns=st.lists(st.tuples(PATTERNS, st.booleans(), st.booleans()), max_size=10),
    text=WRITTEN,
    label=WRITTEN,
    locale=LOCALES,
)
def test_cooldowns_interrupts_and_a_buttons_title_are_as_in_a_loop(
    patterns: list[tuple[Pattern, bool, bool]], text: str, label: str, locale: str
) -> None:
    triggers = [
        replace(trigger("x", "words", id=f"t{at}", label=f"t{at}", interrupt=interrupt, cooldown=60), pattern=pattern)
        for at, (pattern, interrupt, _) in enumerate(patterns)
    ]
    cooling = {each.id for each, (_, _, cools) in zip(triggers, patterns, strict=True) if cools}
    indexed = Triggers(triggers)
    moments = dict.fromkeys(cooling, MORNING - timedelta(seconds=1))
    said = [Candidate(text, locale), Candidate(label, locale)]
    for interrupt in (True, False):
        possible = [(each, indexed.possible(each)) for each in said]
        matched, trace = match(possible, len(triggers), moments, MORNING, interrupt=interrupt)
        told = [(each.code, each.data.get("trigger", each.data.get("tried"))) for each in trace]
        assert Looked(matched, told) == plainly(triggers, said, cooling, interrupt=interrupt)


@given(st.lists(RANGES, max_size=12), st.lists(NUMBERS, min_size=1, max_size=5))
def test_a_number_is_found_in_the_ranges_around_it_with_their_bounds_as_they_are(
    ranges: list[str], numbers: list[str]
) -> None:
    patterns = [compiled("number", each) for each in ranges]
    for number in numbers:
        assert found(patterns, Candidate(number, "en")) == loop(patterns, Candidate(number, "en"))


def test_every_letter_is_found_in_each_of_its_cases() -> None:
    letters = [chr(code) for code in (*range(0xD800), *range(0xF900, 0x1F000))]
    cases = {each: {each, each.lower(), each.upper(), each.title(), each.casefold()} for each in letters}
    cased = {each: written for each, written in cases.items() if len(written) > 1}
    for kind in ("contains", "regex"):
        patterns = [compile_pattern(kind, each * 3) for each in cased]
        index = Index(patterns)
        for at, (letter, written) in enumerate(cased.items()):
            for candidate in (Candidate(each * 3, "en") for each in written):
                assert at in index.possible(candidate) or not patterns[at].matches(candidate), (kind, letter)


def test_only_a_few_of_ten_thousand_patterns_are_left_to_be_asked() -> None:
    words = [f"palavra{number}x" for number in range(2500)]
    patterns = [
        compile_pattern(kind, pattern)
        for number, word in enumerate(words)
        for kind, pattern in (
            ("equals", word),
            ("contains", word),
            ("regex", rf"\b{word}s?\b"),
            ("number", str(number)),
        )
    ]
    index = Index(patterns)
    for at in (0, 1249, 1250, 2499):
        assert index.possible(Candidate(f"a {words[at]} b", "en")) == [4 * at + 1, 4 * at + 2]
        assert index.possible(Candidate(words[at], "en")) == [4 * at, 4 * at + 1, 4 * at + 2]
        assert index.possible(Candidate(str(at), "en")) == [4 * at + 3]


def test_short_texts_other_scripts_and_expressions_that_need_no_part_are_looked_for_too() -> None:
    written = (("contains", "oi"), ("regex", r"^\d{5}$"), ("contains", "语"), ("regex", "привет"))
    index = Index([compile_pattern(*each) for each in written])
    assert index.possible(Candidate("OI!", "en")) == [0]
    assert index.possible(Candidate("12345", "en")) == [1]
    assert index.possible(Candidate("语", "en")) == [2]
    assert index.possible(Candidate("ПРИВЕТ", "en")) == [3]
    assert index.possible(Candidate("pizza", "en")) == []


def test_a_lone_surrogate_is_no_fault() -> None:
    patterns = [compile_pattern("contains", "pizza"), compile_pattern("regex", "pizza")]
    assert found(patterns, Candidate("pizza \ud800", "en")) == [0, 1]


def test_the_longest_cooldown_of_all_triggers_is_known() -> None:
    assert Triggers().longest_cooldown == timedelta(0)
    cooling = [trigger("pizza", "one", cooldown=5), trigger("calzone", "two", cooldown=60)]
    assert Triggers(cooling).longest_cooldown == timedelta(seconds=60)
