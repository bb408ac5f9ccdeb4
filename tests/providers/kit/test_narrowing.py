"""What every provider shares: narrowing JSON, cleaning text, numbering choices."""

import math
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.core.addresses import Address, AddressKind, Channel
from bot.core.errors import UnparsableError
from bot.core.messages import Choice, InboundMessage
from bot.core.text import clean, cut
from bot.providers.base import Credentials
from bot.providers.kit.cleaned import cleaned
from bot.providers.kit.json_reader import Part, instant, keepable, read_object
from bot.providers.kit.numbered import numbered
from bot.providers.kit.signatures import equal
from tests.support.tables import for_each


def part(**value: Any) -> Part:
    return Part(value, key="entry", index=0)


def fault(action: Any) -> str:
    with pytest.raises(UnparsableError) as caught:
        action()
    return caught.value.message


@for_each(("value", "expected"), [("a", "a"), ("", ""), (131047, "131047"), (1.5, "1.5")])
def test_text_is_a_string_or_a_numbers_digits(value: object, expected: str) -> None:
    assert part(code=value).text("code") == expected


@for_each("value", [True, [], {}])
def test_what_is_no_text_names_its_path(value: object) -> None:
    assert fault(lambda: part(code=value).text("code", "")) == "entry[0].code is not text"


def test_what_is_missing_names_its_path_unless_it_has_a_default() -> None:
    assert part().text("code", "none") == "none"
    assert part(code=None).text("code", "none") == "none"
    assert fault(lambda: part().text("code")) == "entry[0].code is not there"
    assert fault(lambda: part().part("text")) == "entry[0].text is not there"
    empty = part().maybe("text")
    assert (empty.path, empty.value) == ("entry[0].text", {})
    assert list(part().parts("items")) == []


@for_each("value", ["", "a\0b", "\ud83d", "a" * 513])
def test_an_id_is_never_mended(value: str) -> None:
    assert fault(lambda: part(id=value).identifier("id")) == "entry[0].id is not an id"


def test_the_longest_id_is_taken() -> None:
    assert part(id="a" * 512).identifier("id") == "a" * 512


@for_each("value", [1760000000, "1760000000", 1760000000.0])
def test_a_moment_is_unix_seconds_however_they_are_written(value: object) -> None:
    assert part(at=value).instant("at") == datetime(2025, 10, 9, 8, 53, 20, tzinfo=UTC)


@for_each("value", [None, "", "soon", "1e400", "nan", 10**30, 10**400, [], -(10**15)])
def test_what_is_no_moment_is_left_out(value: object) -> None:
    assert part(at=value).instant("at") is None


def test_infinity_is_no_moment() -> None:
    assert instant(math.inf) is None


def test_credentials_show_their_keys_and_never_their_values() -> None:
    assert repr(Credentials({"token": "secret", "empty": ""}, {})) == "Credentials(token)"


def test_a_body_is_made_fit_for_every_database() -> None:
    body = read_object(b'{"a\\u0000": ["x\\ud800y", 1e999, 123456789012345678901234567890, 1.5, true, null]}')
    assert keepable(body.value) == {"a": ["xy", "inf", "123456789012345678901234567890", 1.5, True, None]}


def test_what_is_nested_too_deep_is_left_out() -> None:
    deep: Any = "core"
    for _ in range(30):
        deep = [deep]
    kept, depth = keepable(deep), 0
    while kept is not None:
        (kept,) = kept
        depth += 1
    assert depth == 20


@for_each(
    ("text", "expected"),
    [("olá", ("olá", False)), ("a\0b", ("ab", True)), ("\udc00", ("", True)), ("abcdef", ("abcd…", True))],
)
def test_text_says_whether_anything_was_taken_out(text: str, expected: tuple[str, bool]) -> None:
    assert clean(text, 5) == expected


@given(st.text(st.characters(codec=None)) | st.text("aé\n\0\ud800 "), st.integers(1, 40))
def test_a_text_is_rid_of_what_cannot_be_kept_and_of_nothing_else(text: str, limit: int) -> None:
    kept = cut("".join(each for each in text if each != "\0" and not "\ud800" <= each <= "\udfff"), limit)
    assert clean(text, limit) == (kept, kept != text)


def test_a_cut_leaves_no_blank_before_the_dots() -> None:
    assert cut("one two", 5) == "one…"
    assert cut("one", 3) == "one"


def test_a_message_is_cleaned_in_every_part() -> None:
    message = InboundMessage(
        "whatsapp:1",
        "wamid.1",
        Channel.WHATSAPP,
        (Address(AddressKind.PHONE, "+15551230001"),),
        text="a\0",
        label="b\0",
        name="c\0",
        body={"d": "e\0"},
    )
    clean_one = cleaned(message)
    assert (clean_one.text, clean_one.label, clean_one.name, clean_one.body) == ("a", "b", "c", {"d": "e"})
    assert clean_one.cleaned
    assert cleaned(clean_one) == clean_one


def test_choices_are_numbered_below_the_text() -> None:
    choices = [Choice("m", "Margherita"), Choice("c", "Calabresa")]
    assert numbered("Qual?", choices) == "Qual?\n\n1. Margherita\n2. Calabresa"
    assert numbered("", choices) == "1. Margherita\n2. Calabresa"
    assert numbered("Qual?", []) == "Qual?"


def test_the_text_gives_way_to_the_choices_until_they_alone_are_too_long() -> None:
    choices = [Choice("m", "Margherita")]
    assert numbered("a" * 100, choices, 20) == "aaaa…\n\n1. Margherita"
    assert numbered("a" * 100, choices, 15) == "a" * 14 + "…"


@for_each(("given", "same"), [("segredo", True), ("Segredo", False), ("", False), ("\ud800", False)])
def test_secrets_are_compared_whatever_is_given(given: str, same: bool) -> None:
    assert equal(given, "segredo") is same
