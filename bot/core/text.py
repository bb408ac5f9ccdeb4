"""Text from outside, made fit to be kept and shown."""

import re

from bot.core.expressions import compiled_later

MAX_TEXT = 20_000
"""Characters of a message that are kept."""
MAX_NAME = 255
"""Characters of a person's name."""
MAX_ID = 512
"""Characters of a provider's id."""

_BREAKS = {"\t": r"\t", "\n": r"\n", "\r": r"\r"}
_BREAKS_TO_BLANKS = dict.fromkeys(map(ord, _BREAKS), " ")
_BREAKS_TO_ESCAPES = {ord(each): escape for each, escape in _BREAKS.items()}
# Joiners hold emoji together, and letters of scripts that need them; beside any other letter they only hide.
_JOINS = r"[\u0300-\u1fff\u2100-\ud7ff\uf900-\U0001faff]"
_HIDDEN = compiled_later(
    # Controls, C1 among them: a terminal may act on them.
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f"
    # What turns a line around, breaks it, or has no width.
    r"\xad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b\u200e\u200f\u2028-\u202e\u2060-\u206f\u3164\ufeff\uffa0"
    # Lone surrogates, what means something to its owner alone, annotations, and no characters at all.
    r"\ud800-\udfff\ue000-\uf8ff\ufff0-\ufffb\ufffe\uffff"
    # Format characters of shorthand, music and hieroglyphs; tags, which spell words that nobody sees.
    r"\U00013430-\U0001343f\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
    rf"|(?<!{_JOINS})[\u200c\u200d]|[\u200c\u200d](?!{_JOINS})"
)
_BASIC = 0x10000
_UNKEEPABLE = dict.fromkeys([0, *range(0xD800, 0xE000)])


def clean(text: str, limit: int) -> tuple[str, bool]:
    r"""The text without NUL and lone surrogates, cut at `limit` characters, and whether anything was taken out.

    PostgreSQL keeps no NUL, and UTF-8 has no surrogates.

    >>> clean("caf\x00é", 10)
    ('café', True)
    >>> clean("a long story", 7)
    ('a long…', True)
    """
    # NUL and surrogates are not printable, and most texts are; translating takes ten times as long.
    if text.isprintable() and len(text) <= limit:
        return text, False
    kept = cut(text.translate(_UNKEEPABLE), limit)
    return kept, kept != text


def cut(text: str, limit: int) -> str:
    """The text, its end replaced by `…` where it has more than `limit` characters."""
    return text if len(text) <= limit else f"{text[: limit - 1].rstrip()}…"


def escaped(text: str) -> str:
    r"""The text with what steers terminals, turns lines around or hides made visible; line breaks, too.

    >>> print(escaped("Ana\x9b31m\u202e\nPaid"))
    Ana\u009b31m\u202e\nPaid
    """
    if text.isascii() and text.isprintable():
        return text
    return _HIDDEN.sub(_escape, text.translate(_BREAKS_TO_ESCAPES))


def one_line(text: str) -> str:
    r"""The text as `escaped`, but with a blank for each line break, for a line that a person reads.

    >>> print(one_line("two\nlines\x1b[31m"))
    two lines\u001b[31m
    """
    return escaped(text.translate(_BREAKS_TO_BLANKS))


def shown_lines(text: str) -> str:
    r"""The text as `escaped`, with its line breaks.

    >>> print(shown_lines("two\nlines\x1b[31m"))
    two
    lines\u001b[31m
    """
    return "\n".join(map(escaped, text.split("\n")))


def escaped_json(document: str) -> str:
    r"""A JSON document that means the same, and shows what it holds wherever it is printed.

    >>> print(escaped_json('{"name": "Ana\u202e"}'))
    {"name": "Ana\u202e"}
    """
    return _HIDDEN.sub(_json_escape, document)


def _escape(found: re.Match[str]) -> str:
    point = ord(found[0])
    return f"\\u{point:04x}" if point < _BASIC else f"\\U{point:08x}"


def _json_escape(found: re.Match[str]) -> str:
    point = ord(found[0])
    if point < _BASIC:
        return f"\\u{point:04x}"
    high, low = divmod(point - _BASIC, 0x400)
    return f"\\u{0xD800 + high:04x}\\u{0xDC00 + low:04x}"
