"""The words of a reply, without the mail that it quotes and without the signature.

Line by line, by what mail programs write: behind the mark of a quote, below the line that says who wrote it, or below a
header as of a letter. In doubt a line is the person's own.
"""

import re

from bot.providers.mail.quote import Quote, compared, is_marked, quote_at
from bot.providers.mail.signature import unsigned

MAX_READ = 20_000
"""Characters that are looked at; a quote or a signature that begins later stays in the text."""

_BLANK_LINES = re.compile(r"\n[^\S\n]*\n(?:[^\S\n]*\n)+")


def reply_of(text: str, author: str = "") -> str:
    r"""What the person wrote in `text`: of a mail that is only forwarded its words; the whole where nothing is left.

    Args:
        text: the mail's.
        author: the person's name, as far as it is known: it tells a signature.

    >>> reply_of("a large one\n\nOn Mon, 5 Oct 2026, Pizzaria <oi@mg.example.com> wrote:\n> Which size?")
    'a large one'
    """
    whole = text.replace("\r\n", "\n").strip("\n\r\t ")
    end = len(whole) if len(whole) <= MAX_READ else max(whole.rfind("\n", 0, MAX_READ), 0)
    reader = _Reader(whole[:end].split("\n"))
    reader.read()
    passages = [unsigned(passage, author) for passage in reader.passages]
    is_long = end < len(whole)
    if is_long and reader.quoted:
        # It is long by its history, in which marks get lost: an answer stands above it.
        passages = next(([each] for each in passages if any(map(str.strip, each))), [])
    kept = "\n".join(line for passage in passages for line in passage)
    if is_long and not reader.quoted:
        # It has no end where we looked, so the rest belongs to it.
        kept += whole[end:]
    return _BLANK_LINES.sub("\n\n", kept).strip() or reader.forwarded or whole.strip()


class _Reader:
    """Goes through the lines once.

    Attributes:
        passages: the person's own lines, parted where a quote stood between them.
        ended: all the rest is another's.
        quoted: something is.
        forwarded: what stands below the header of a mail that has no other words.
    """

    def __init__(self, lines: list[str]) -> None:
        self.passages: list[list[str]] = [[]]
        self.ended = False
        self.quoted = False
        self.forwarded = ""
        self._lines = lines
        self._compared = [compared(line) for line in lines]

    def read(self) -> None:
        at = 0
        while at < len(self._lines) and not self.ended:
            if is_marked(self._lines[at]):
                at = self._marked(at)
                continue
            quote = quote_at(self._compared, at) if self._compared[at] else None
            if quote is None:
                self.passages[-1].append(self._lines[at])
                at += 1
            else:
                self._quoted(quote, at)
                at = quote.end

    def _own(self) -> bool:
        return any(line.strip() for passage in self.passages for line in passage)

    def _quoted(self, quote: Quote, at: int) -> None:
        self.quoted = True
        taken = at - quote.start
        if taken:
            # Lines that turned out to begin it.
            del self.passages[-1][-taken:]
        if quote.header:
            if not self._own():
                self.forwarded = "\n".join(self._lines[quote.end :]).strip()
            self.ended = True
            return
        # What is marked can be told from an answer below it; what is not is all another's.
        follows = (line for line in self._lines[quote.end :] if line.strip())
        self.ended = not is_marked(next(follows, ""))
        self.passages.append([])

    def _marked(self, at: int) -> int:
        """Leave out the marked lines from `at` on; returns where they end."""
        end = at
        while end < len(self._lines) and is_marked(self._lines[end]):
            end += 1
        above = self.passages[-1][-1:] if at else []
        if above and self._compared[at - 1].endswith(":") and above[0] == self._lines[at - 1]:
            # `My order:` above lines with arrows.
            self.passages[-1] += self._lines[at:end]
        else:
            self.passages.append([])
        return end
