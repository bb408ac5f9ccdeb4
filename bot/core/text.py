"""Text from outside, made fit to be kept and shown."""

MAX_TEXT = 20_000
"""Characters of a message that are kept."""
MAX_NAME = 255
"""Characters of a person's name."""
MAX_ID = 512
"""Characters of a provider's id."""

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
