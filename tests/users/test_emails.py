"""Addresses by which people log in: one spelling each, and no two that look alike."""

import pytest

from bot.core.errors import BotError
from bot.users.service import read_email


def test_what_is_one_address_is_kept_in_one_spelling() -> None:
    wide = "\uff21\uff2e\uff21@example.com"
    for kept, spellings in {
        "ana@example.com": ("ana@example.com", " Ana@Example.COM ", wide, "ana@EXAMPLE.com"),
        "josé@example.com": ("josé@example.com", "jose\u0301@example.com", "JOSÉ@example.com"),
        "ana@bücher.example": ("ana@bücher.example", "ana@xn--bcher-kva.example", "ANA@BÜCHER.example"),
        "иван@почта.рф": ("иван@почта.рф",),
        "ana+shop@example.com": ("ana+shop@example.com",),
    }.items():
        assert {read_email(each) for each in spellings} == {kept}


def test_letters_of_several_alphabets_are_refused() -> None:
    for spelled in ("аna@example.com", "ana@exаmple.com", "ana@еxample.com", "anα@example.com"):  # noqa: RUF001 - they look alike
        with pytest.raises(BotError, match="several alphabets"):
            read_email(spelled)


def test_what_is_no_address_is_refused() -> None:
    for spelled in (
        *(
            "",
            "ana",
            "ana@",
            "@example.com",
            "ana@example",
            "a b@example.com",
            "ana@example.com\nBcc: x@y.zz",
            "a@b@c.de",
        ),
        *("ana\u200b@example.com", "ana@localhost", "ana@[127.0.0.1]", f"a@{'b' * 300}.com", f"a@{'b.' * 150}com"),
        *("<script>@example.com", "\x00@example.com", "\ud800@example.com"),
    ):
        with pytest.raises(BotError, match="no e-mail address"):
            read_email(spelled)
