"""The readable text of an HTML mail."""

from contextlib import suppress
from html.parser import HTMLParser

_MAX_SOURCE = 500_000
_BLOCKS = frozenset(
    {
        "address",
        "article",
        "blockquote",
        "br",
        "dd",
        "div",
        "dl",
        "dt",
        "figure",
        "footer",
        "form",
        "h1",
        "h2",
        "h3",
        "h4",
    }
    | {"h5", "h6", "header", "hr", "li", "main", "ol", "p", "pre", "section", "table", "tr", "ul"}
)
_UNSEEN = frozenset({"script", "style", "title", "template"})


def html_to_text(source: str) -> str:
    r"""What a reader sees, a line a block; never an exception, whatever the source.

    >>> html_to_text("<style>p{}</style><p>I want<br>a <b>pizza</b> &amp; a cola</p>")
    'I want\na pizza & a cola'
    """
    reader = _Reader()
    # A broken declaration such as `<![x[` is refused with an AssertionError: what came before it stands.
    with suppress(AssertionError):
        # Not closed: what is left over then is a tag or a comment without an end, which a browser hides too, and
        # on which closing takes quadratic time. The blank lets an `&` at the end through.
        reader.feed(f"{source[:_MAX_SOURCE]}\n")
    return reader.text()


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self._pieces: list[str] = []
        self._unseen = ""

    def text(self) -> str:
        lines = (" ".join(line.split()) for line in "".join(self._pieces).split("\n"))
        return "\n".join(line for line in lines if line)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:  # noqa: ARG002 - the library's signature
        if tag in _UNSEEN and not self._unseen:
            self._unseen = tag
        elif tag in _BLOCKS:
            self._pieces.append("\n")

    def handle_endtag(self, tag: str) -> None:
        if tag == self._unseen:
            self._unseen = ""
        elif tag in _BLOCKS:
            self._pieces.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._unseen:
            # A line break in the source is a blank on the page.
            self._pieces.append(data.replace("\n", " ").replace("\r", " "))
