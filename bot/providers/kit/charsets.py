"""The text in a mail's bytes, whatever character set it names: mail programs name wrong ones in a few known ways.

A name means what browsers take it for (https://encoding.spec.whatwg.org), since that is what readers of mail see.
"""

import encodings
import pkgutil
import re
from collections.abc import Mapping
from contextlib import suppress
from encodings.aliases import aliases

_MAX_NAME = 100
_THREE_BYTES = "\u0800"
"""From this character on UTF-8 takes three bytes, as other sets do not for a character."""
_UTF8 = "utf_8"
_FALLBACK = "cp1252"

_NOT_OF_MAILS = frozenset(
    {"punycode", "idna", "undefined", "unicode_escape", "raw_unicode_escape", "charmap", "aliases", "mbcs", "oem"}
    | {"rot_13"}
    | {f"{each}_codec" for each in ("base64", "bz2", "hex", "quopri", "uu", "zlib")}
)
"""Encodings that Python has for other ends; the first takes a day for a mebibyte made for it."""
_KNOWN = frozenset(each.name for each in pkgutil.iter_modules(encodings.__path__)) - _NOT_OF_MAILS

_MEANT: Mapping[str, str] = {
    # The smaller set is named, and the one that holds more letters is written.
    "ascii": "cp1252",
    "latin_1": "cp1252",
    "iso8859_1": "cp1252",
    "iso8859_9": "cp1254",
    "iso8859_11": "cp874",
    "tis_620": "cp874",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "shift_jis": "cp932",
    "big5": "big5hkscs",
    # Python's reads the machine's own order of bytes.
    "utf_16": "utf_16_le",
    # Names that Python does not know.
    "ansi": "cp1252",
    "ansi_x3_4_1968": "cp1252",
    "asmo_708": "iso8859_6",
    "gb_2312": "gb18030",
    "gb_2312_80": "gb18030",
    "iso_ir_149": "cp949",
    "ks_c_5601": "cp949",
    "ks_c_5601_1989": "cp949",
    "ksc56011987": "cp949",
    "ksc_5601": "cp949",
    "ms949": "cp949",
    "windows_949": "cp949",
    "windows_31j": "cp932",
    "windows_936": "gb18030",
    "windows_950": "big5hkscs",
    "cn_big5": "big5hkscs",
    "eucpkdfmtjapanese": "euc_jp",
    "dos_874": "cp874",
    "windows_874": "cp874",
    "isolatin9": "iso8859_15",
    "iso8859_6_e": "iso8859_6",
    "iso8859_6_i": "iso8859_6",
    "iso8859_6e": "iso8859_6",
    "iso8859_6i": "iso8859_6",
    "iso8859_8_e": "iso8859_8",
    "iso8859_8_i": "iso8859_8",
    "iso8859_8e": "iso8859_8",
    "iso8859_8i": "iso8859_8",
    "logical": "iso8859_8",
    "visual": "iso8859_8",
    "sun_eu_greek": "iso8859_7",
    "koi": "koi8_r",
    "koi8": "koi8_r",
    "koi8_ru": "koi8_u",
    "mac": "mac_roman",
    "macroman": "mac_roman",
    "mac_ukrainian": "mac_cyrillic",
    "unicode_1_1_utf_8": _UTF8,
    "unicode11utf8": _UTF8,
    "unicode20utf8": _UTF8,
    "utf8mb4": _UTF8,
    "utf_8mb4": _UTF8,
    "iso_10646_ucs_2": "utf_16_le",
    "ucs_2": "utf_16_le",
    "unicodefffe": "utf_16_be",
    "unicode": "utf_16_le",
    "unicodefeff": "utf_16_le",
}
_ISO_8859 = re.compile(r"^iso_?8859_?(?=[0-9])")
_MANY_BYTES = frozenset(
    {_UTF8, "utf_8_sig", "utf_7", "utf_16_le", "utf_16_be", "utf_32", "utf_32_le", "utf_32_be"}
    | {"gb18030", "hz", "big5hkscs", "cp932", "cp949", "cp950", "euc_jp", "euc_jis_2004", "euc_jisx0213", "johab"}
    | {"shift_jis_2004", "shift_jisx0213", "iso2022_kr", "iso2022_jp"}
    | {f"iso2022_jp_{each}" for each in ("1", "2", "2004", "3", "ext")}
)
"""Those in which a character may take several bytes; in any other one, what is UTF-8 is so by no chance."""


def decode_text(content: bytes, charset: str) -> str:
    r"""The text in `content`, whose character set is said to be `charset`; bytes that are none of it are U+FFFD.

    Where that is empty or none that mails are written in, it is UTF-8. What is valid UTF-8 is that before any set of
    one byte a character, and before others where it is so by no chance; what says nothing and is evidently no UTF-8
    is Windows-1252.

    >>> decode_text("pão".encode(), "us-ascii"), decode_text(b"p\xe3o", "")
    ('pão', 'pão')
    """
    codec = _codec(charset)
    if codec not in _MANY_BYTES:
        return _utf8(content, otherwise=codec)
    if codec == _UTF8:
        return _utf8(content, otherwise=_UTF8 if is_charset(charset) else "")
    with suppress(UnicodeDecodeError):
        text = content.decode(_UTF8)
        if max(text, default="") >= _THREE_BYTES:
            return text.removeprefix("\ufeff")
    return content.decode(codec, "replace").removeprefix("\ufeff")


def is_charset(name: str) -> bool:
    """Whether `name` is that of a character set that mails are written in."""
    return bool(_codec(name, otherwise=""))


def _utf8(content: bytes, *, otherwise: str) -> str:
    """The content as UTF-8; where it is none, in the set that is named, else in whichever spoils less of it."""
    try:
        return content.decode(_UTF8).removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        whole = content[: error.start]
        is_cut = error.reason == "unexpected end of data"
    if is_cut and not whole.isascii():
        return whole.decode(_UTF8).removeprefix("\ufeff")
    if otherwise:
        return content.decode(otherwise, "replace")
    readable, all_of_it = content.decode(_UTF8, "ignore"), content.decode(_UTF8, "replace")
    letters = len(readable) - len(readable.encode("ascii", "ignore"))
    return all_of_it if letters > len(all_of_it) - len(readable) else content.decode(_FALLBACK, "replace")


def _codec(charset: str, otherwise: str = _UTF8) -> str:
    """Python's own name of a character set; `otherwise` where it is none that mails are written in.

    Python keeps every name it was ever asked for, so it is asked for none that a stranger made up.
    """
    if not charset.isascii():
        return otherwise
    name = encodings.normalize_encoding(charset[:_MAX_NAME].strip(" \"'")).lower().replace(".", "_")
    return _named(name) or _named(name.removeprefix("x_").removeprefix("cs").removeprefix("x_")) or otherwise


def _named(name: str) -> str:
    found = aliases.get(name) or _ISO_8859.sub("iso8859_", name)
    meant = _MEANT.get(found, found)
    return meant if meant in _KNOWN else ""
