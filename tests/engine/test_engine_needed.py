"""What a text must have for a regular expression to match it."""

from hypothesis import given
from hypothesis import strategies as st

from bot.engine.patterns import Candidate, Regex, compile_pattern
from bot.engine.regex_literals import MOST_PARTS, needed_parts
from tests.support.tables import for_each


@for_each(
    ("expression", "parts"),
    [
        ("pizza", {"pizza"}),
        (r"\bPedid[oa]s?\b", {"pedid"}),
        (r"^(quero|gostaria de) (uma )?pizza", {"pizza"}),
        ("pizza|calzone", {"pizza", "calzone"}),
        ("(?:pizza|(?P<other>calzone|lasanha))+", {"pizza", "calzone", "lasanha"}),
        (r"a\.b\.c", {"a.b.c"}),
        ("ab+cde", {"bcde"}),
        ("abc{2}d", {"abc"}),
        ("(?i)abc(?-i:DEFG)", {"defg"}),
        ("x{,5}yz", {"x{,5}yz"}),
        ("[]abc]xyz", {"xyz"}),
        (r"[^]\]abc[:alpha:]]]xyz", {"]xyz"}),
        (r"\p{Greek}abc\pLde", {"abc"}),
        ("ação", set()),
        ("horário de hoje", {"rio de hoje"}),
    ],
)
def test_the_longest_part_that_is_needed_is_told(expression: str, parts: set[str]) -> None:
    assert needed_parts(expression) == parts


@for_each(
    "expression",
    [
        "oi",
        r"^\d{5}-?\d{3}$",
        "pizza|oi",
        "(pizza|calzone)?",
        "(pizza|)",
        "(pizza)*",
        "pizza|",
        "abc{0}de",
        "abc?de",
        r"\x41bcd",
        r"\Qabc\E",
        "привет",
        "|".join(f"pizza{number}" for number in range(MOST_PARTS + 1)),
    ],
)
def test_where_no_part_is_needed_or_none_is_understood_none_is_told(expression: str) -> None:
    assert needed_parts(expression) == set()


def test_groups_are_followed_however_deep_they_are() -> None:
    assert needed_parts("(" * 450 + "pizza" + ")" * 450) == {"pizza"}


Written = tuple[str, str]
"""An expression, and a text that it matches."""


def literally(text: str) -> Written:
    return "".join(f"\\{each}" if each in r"\.+*?()|[]{}^$-" else each for each in text), text


def in_a_row(pieces: list[Written]) -> Written:
    return "".join(expression for expression, _ in pieces), "".join(text for _, text in pieces)


@st.composite
def chosen(draw: st.DrawFn, branches: st.SearchStrategy[list[Written]]) -> Written:
    several = draw(branches)
    opening = draw(st.sampled_from(["(", "(?:", "(?i:", "(?P<name>", "(?<name>", "(?s-m:"]))
    return f"{opening}{'|'.join(expression for expression, _ in several)})", draw(st.sampled_from(several))[1]


@st.composite
def repeated(draw: st.DrawFn, pieces: st.SearchStrategy[Written]) -> Written:
    expression, text = draw(pieces)
    often = draw(st.integers(0, 3))
    fitting = {
        0: ["*", "?", "{0,2}", "{0}"],
        1: ["+", "?", "*", "{1}"],
        2: ["+", "{2}", "{1,}"],
        3: ["+", "*", "{2,3}"],
    }
    greed = draw(st.sampled_from(["", "?"]))
    return f"(?:{expression}){draw(st.sampled_from(fitting[often]))}{greed}", text * often


LITERALS = st.one_of(
    st.sampled_from(["pizza", "Calzone", "oi", "a.b", "(x)", "-1", "語", "{2}", "[z]"]).map(literally),
    st.text("abz .*]}-", min_size=1, max_size=5).map(literally),
)
OTHERS = st.sampled_from(
    [
        *(
            (r"\d", "7"),
            (r"\w+", "b"),
            ("[abc]", "c"),
            ("[^]a]", "z"),
            ("[]a]", "]"),
            (r"[\]a]", "]"),
            ("[[:digit:]b]", "4"),
        ),
        *(
            (".", "x"),
            (r"\pL", "q"),
            (r"\p{Greek}*", ""),
            (r"\x41", "a"),
            (r"\Qa.b\E", "a.b"),
            ("(?i)", ""),
            (r"\141", "a"),
        ),
        *(("a?", ""), ("b+", "bb"), ("c{2}", "cc"), (r"\.{0,2}", "."), ("d*?", "d"), (r"\n", "\n"), (r"\ ", " ")),
        *(("^", ""), ("$", ""), (r"\b", ""), (r"\a", "\a"), ("é", "e"), ("ﬁ", "fi"), ("K", "k")),
    ]
)
PIECES = st.recursive(
    st.one_of(LITERALS, OTHERS),
    lambda inner: st.one_of(
        st.lists(inner, min_size=1, max_size=4).map(in_a_row),
        chosen(st.lists(inner, min_size=1, max_size=3)),
        repeated(inner),
    ),
    max_leaves=10,
)


@given(PIECES, st.text("ab z", max_size=3), st.text("ab z", max_size=3))
def test_every_text_that_matches_has_a_part_that_is_needed(written: Written, before: str, after: str) -> None:
    expression, text = written
    if expression.count("<name>") > 1:
        return  # RE2 takes a name once
    pattern = compile_pattern("regex", expression)
    assert isinstance(pattern, Regex)
    parts = needed_parts(pattern.expression.decode())
    for whole in (text, text.upper(), before + text + after):
        candidate = Candidate(whole, "en")
        if pattern.matches(candidate) and parts:
            assert any(part in candidate.searchable.decode().lower() for part in parts)
