"""A file's bytes as text: one encoding, no invisible characters; and text as YAML writes it."""

import codecs
import re

from bot.core.i18n import N_, Phrase
from bot.flows.faults import Fault

_BOMS = (
    (codecs.BOM_UTF32_LE, "UTF-32"),
    (codecs.BOM_UTF32_BE, "UTF-32"),
    (codecs.BOM_UTF16_LE, "UTF-16"),
    (codecs.BOM_UTF16_BE, "UTF-16"),
)
_LONG, _KEPT = 200, 90
_OTHERS = (
    (b"{\\rtf", N_("rich text (RTF)")),
    (b"PK\x03\x04", N_("a document of a word processor, or an archive")),
    (b"\xd0\xcf\x11\xe0", N_("a document of a word processor")),
    (b"%PDF", "PDF"),
    (b"<!doctype", N_("a web page")),
    (b"<html", N_("a web page")),
)
"""How files begin that hold a bundle's words, but not as plain text."""
_OPENERS = {"\u201c": "\u201c\u201e", "\u201e": "\u201e"}
"""By the quote that opens a text, those that open within it: after a low one a high one closes."""
_CLOSERS = "\u201c\u201d"
_HALF = re.compile('[\u201c\u201e]([^\u201c\u201d\u201e"]*?)(?=\\s*[,\\]}][^\u201c\u201d\u201e"]*(?:[\u201c\u201e]|$))')
"""A typographic quote between brackets that is not closed before the next text."""
_INVISIBLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff\ud800-\udfff]")


def decode(file: str, data: bytes) -> tuple[str, tuple[Fault, ...]]:
    """The text of a file, its line ends made one kind, or the fault that names its encoding."""
    data = data.removeprefix(codecs.BOM_UTF8)
    named = next((name for bom, name in _BOMS if data.startswith(bom)), None)
    if named is None and b"\0" in data[:2]:
        named = "UTF-16"
    if named is not None:
        return "", (Fault(file, 1, 1, "Y02", {"encoding": named}),)
    beginning = data[:200].lstrip().lower()
    other = next((kind for begins, kind in _OTHERS if beginning.startswith(begins.lower())), None)
    if other is not None:
        return "", (Fault(file, 1, 1, "Y24", {"kind": Phrase(other)}),)
    try:
        text = data.decode()
    except UnicodeDecodeError as error:
        before = data[: error.start].decode()
        line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        # Windows-1252 gives nearly every byte a meaning, so it can only be a guess.
        return "", (Fault(file, line, column, "Y02", {"encoding": Phrase(N_("probably Windows-1252"))}),)
    return text.replace("\r\n", "\n").replace("\r", "\n"), ()


def without_invisible(file: str, text: str) -> tuple[str, tuple[Fault, ...]]:
    """The text with a blank for each invisible character, and a fault for each line that has some."""
    if not _INVISIBLE.search(text):
        return text, ()
    faults = []
    for number, line in enumerate(text.split("\n"), 1):
        found = _INVISIBLE.search(line)
        if found is not None:
            faults.append(Fault(file, number, found.start() + 1, "Y10", {"character": name_of(found[0])}))
    return _INVISIBLE.sub(" ", text), tuple(faults)


def first_invisible(text: str) -> str | None:
    """The first invisible character of a value, which an escape may have brought in."""
    found = _INVISIBLE.search(text)
    return None if found is None else found[0]


def visible(text: str) -> str:
    """`text` with a blank for each invisible character."""
    return _INVISIBLE.sub(" ", text)


def name_of(character: str) -> str:
    r"""How a fault names a character that cannot be shown.

    >>> name_of("\x00")
    'U+0000'
    """
    return f"U+{ord(character):04X}"


def quoted(text: str) -> str:
    """`text` as YAML in quotes.

    >>> quoted("*bold*")
    '"*bold*"'
    """
    return "'" + text.replace("'", "''") + "'" if '"' in text or "\\" in text else f'"{text}"'


def typed(line: str) -> str:
    r"""A line with the quotes of a keyboard in place of typographic ones, which hold no text together.

    >>> typed("pattern: [\u201chi\u201d, \u201cthere\u201d]")
    'pattern: ["hi", "there"]'
    """
    plain = re.sub("[\u201c\u201d\u201e\u201f]", '"', _HALF.sub(r'"\1"', line))
    single = re.search(r"(?:[:,\[{-]\s*)[\u2018\u201a]", plain)
    return re.sub("[\u2018\u2019\u201a]", "'", plain) if single and '"' not in plain else plain


def short(text: str) -> str:
    """`text`, its middle left out where it is long, so that no fault fills the screen."""
    return text if len(text) <= _LONG else f"{text[:_KEPT]} … {text[-_KEPT:]}"


def is_quotation(text: str) -> bool:
    """Whether the typographic quote that opens a text is closed at its end, and not before."""
    depth = 0
    for position, each in enumerate(text):
        depth += (each in "\u201c\u201e") - (each == "\u201d")
        if depth <= 0:
            return position > 0 and position == len(text) - 1
    return False


def without_half(text: str) -> str:
    r"""The text without the typographic quote that opens all of it and is not closed; the same, where there is none.

    >>> without_half("\u201cPress \u201cOrder\u201d now")
    'Press \u201cOrder\u201d now'
    """
    opens, depth = _OPENERS.get(text[:1], ""), 0
    for each in text:
        depth += (each in opens) - (each in _CLOSERS and each not in opens)
        if depth <= 0:
            return text
    return text[1:].lstrip()
