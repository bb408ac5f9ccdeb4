"""Which passwords are taken: long ones that nobody would try first."""

import re
from collections.abc import Iterable
from functools import cache
from itertools import pairwise
from pathlib import Path
from unicodedata import normalize

from bot.core.errors import BotError
from bot.core.i18n import N_

LEAST = 10
"""Characters."""
MOST = 1000
"""Bytes."""
_LEAST_DIFFERENT = 5
_LEAST_BESIDE = 6
_LEAST_NAME = 3
_COMMON = Path(__file__).with_name("common_passwords.txt")
_READ_AS = str.maketrans("013457@$!", "oieastasi")
"""What people write for letters, and think that nobody tries."""


class WeakPasswordError(BotError):
    """A password that is not taken."""


def require_good(password: str, about: Iterable[str] = ()) -> None:
    """Raises WeakPasswordError for a password that is short, too long, or easily guessed.

    Args:
        password: as it was typed.
        about: what everybody knows of its owner: their address, their name.
    """
    if len(password) > MOST or len(password.encode(errors="replace")) > MOST:
        raise WeakPasswordError(
            N_("the password is too long"), mend=N_("Take one of at most {most} bytes."), most=str(MOST)
        )
    if len(password) < LEAST:
        raise WeakPasswordError(
            N_("the password is too short"),
            mend=N_("Take one of at least {least} characters: three or four words are easily remembered."),
            least=str(LEAST),
        )
    plain = normalize("NFKC", password).casefold()
    if len(set(plain)) < _LEAST_DIFFERENT or _is_run(plain) or _is_common(plain) or _is_name(plain, about):
        raise WeakPasswordError(
            N_("this password is one of the first that somebody would try"),
            mend=N_("Take three or four words that have nothing to do with each other or with you."),
        )


def _is_run(plain: str) -> bool:
    """Whether each character is as far from the last one: 1234567890, abcdefghij."""
    steps = {ord(after) - ord(before) for before, after in pairwise(plain)}
    return len(steps) == 1


def _is_common(plain: str) -> bool:
    """Whether it is a common one, or one word that is dressed up with digits and marks, or said more than once."""
    words = [each for each in re.split(r"[\W_]+", plain) if not each.isdigit()]
    alone = words[0] if len(words) == 1 else plain
    undressed = {plain, alone, re.sub(r"^\d+|\d+$", "", alone), re.sub(r"^[\W\d_]+|[\W\d_]+$", "", plain)}
    read = undressed | {each.translate(_READ_AS) for each in undressed}
    return not _common().isdisjoint(read | {_once(each) for each in read})


def _once(text: str) -> str:
    """The part of which a text consists alone, said several times; else the text."""
    found = re.fullmatch(r"(.{2,}?)\1+", text)
    return found[1] if found else text


def _is_name(plain: str, about: Iterable[str]) -> bool:
    """Whether little is left of it without what everybody knows of its owner, and the name of this program."""
    parts = {part for each in (*about, "recado") for part in re.split(r"[\W_]+", each.casefold())}
    rest = plain
    for part in sorted(parts, key=len, reverse=True):
        if len(part) >= _LEAST_NAME:
            rest = rest.replace(part, "")
    return sum(map(str.isalnum, rest)) < _LEAST_BESIDE


@cache
def _common() -> frozenset[str]:
    lines = _COMMON.read_text("utf-8").splitlines()
    return frozenset(each for each in lines if not each.startswith("#"))
