"""CSV files that people open in a spreadsheet, which takes some texts for formulas."""

import csv
import io
import re
from collections.abc import Iterable, Sequence

_SIGNS = r"'*[=+\-@\t\r]"
# A sheet parts cells at semicolons where its language writes decimals with a comma.
_FORMULA = re.compile(rf"(^|;)(?={_SIGNS})")
_GUARDED = re.compile(rf"(^|;)'(?={_SIGNS})")


def guarded(text: str) -> str:
    """The text; where a sheet would see a formula begin, an apostrophe stands before it.

    >>> guarded("=1+1"), guarded("a;@b"), guarded("2 - 1")
    ("'=1+1", "a;'@b", '2 - 1')
    """
    return _FORMULA.sub(r"\1'", text)


def unguarded(text: str) -> str:
    """What `guarded` was given.

    >>> unguarded("'+5511987654321"), unguarded("'tis")
    ('+5511987654321', "'tis")
    """
    return _GUARDED.sub(r"\1", text)


def csv_text(rows: Iterable[Sequence[str]], separator: str = ",") -> str:
    r"""Rows as CSV; what a sheet would take for a formula begins with an apostrophe.

    >>> csv_text([["a", "=1+1"], ["b, c", ""]])
    'a,\'=1+1\r\n"b, c",\r\n'
    """
    text = io.StringIO()
    writer = csv.writer(text, delimiter=separator, lineterminator="\r\n")
    writer.writerows([guarded(each) for each in row] for row in rows)
    return text.getvalue()
