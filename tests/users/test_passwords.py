"""Passwords: what is taken, and what is kept of them."""

import pytest
from argon2 import PasswordHasher, extract_parameters

from bot.users.service import Cost, Passwords, WeakPasswordError, require_good
from tests.support.people import CHEAP, PASSWORD

ABOUT = ("ana.souza@padaria-aurora.com.br", "Ana Souza")


def test_a_password_that_is_easily_guessed_is_not_taken() -> None:
    for says, passwords in {
        "too short": ("", "short", "nine char"),
        "too long": ("x" * 1001, "é" * 501),
        "one of the first": (
            *("1234567890", "abcdefghijkl", "zyxwvutsrqpo", "aaaaaaaaaaaa", "abababababab"),
            *("qwertyuiop", "basketball", "1q2w3e4r5t", "senhasenha", "QWERTYUIOP"),
            *("password1234", "P@ssw0rd2024!", "flamengo2026", "!!!senha123", "S3nh4-1234", "mudar12345"),
            *("ana.souza@padaria-aurora.com.br", "anasouza123", "padaria2026", "Aurora!!2026", "recado2026"),
            "".join(chr(ord(each) + 0xFEE0) for each in "password123"),
        ),
    }.items():
        for each in passwords:
            with pytest.raises(WeakPasswordError, match=says):
                require_good(each, ABOUT)


def test_what_takes_long_to_guess_is_taken_whatever_it_is_made_of() -> None:
    for each in (
        PASSWORD,
        "correct horse battery staple",
        "três tigres tristes",
        "кошка на окне",
        "x7!kP2@vQ9",
        "é" * 495 + "abcdef",
    ):
        require_good(each, ABOUT)
    require_good("ana conhece dez tigres", ABOUT)


async def test_a_hash_is_argon2id_at_the_cost_of_real_people() -> None:
    hashed = await Passwords().hash(PASSWORD)

    used = extract_parameters(hashed)
    assert hashed.startswith("$argon2id$")
    assert (used.memory_cost, used.time_cost, used.parallelism, used.salt_len) == (64 * 1024, 3, 1, 16)


async def test_the_password_alone_fits_however_its_characters_are_composed() -> None:
    passwords = Passwords(CHEAP)
    hashed = await passwords.hash("café-com-açúcar")

    assert await passwords.fits("cafe\u0301-com-ac\u0327u\u0301car", hashed)
    assert not await passwords.fits("cafe-com-acucar", hashed)
    assert not await passwords.fits("\ud800", hashed)
    assert not await passwords.fits("café-com-açúcar", "no hash at all")
    assert not await passwords.fits("café-com-açúcar", None)
    assert "açúcar" not in hashed


async def test_where_there_is_no_hash_one_is_compared_all_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    compared: list[str] = []
    passwords = Passwords(CHEAP)
    hashed = await passwords.hash(PASSWORD)
    verify = PasswordHasher.verify

    def seen(self: PasswordHasher, hash_: str, password: str) -> bool:
        compared.append(hash_)
        return verify(self, hash_, password)

    monkeypatch.setattr(PasswordHasher, "verify", seen)
    await passwords.fits("x", hashed)
    await passwords.fits("x", None)

    assert [extract_parameters(each) for each in compared] == [extract_parameters(hashed)] * 2


async def test_a_hash_of_a_lower_cost_is_dated() -> None:
    hashed = await Passwords(CHEAP).hash(PASSWORD)

    assert not Passwords(CHEAP).is_dated(hashed)
    assert Passwords(Cost(memory=16, passes=1)).is_dated(hashed)
