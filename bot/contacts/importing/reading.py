"""A CSV file, row by row as people."""

import io
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import chain
from typing import BinaryIO, NamedTuple

from bot.contacts.importing.columns import Columns, Kind, read_columns
from bot.contacts.importing.person import Faulty, Person, read_person
from bot.contacts.importing.sheet import Row, encoding_of, rows, separator_of
from bot.core.errors import BotError
from bot.core.i18n import N_

_CHUNK = 64 * 1024
_STATED = re.compile(r"sep=([,;\t])\s*", re.IGNORECASE)
"""A first line by which Excel tells the separator."""


class Sheet(NamedTuple):
    """What the beginning of a file tells.

    Attributes:
        encoding: as Python calls it.
        separator: between its cells.
        columns: what they are.
        about: how many rows there may be, by line breaks.
        header: its first row, as it is written.
    """

    encoding: str
    separator: str
    columns: Columns
    about: int
    header: Sequence[str]


def tells_consent(columns: Columns) -> bool:
    """Whether a column says who agrees."""
    return any(each.kind in {Kind.CONSENT, Kind.MARKETING} for each in columns if each is not None)


def read_sheet(file: BinaryIO) -> Sheet:
    """What a file is; raises BotError for one without a header, and where its encoding or its header leaves a doubt.

    Args:
        file: at any position.
    """
    breaks = 0

    def chunks() -> Iterator[bytes]:
        nonlocal breaks
        while chunk := file.read(_CHUNK):
            breaks += chunk.count(b"\n") or chunk.count(b"\r")
            yield chunk

    file.seek(0)
    encoding = encoding_of(chunks())
    with _text(file, encoding) as text:
        line = text.readline()
        stated = _STATED.fullmatch(line)
        separator = stated[1] if stated else separator_of(line)
    header = next(_rows(file, encoding, separator), None)
    if header is None:
        raise BotError(N_("the sheet is empty"), mend=N_("Its first row names the columns."))
    return Sheet(encoding, separator, read_columns(header.cells), breaks, header.cells)


def sheet_rows(file: BinaryIO, sheet: Sheet) -> Iterator[Row]:
    """The rows behind the header, as they stand in the file."""
    found = _rows(file, sheet.encoding, sheet.separator)
    next(found)
    return found


def people(file: BinaryIO, sheet: Sheet, country: str) -> Iterator[Person | Faulty]:
    """The rows behind the header, in their order; `country` as in `read_person`."""
    return (read_person(sheet.columns, row, country) for row in sheet_rows(file, sheet))


def _rows(file: BinaryIO, encoding: str, separator: str) -> Iterator[Row]:
    with _text(file, encoding) as text:
        first = text.readline()
        # Empty, so that lines are counted as they stand.
        yield from rows(chain(["\n" if _STATED.fullmatch(first) else first], text), separator)


@contextmanager
def _text(file: BinaryIO, encoding: str) -> Iterator[io.TextIOWrapper]:
    """The file from its beginning on; it stays open."""
    file.seek(0)
    text = io.TextIOWrapper(file, encoding=encoding, newline="")
    try:
        yield text
    finally:
        text.detach()
