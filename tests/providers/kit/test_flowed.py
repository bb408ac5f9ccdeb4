"""Soft line breaks."""

from bot.providers.kit.flowed import unflowed
from tests.support.tables import for_each


@for_each(
    ("text", "expected"),
    [
        ("", ""),
        ("a\nb", "a\nb"),
        ("a \nb\nc", "a b\nc"),
        (" > no quote", "> no quote"),
        ("> a \n> b\n>> c \n> d", "> a b\n>> c \n> d"),
        ("a \n-- \nAna", "a \n-- \nAna"),
        ("a \n", "a "),
        ("a ", "a "),
        (">\n> a", "> \n> a"),
    ],
)
def test_a_line_that_ends_in_a_blank_goes_on_in_the_next(text: str, expected: str) -> None:
    assert unflowed(text) == expected
