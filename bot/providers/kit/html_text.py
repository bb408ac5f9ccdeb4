"""The readable text of an HTML mail, in one pass and bounded, whatever the source."""

import re
from collections import Counter
from html import unescape
from typing import NamedTuple

from bot.providers.kit.html_style import Attributes, attributes, hides, is_quote, shows_nothing, signs

MAX_SOURCE = 100_000
"""Characters that are read; styles, scripts and comments, which nobody sees, do not count."""
_MAX_WHOLE = 1_000_000
NOTE = "…"
"""The line that stands for what was not read."""

_BLOCKS = frozenset(
    {"address", "article", "blockquote", "br", "dd", "div", "dl", "dt", "figure", "footer", "form", "h1", "h2", "h3"}
    | {"h4", "h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_CELLS = frozenset({"td", "th"})
_RAW = {each: re.compile(rf"</{each}\b[^>]*>?", re.IGNORECASE) for each in ("script", "style", "title")}
"""Elements that hold no elements, and nothing that is seen."""
_UNSEEN = frozenset({"template"})
_VOID = frozenset(
    {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "param", "source", "track", "wbr"}
)
_ENDED_BY_ANOTHER = frozenset({"p", "li", "td", "th", "tr", "dd", "dt", "option"})
_CONTAINERS = _BLOCKS | _CELLS
_ENDS_PARAGRAPH = _BLOCKS - _VOID
_LEAST, _MOST = 20, 1_000
"""What a tag counts, however short or long it is."""
_MAX_SCAN = 100
"""Open elements among which the beginning of one is looked for that is no block."""
_MAX_URL = 300
_MAX_SYMBOL = 8
_MAX_QUOTES = 50
_SIGNATURE = "-- "

_BEGINNING = re.compile(r"<(?:/?[a-zA-Z]|[!?])")
# What follows an equals sign may be quoted, and hold a `>` then.
_TAG = re.compile(r"""<(/?)([a-zA-Z][^\s/>]*+)((?>[^>=]++|=\s*+"[^"]*+"|=\s*+'[^']*+'|=)*+)>""")
_LONG_NUMBER = re.compile(r"&#(?:x[0-9a-f]{7,}|[0-9]{8,});?", re.IGNORECASE)


def html_to_text(source: str, limit: int = MAX_SOURCE) -> str:
    r"""What a reader sees, a line a block, quoted lines with `> ` before them; never an exception.

    Of a longer source than `limit` a tag's boundary is the end, and the last line is NOTE.

    >>> html_to_text("<style>p{}</style><p>I want<br>a <b>pizza</b> &amp; a cola</p>")
    'I want\na pizza & a cola'
    """
    reader = _Reader()
    source = source[:_MAX_WHOLE]
    at, left = 0, limit
    while at >= 0:
        found = _BEGINNING.search(source, at, at + left)
        end = found.start() if found else min(len(source), at + left)
        reader.words(source[at:end])
        left -= end - at
        if found is None:
            if end < len(source):
                reader.cut()
            break
        # What is within a tag or a comment that never ends is hidden by browsers too.
        at = _after_markup(source, end, reader)
        left = max(left - min(max(at - end, _LEAST), _MOST), 0)
    return reader.text()


def _after_markup(source: str, start: int, reader: "_Reader") -> int:
    """Tell the reader of the tag at `start`; returns where what follows it begins, -1 where it has no end."""
    if source.startswith("<!--", start):
        return _after(source, "-->", start + 2)
    if source[start + 1] in "!?":
        return _after(source, ">", start)
    tag = _TAG.match(source, start)
    if tag is None:
        return -1
    name = tag[2].lower()
    if name in _RAW and not tag[1]:
        ends = _RAW[name].search(source, tag.end())
        return ends.end() if ends else -1
    if tag[1]:
        reader.end(name)
    else:
        reader.start(name, tag[3])
    return tag.end()


def _after(source: str, end: str, start: int) -> int:
    found = source.find(end, start)
    return found + len(end) if found >= 0 else -1


class _Element(NamedTuple):
    """An element that is open.

    Attributes:
        tag: its name.
        hidden: nothing in it is seen.
        tiny: its letters have no size, unless an element in it gives them one.
        quotes: how many quotes it is in.
        url: where a link leads, or empty.
        said: how much of the line stood before it.
    """

    tag: str
    hidden: bool = False
    tiny: bool = False
    quotes: int = 0
    url: str = ""
    said: int = 0


class _Reader:
    """Takes a page's tags and words in their order, and writes down what is seen."""

    def __init__(self) -> None:
        self._lines: list[str] = []
        self._line: list[str] = []
        self._open = [_Element("")]
        self._tags: Counter[str] = Counter()

    def text(self) -> str:
        """What is seen, a line a block, none of them empty."""
        self._end_line()
        return "\n".join(self._lines)

    def cut(self) -> None:
        """Say that there is more."""
        self._end_line()
        self._write(NOTE)

    def words(self, source: str) -> None:
        """What stands between two tags."""
        within = self._open[-1]
        if not source or within.hidden or within.tiny:
            return
        said = unescape(_LONG_NUMBER.sub("\ufffd", source)) if "&" in source else source
        if "\n" in said and self._tags["pre"]:
            *lines, said = said.split("\n")
            for line in lines:
                self._line.append(line)
                self._end_line()
        self._line.append(said)

    def start(self, tag: str, source: str) -> None:
        """A tag opens an element; `source` is what follows its name."""
        if tag in _BLOCKS:
            self._end_line()
        elif tag in _CELLS:
            self._line.append(" ")
        within = self._open[-1]
        if (within.tag == tag and tag in _ENDED_BY_ANOTHER) or (within.tag == "p" and tag in _ENDS_PARAGRAPH):
            self._close(1)
            within = self._open[-1]
        given = attributes(source) if "=" in source or "hidden" in source.lower() else {}
        if tag in _VOID:
            self._line.append("" if within.hidden else _symbol(given))
            return
        if signs(given) and not within.quotes and not within.hidden and self._lines[-1:] != [_SIGNATURE]:
            self._end_line()
            self._lines.append(_SIGNATURE)
        self._tags[tag] += 1
        self._open.append(
            _Element(
                tag,
                hidden=within.hidden or tag in _UNSEEN or hides(given),
                tiny=shows_nothing(given, otherwise=within.tiny),
                quotes=within.quotes + (tag == "blockquote" and self._is_quote(given)),
                url=given.get("href", "").strip() if tag == "a" else "",
                said=len(self._line),
            )
        )

    def end(self, tag: str) -> None:
        """A tag closes an element, and what is still open in it."""
        if tag in _BLOCKS:
            self._end_line()
        if not self._tags[tag]:
            return
        outer = enumerate(reversed(self._open), start=1)
        back = next(place for place, each in outer if each.tag == tag or _bars(tag, each.tag, place))
        if self._open[-back].tag == tag:
            self._close(back)

    def _close(self, count: int) -> None:
        for _ in range(count):
            closed = self._open.pop()
            self._tags[closed.tag] -= 1
            if closed.url:
                self._link(closed)

    def _link(self, link: _Element) -> None:
        """Write where a link leads, unless its words say so."""
        said = "".join(self._line[link.said :]).strip()
        bare = link.url.partition("://")[2].rstrip("/")
        if said and said not in link.url and bare and bare not in said and len(link.url) <= _MAX_URL:
            self._line.append(f" ({link.url})")

    def _is_quote(self, given: Attributes) -> bool:
        # `On Monday, Ana wrote:` before it says that it is one.
        return is_quote(given) or (self._lines[-1:] != [] and self._lines[-1].endswith(":"))

    def _end_line(self) -> None:
        raw = "".join(self._line)
        self._line.clear()
        words = " ".join(raw.split())
        # The blank makes it the beginning of a signature.
        self._write(_SIGNATURE if words == "--" and raw[-1].isspace() else words)

    def _write(self, line: str) -> None:
        quotes = self._open[-1].quotes
        if line:
            self._lines.append(f"{'>' * min(quotes, _MAX_QUOTES)} {line}" if quotes else line)


def _bars(tag: str, within: str, place: int) -> bool:
    """Whether the end of, say, a `span` does not reach past what is open in it: a block does not end with it."""
    return tag not in _CONTAINERS and (within in _BLOCKS or place > _MAX_SCAN)


def _symbol(given: Attributes) -> str:
    """What an image says that stands for a character, as an emoji does."""
    symbol = given.get("alt", "").strip()
    return symbol if 0 < len(symbol) <= _MAX_SYMBOL and not symbol.isascii() and not symbol[0].isalnum() else ""
