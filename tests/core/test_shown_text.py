"""What text from outside looks like where it is printed: nothing in it acts, hides, or turns a line around."""
# ruff: noqa: RUF001 - letters that look alike are what these tests are about

import json
import unicodedata
from collections.abc import Mapping, Sequence
from functools import cache

from bot.core.text import escaped, escaped_json, one_line
from tests.support.tables import for_each

SEEN = {*map(chr, range(0x600, 0x606)), *"\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd"}
"""Signs of Arabic, Syriac and Kaithi that stand before figures: Unicode counts them as formatting, yet they show."""


@cache
def by_category() -> Mapping[str, Sequence[str]]:
    """All characters; whoever runs other tests does not wait for them."""
    found: dict[str, list[str]] = {}
    for each in map(chr, range(0x110000)):
        found.setdefault(unicodedata.category(each), []).append(each)
    return found


def steering() -> list[str]:
    return [each for name in ("Cc", "Cf", "Cs", "Co", "Zl", "Zp") for each in by_category()[name] if each not in SEEN]


def test_every_character_that_steers_or_hides_is_shown_by_its_number() -> None:
    assert [f"{ord(each):x}" for each in steering() if each in escaped(f"a{each}b")] == []


def test_every_other_character_stays_as_it_is() -> None:
    letters = [
        each
        for category, characters in by_category().items()
        for each in characters
        if category[0] in "LNPS" and each not in "\u115f\u1160\u3164\uffa0"
    ]
    assert escaped("".join(letters)) == "".join(letters)


@for_each(
    "text",
    [
        "Olá, João!",
        "👩‍👩‍👧‍👦🏳️‍🌈👍🏽❤️‍🔥",
        "می\u200cخواهم",
        "क्\u200dष",
        "שלום עולם مرحبا",
        "\U0001f1e7\U0001f1f7",
        r"C:\Users\ana",
    ],
    ids=["Portuguese", "emoji", "Persian", "Hindi", "Hebrew and Arabic", "flag", "backslashes"],
)
def test_what_people_write_is_not_spoilt(text: str) -> None:
    assert one_line(text) == text
    assert escaped_json(json.dumps(text, ensure_ascii=False)) == json.dumps(text, ensure_ascii=False)


@for_each(
    ("text", "shown"),
    [
        ("a\u200db", r"a\u200db"),
        ("pay\u200cpal", r"pay\u200cpal"),
        ("a\U000e0041", r"a\U000e0041"),
        ("\U0001f600\u200d ", r"😀\u200d "),
        ("a\r\n\tb", r"a\r\n\tb"),
    ],
)
def test_joiners_between_other_letters_tags_and_breaks_are_shown(text: str, shown: str) -> None:
    assert escaped(text) == shown


def test_json_means_the_same_after_it_was_escaped() -> None:
    value = {
        "".join(steering()[:40]): "".join(each for each in steering() if not "\ud800" <= each <= "\udfff"),
        "n": [1],
    }
    document = escaped_json(json.dumps(value, ensure_ascii=False, indent=1))

    assert json.loads(document) == value
    assert not any(each in document for each in steering() if each != "\n")
