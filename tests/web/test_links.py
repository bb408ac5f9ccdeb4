"""Signed links: what a token says, nobody can have changed."""

from datetime import UTC, datetime, timedelta

import pytest
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from bot.core.errors import NotConfiguredError
from bot.web import links

NOW = datetime(2026, 3, 9, 12, 0, tzinfo=UTC)
OLD, NEW = SecretStr("an older key of the operator"), SecretStr("the newest key")
KEYS = (NEW,)


def test_a_token_gives_back_what_it_was_made_for() -> None:
    token = links.sign("media", "some:thing ñ", KEYS)

    assert links.read("media", token, KEYS, NOW) == "some:thing ñ"


def test_a_token_is_fit_for_a_url_as_it_is() -> None:
    assert set(links.sign("media", "?/&ü" * 20, KEYS)) <= set(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_."
    )


def test_a_token_for_one_purpose_is_worth_nothing_for_another() -> None:
    token = links.sign("media", "file", KEYS)

    assert links.read("unsubscribe", token, KEYS, NOW) is None


def test_a_token_with_any_character_changed_is_worth_nothing() -> None:
    token = links.sign("media", "file", KEYS, expires_at=NOW + timedelta(hours=1))

    for place, character in enumerate(token):
        changed = token[:place] + ("A" if character != "A" else "B") + token[place + 1 :]
        # The last character of 32 bytes in base64 has two bits that say nothing.
        assert links.read("media", changed, KEYS, NOW) is None or place == len(token) - 1


def test_the_older_keys_still_read_what_they_signed_and_the_newest_signs() -> None:
    before, after = links.sign("media", "file", (OLD,)), links.sign("media", "file", (NEW, OLD))

    assert links.read("media", before, (NEW, OLD), NOW) == "file"
    assert links.read("media", before, (NEW,), NOW) is None
    assert links.read("media", after, (NEW,), NOW) == "file"


def test_a_token_is_good_until_the_moment_it_expires() -> None:
    token = links.sign("media", "file", KEYS, expires_at=NOW)

    assert links.read("media", token, KEYS, NOW - timedelta(seconds=1)) == "file"
    assert links.read("media", token, KEYS, NOW) is None


def test_a_token_without_an_end_is_good_for_ever() -> None:
    token = links.sign("unsubscribe", "address", KEYS)

    assert links.read("unsubscribe", token, KEYS, NOW + timedelta(days=36_500)) == "address"


def test_without_a_key_nothing_is_signed_and_nothing_believed() -> None:
    with pytest.raises(NotConfiguredError, match="BOT_SECRET_KEY"):
        links.sign("media", "file", ())

    assert links.read("media", links.sign("media", "file", KEYS), (), NOW) is None


@given(st.text(max_size=200))
def test_what_was_never_signed_is_worth_nothing(text: str) -> None:
    assert links.read("media", text, KEYS, NOW) is None


def test_an_endless_token_is_not_even_looked_at() -> None:
    assert links.read("media", links.sign("media", "x" * 5000, KEYS), KEYS, NOW) is None


def test_the_keys_are_derived_as_rfc_5869_says() -> None:
    info = b"recado link media"
    theirs = HKDF(hashes.SHA256(), 32, None, info).derive(NEW.get_secret_value().encode())

    assert links._derived("media", NEW) == theirs
