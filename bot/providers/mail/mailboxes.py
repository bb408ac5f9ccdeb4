"""The people in a header such as `From` (RFC 5322, 3.4): comments, quotes, groups, and the forms that are not allowed.

Read from the left, a character once; what could be understood in two ways names nobody.
"""

import re
from typing import NamedTuple

from bot.providers.kit.encoded_words import decode_words

_MAX_HEADER = 2_000
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)


class Mailbox(NamedTuple):
    """One of a header's people.

    Attributes:
        name: as readers see it, or empty.
        address: as it is spelled, without blanks around it; it may be none.
    """

    name: str
    address: str


def mailboxes(value: str) -> list[Mailbox]:
    """Who is in a header; those that can be read in more than one way are left out.

    >>> mailboxes("Lösung, Ana <ana@example.net>, rui@example.net (Rui)")
    [Mailbox(name='Lösung, Ana', address='ana@example.net'), Mailbox(name='Rui', address='rui@example.net')]
    """
    found: list[Mailbox] = []
    loose: list[str] = []
    # Some programs encode the address along with the name.
    spelled = value[:_MAX_HEADER] if "@" in value else decode_words(value)
    for entry in _entries(spelled):
        if not entry.address and not entry.broken:
            # A comma in a name that nobody put into quotes.
            loose.append(entry.name or entry.comment)
            continue
        name = ", ".join(filter(None, [*loose, entry.name])) or entry.comment
        loose = []
        if not entry.broken:
            found.append(Mailbox(decode_words(name), entry.address))
    return found


class _Entry(NamedTuple):
    """What stands between two commas.

    Attributes:
        name: the words beside the address.
        address: within angle brackets, or the one bare word with an `@`; as it is spelled, or empty.
        comment: what stands in parentheses.
        broken: it could be two people, or is none.
    """

    name: str
    address: str
    comment: str
    broken: bool


class _Words:
    """An entry's characters, as they come."""

    def __init__(self) -> None:
        self.plain: list[str] = []
        self.angle: str | None = None
        self.comments: list[str] = []
        self.broken = False

    def add(self, plain: str) -> None:
        # What follows an address is no part of its name.
        self.broken |= self.angle is not None and not plain.isspace()
        self.plain.append(plain)

    def entry(self) -> _Entry:
        words, comment = "".join(self.plain).strip(), " ".join(self.comments)
        if self.angle is None:
            is_address = "@" in words
            return _Entry("" if is_address else words, _bare(words) if is_address else "", comment, self.broken)
        # A route (RFC 5322, 4.4) goes before the address.
        address = self.angle.rpartition(":")[2] if self.angle.lower().startswith(("@", "mailto:")) else self.angle
        return _Entry(words, address.strip(), comment, self.broken)


def _bare(words: str) -> str:
    """An address without angle brackets; blanks may stand around its `@`."""
    local, at, domain = words.partition("@")
    return f"{local.strip()}{at}{domain.strip()}"


def _entries(value: str) -> list[_Entry]:
    entries, words, at = [], _Words(), 0
    while at < len(value):
        character = value[at]
        at += 1
        if character == '"':
            content, at = _quoted(value, at)
            words.add(content)
        elif character == "(":
            content, at = _comment(value, at)
            words.comments.append(content)
            words.broken |= not content
        elif character == "<":
            words.broken |= words.angle is not None
            words.angle, _, _ = value[at:].partition(">")
            at += len(words.angle) + 1
        elif character in ",;":
            entries.append(words.entry())
            words = _Words()
        elif character == ":":
            # The name of a group is nobody's; without one it is no group.
            is_group = bool("".join(words.plain).strip())
            words = _Words()
            words.broken = not is_group
        else:
            words.broken |= character in ")>"
            words.add(character)
    return [*entries, words.entry()]


def _quoted(value: str, start: int) -> tuple[str, int]:
    """What stands in quotation marks from `start` on, and where they end; a mark alone is none."""
    end = start
    while end < len(value) and value[end] != '"':
        end += 2 if value[end] == "\\" else 1
    if end >= len(value):
        return " ", start
    return _ESCAPED.sub(r"\1", value[start:end]), end + 1


def _comment(value: str, start: int) -> tuple[str, int]:
    """What stands in parentheses from `start` on, and where they end; empty where they do not."""
    depth, end = 1, start
    while end < len(value):
        depth += {"(": 1, ")": -1}.get(value[end], 0)
        end += 2 if value[end] == "\\" else 1
        if not depth:
            return _ESCAPED.sub(r"\1", value[start : end - 1]) or " ", end
    return "", end
