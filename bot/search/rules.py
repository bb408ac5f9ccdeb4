"""The words by which things are found, and where they stand in what is shown."""

import re
from collections.abc import Iterable, Sequence

from bot.core.addresses import AddressKind
from bot.engine.text import compare

MAX_WORD = 64
"""Characters of a word that count."""
MAX_WORDS = 3_000
"""Words of a text that count."""
MAX_TERMS = 8
"""Words that somebody may look for at once; more are left out."""
MAX_QUERY = 300
"""Characters of what somebody looks for."""
SHORTEST_DIGITS = 3
"""Digits at the end of a number by which it is found: what is typed may stand anywhere before them."""

_WORD = re.compile(r"[^\W_]+")
Span = tuple[int, int]
"""Where something stands in a text: the first character, and the one after the last."""


def words_of(text: str) -> list[str]:
    """The distinct words of a text, in the form in which the engine compares.

    Runs of letters and digits; what is between them parts them, so that the parts of an e-mail address are words.

    >>> words_of("OLÁ, Ana-Bia! olá ana.souza@example.com")
    ['ola', 'ana', 'bia', 'souza', 'example', 'com']
    """
    return list(dict.fromkeys(word[:MAX_WORD] for word in _WORD.findall(compare(text))))[:MAX_WORDS]


def words_of_contact(name: str, addresses: Iterable[tuple[str, str]]) -> list[str]:
    """The words by which a contact is found: of their name, and of each address, given as (kind, value).

    A phone number is found by any of its digits that follow each other: each of its ends is a word.
    """
    words = words_of(name)
    for kind, value in addresses:
        found = words_of(value)
        words += [end for word in found for end in _ends(word)] if kind == AddressKind.PHONE else found
    return list(dict.fromkeys(words))


def terms_of(query: str) -> list[str]:
    r"""What somebody looks for: beginnings of words, all of which must be there; none where nothing can be found.

    Whatever is typed is only words. A term that another one begins with says nothing new.

    >>> terms_of('mari "OR" maria\x00*'), terms_of("+55 (11) 99999")
    (['or', 'maria'], ['55', '11', '99999'])
    """
    words = words_of(query[:MAX_QUERY])[:MAX_TERMS]
    return [word for word in words if not any(other != word and other.startswith(word) for other in words)]


def marks_of(text: str, terms: Sequence[str]) -> list[Span]:
    """Where words of a text begin with one of the terms; whole words, since folding may change their length.

    >>> marks_of("Olá, Maria", ["mari"])
    [(5, 10)]
    """
    return [
        found.span()
        for found in _WORD.finditer(text)
        if any(word.startswith(term) for word in words_of(found[0]) for term in terms)
    ]


def marks_of_number(number: str, terms: Sequence[str]) -> list[Span]:
    """Where the terms stand in a phone number, as far as it has their digits."""
    return sorted((at, at + len(term)) for term in terms if (at := number.find(term)) >= 0)


def _ends(number: str) -> Iterable[str]:
    return (number[start:] for start in range(max(1, len(number) - SHORTEST_DIGITS + 1)))
