"""A CSV file as its bytes tell it: in which encoding it is, what stands between its cells, and its rows by line."""

import codecs
import csv
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import NamedTuple

from bot.core.errors import BotError
from bot.core.i18n import N_

LONGEST_ROW = 20_000
"""Characters of a row, with what stands between its cells."""
SEPARATORS = ",;\t"
_BOMS = ((codecs.BOM_UTF8, "utf-8-sig"), (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"))
# What Western languages write. Other signs of Windows-1252 are letters of another encoding, as Mac's é is its Ž.
_WESTERN = (
    frozenset(range(0x80))
    | frozenset(range(0xC0, 0x100)) - {0xD7, 0xF7}
    | {ord(each) for each in "\xa0¡¢£§ª«°\xb4·º»¿€\u2018\u2019“”\u2013—…"}
)
_SAVE_AS_UTF8 = N_("Save it as CSV in UTF-8 and try again.")


class Row(NamedTuple):
    """A row as it stands in the file.

    Attributes:
        line: where it begins; the first is 1.
        cells: as they are written; none where it cannot be read.
        fault: why it cannot be read: `open_quote`, `too_long` or `nul`; else empty.
    """

    line: int
    cells: tuple[str, ...]
    fault: str = ""


def encoding_of(chunks: Iterable[bytes]) -> str:
    r"""The name of a file's encoding, by all of its bytes; raises BotError where they leave a doubt.

    >>> encoding_of([b"nome\nJo\xc3", b"\xa3o"]), encoding_of([b"nome\nJo\xe3o"])
    ('utf-8', 'cp1252')
    """
    rest = iter(chunks)
    first = next(rest, b"")
    name = next((name for bom, name in _BOMS if first.startswith(bom)), "")
    decoders = {each: codecs.getincrementaldecoder(each)() for each in ([name] if name else ["utf-8", "cp1252"])}
    for chunk in chain([first], filter(None, rest), [b""]):
        for each, decoder in list(decoders.items()):
            if not _takes(each, decoder, chunk):
                del decoders[each]
    if not decoders:
        raise BotError(N_("the encoding of the file cannot be told"), mend=_SAVE_AS_UTF8)
    return next(iter(decoders))


def _takes(name: str, decoder: codecs.IncrementalDecoder, chunk: bytes) -> bool:
    """Whether the chunk, or the end for an empty one, may be in the decoder's encoding."""
    try:
        text = decoder.decode(chunk, final=not chunk)
    except UnicodeDecodeError:
        return False
    return name != "cp1252" or text.isascii() or _WESTERN.issuperset(map(ord, text))


def separator_of(header: str) -> str:
    """What stands between the cells of a file with this first line, outside of quotes.

    >>> separator_of('telefone;"nome, sobrenome"')
    ';'
    """
    outside = "".join(header.split('"')[::2])
    return max(SEPARATORS, key=outside.count)


def rows(lines: Iterable[str], separator: str) -> Iterator[Row]:
    """The rows of a file, one at a time; after a quote left open nothing can be told apart, and none follow.

    Args:
        lines: with their ends.
        separator: one of SEPARATORS.
    """
    reader = csv.reader(lines, delimiter=separator, strict=True)
    line = 1
    while True:
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield Row(line, (), "open_quote")
            return
        if any(cells):
            yield Row(line, *_read(cells))
        line = reader.line_num + 1


def _read(cells: list[str]) -> tuple[tuple[str, ...], str]:
    # A million empty cells are as much work as full ones.
    if sum(map(len, cells)) + len(cells) - 1 > LONGEST_ROW:
        return (), "too_long"
    return ((), "nul") if any("\0" in each for each in cells) else (tuple(cells), "")
