"""What a part's bytes were before they were made fit for transport (RFC 2045, 6)."""

import binascii
import re
from io import BytesIO

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/="
_OTHERS = bytes(each for each in range(256) if each not in _BASE64)
_MAX_PIECES = 1_000
_GROUP = 4
_STEP = 1024 * 1024
_TOKEN = re.compile(r"[\w-]+")


def decode_transfer(content: bytes, encoding: str) -> bytes:
    """The bytes that `content` stands for in `encoding`, a `Content-Transfer-Encoding`; the same in one not known."""
    token = _TOKEN.search(encoding[:100].lower())
    kind = token[0] if token else ""
    if kind == "base64":
        return decode_base64(content)
    return binascii.a2b_qp(content) if kind == "quoted-printable" else content


def has_strays(content: bytes, encoding: str) -> bool:
    """Whether there is something in the content that `decode_transfer` leaves out."""
    return "base64" in encoding.lower() and bool(content.translate(None, _BASE64 + b" \t\r\n"))


def decode_base64(content: bytes) -> bytes:
    """The bytes in `content`; other characters are left out (RFC 2045, 6.8), and what is cut keeps what is before.

    Some programs end several times, so that what follows an end is read on.

    >>> decode_base64(b"b2!k=YQ==")
    b'oia'
    """
    # Its value is taken out without another copy.
    decoded = BytesIO()
    rest, ends = b"", 0
    # Step by step: Python does nothing else until the library is through with what it was given.
    for at in range(0, len(content), _STEP):
        *ended, rest = (rest + content[at : at + _STEP].translate(None, _OTHERS)).split(b"=", _MAX_PIECES - ends)
        decoded.writelines(map(_piece, ended))
        ends += len(ended)
        if ends == _MAX_PIECES:
            return decoded.getvalue()
        whole = len(rest) // _GROUP * _GROUP
        decoded.write(binascii.a2b_base64(rest[:whole]))
        rest = rest[whole:]
    decoded.write(_piece(rest))
    return decoded.getvalue()


def _piece(sextets: bytes) -> bytes:
    # One character alone of a group of four stands for no byte.
    whole = sextets[:-1] if len(sextets) % _GROUP == 1 else sextets
    return binascii.a2b_base64(whole + b"=" * (-len(whole) % _GROUP))
