"""A header's words that are not ASCII (RFC 2047), read as leniently as mail programs write them."""

import binascii
import re
from collections.abc import Iterator

from bot.providers.kit.charsets import decode_text, is_charset
from bot.providers.kit.transfer_encoding import decode_base64

_MAX_VALUE = 2_000
_WORD = re.compile(
    # The character set, perhaps with a language; the encoding; what is encoded, where a `?` should not be.
    r"=\?([^?\s*]{1,60})(?:\*[^?\s]{0,30})?\?([bq])\?([^?]*(?:\?(?!=)[^?]*)*)\?=",
    re.IGNORECASE | re.ASCII,
)


def decode_words(value: str) -> str:
    """A header's value, at most 2 000 characters of it, with its encoded words in plain; broken ones as they are.

    >>> decode_words("=?utf-8?q?Jos=C3=A9?=")
    'José'
    """
    value = value[:_MAX_VALUE]
    if "=?" not in value:
        return value
    return "".join(decode_text(piece, charset) for charset, piece in _pieces(value))


def _pieces(value: str) -> Iterator[tuple[str, bytes]]:
    """The value's bytes by their character set; blanks between encoded words are none of it."""
    end, charset, content = 0, "", b""
    for word in _WORD.finditer(value):
        decoded = _decoded(word[2], word[3])
        if not decoded or not is_charset(word[1]):
            continue
        between = value[end : word.start()]
        follows = end > 0 and not between.strip()
        # A character may be parted between two words, though it should not be.
        if not follows or word[1].lower() != charset:
            yield charset, content
            content = b""
        if not follows:
            yield "", between.encode("utf-8", "replace")
        charset, end = word[1].lower(), word.end()
        content += decoded
    yield charset, content
    yield "", value[end:].encode("utf-8", "replace")


def _decoded(encoding: str, encoded: str) -> bytes:
    raw = encoded.encode("utf-8", "replace")
    return decode_base64(raw) if encoding in "bB" else binascii.a2b_qp(raw, header=True)
