"""How alike two contacts are: pure, so that whoever looks through many of them decides where they come from.

Only those who share a key are compared: the end of a number, a mailbox, the beginnings of a name's first and last word.
"""

import re
import unicodedata
from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz import fuzz

_NATIONAL = 8
"""The last digits of a number, which stay when a country's code or a ninth digit is left out."""
_ALIKE = 88.0
"""How alike names are, of 100, that are worth a look; below this it is another person more often than not."""
_BEGIN = 3
_WORD = re.compile(r"[^\W_]+")
_DOTLESS = frozenset({"gmail.com", "googlemail.com"})
"""Providers to whom a dot in a mailbox's name is none."""


class Likeness(StrEnum):
    """In what two contacts are alike."""

    PHONE = "phone"
    EMAIL = "email"
    NAME = "name"
    TOLD = "told"
    """The provider names addresses of both as one person's: it is certain."""


class Known(NamedTuple):
    """What is known of a contact.

    Attributes:
        id: theirs.
        name: or empty.
        phones: numbers, as E.164.
        emails: addresses.
    """

    id: str
    name: str
    phones: frozenset[str] = frozenset()
    emails: frozenset[str] = frozenset()


def keys_of(known: Known) -> Iterator[str]:
    """Under what a contact is looked for; two who share none are never compared."""
    yield from (f"p{each[-_NATIONAL:]}" for each in sorted(known.phones))
    yield from (f"e{mailbox(each)}" for each in sorted(known.emails))
    words = _words(known.name)
    if len(words) > 1:
        first, last = sorted((words[0][:_BEGIN], words[-1][:_BEGIN]))
        yield f"n{first} {last}"


def compared(one: Known, other: Known) -> tuple[float, tuple[Likeness, ...]]:
    """How alike they are, up to 1, and in what; 0 for those who are not.

    >>> compared(Known("a", "Ana Souza"), Known("b", "Souza, Ana"))
    (0.7, (<Likeness.NAME: 'name'>,))
    """
    reasons = []
    if not _ends(one.phones).isdisjoint(_ends(other.phones)):
        reasons.append(Likeness.PHONE)
    if not set(map(mailbox, one.emails)).isdisjoint(map(mailbox, other.emails)):
        reasons.append(Likeness.EMAIL)
    names = " ".join(_words(one.name)), " ".join(_words(other.name))
    ratio = fuzz.token_sort_ratio(*names) if all(names) else 0.0
    if ratio >= _ALIKE:
        reasons.append(Likeness.NAME)
    if reasons == [Likeness.NAME] and min(len(each.split()) for each in names) < 2:  # noqa: PLR2004 - a first name alone says nothing
        return 0.0, ()
    missed = 1.0
    for reason in reasons:
        missed *= 0.1 if reason is not Likeness.NAME else 1 - 0.7 * ratio / 100
    return (round(1 - missed, 3), tuple(reasons)) if reasons else (0.0, ())


def mailbox(address: str) -> str:
    """The mailbox to which a mail goes: without what stands behind a plus, and without dots where they are none.

    >>> mailbox("A.na+shop@Gmail.com")
    'ana@gmail.com'
    """
    name, _at, domain = address.casefold().rpartition("@")
    name = name.partition("+")[0]
    return f"{name.replace('.', '') if domain in _DOTLESS else name}@{domain}"


def _ends(phones: Iterable[str]) -> set[str]:
    return {each[-_NATIONAL:] for each in phones}


def _words(name: str) -> list[str]:
    plain = name.casefold()
    if not plain.isascii():
        plain = "".join(each for each in unicodedata.normalize("NFKD", plain) if not unicodedata.combining(each))
    return _WORD.findall(plain)
