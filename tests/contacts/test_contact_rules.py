"""What may be kept of a person."""

from decimal import Decimal

import pytest

from bot.contacts.rules import MAX_TAG, MAX_TEXT, attribute_of, attributes_in, stored, tags_of, typed
from bot.core.errors import BotError
from bot.engine.conversation import ChangeContact, StateValue
from tests.support.tables import for_each

KEPT: dict[str, StateValue] = {"plan": "gold", "visits": 3, "rate": Decimal("0.1"), "vip": True, "until": "2026-12-31"}


@for_each(("name", "value"), KEPT.items())
def test_text_numbers_truths_and_dates_are_kept_as_they_are(name: str, value: StateValue) -> None:
    assert attribute_of(name, value) == value
    assert attributes_in(stored({name: value})) == {name: value}


def test_none_are_no_column() -> None:
    assert stored({}) is None
    assert attributes_in(None) == {}


def test_text_loses_the_blanks_around_it() -> None:
    assert attribute_of("plan", " gold ") == "gold"


@for_each(
    ("name", "value"),
    [
        *[(name, "x") for name in ("", "a b", "1a", "_", "-", "a" * 65, "name", "Email", "tags", "timezone")],
        *[("a", value) for value in ("x" * (MAX_TEXT + 1), "a\x00", 10**15, Decimal("0.1234567890123456"))],
    ],
)
def test_what_cannot_be_kept_is_refused(name: str, value: StateValue) -> None:
    with pytest.raises(BotError):
        attribute_of(name, value)


def test_an_empty_text_takes_an_attribute_away() -> None:
    assert ChangeContact(attributes={"b": "", "c": False}).attributes_after({"a": 1, "b": 2}) == {"a": 1, "c": False}


def test_tags_are_small_letters_each_once() -> None:
    assert tags_of(" VIP,summer   Sale, vip,") == ("vip", "summer sale")


@for_each("text", ["", " , ", "a" * (MAX_TAG + 1), "a\x07"])
def test_what_is_no_tag_is_refused(text: str) -> None:
    with pytest.raises(BotError):
        tags_of(text)


@for_each(
    ("text", "value"),
    [("3", 3), ("-2.50", Decimal("-2.50")), ("false", False), ("01310", "01310"), ("1e3", "1e3"), ("True", "True")],
)
def test_what_is_typed_is_read_as_it_looks(text: str, value: StateValue) -> None:
    assert (typed(text), type(typed(text))) == (value, type(value))
