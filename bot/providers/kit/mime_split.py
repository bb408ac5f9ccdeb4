"""Where the parts of a mail are (RFC 2046, 5.1), as places in its bytes, so that no level of nesting copies any."""

import re
from collections.abc import Iterator
from itertools import islice

_MAX_BOUNDARY = 200
_MAX_LINES = 10_000
"""Lines of a body that are looked at because they begin as a boundary does."""
_REST_OF_LINE = re.compile(rb"(--)?[ \t]*\r?(?:\n|\Z)")


def body_start(raw: bytes, start: int, end: int) -> int:
    """Where the body of the part from `start` to `end` begins, after the blank line; `end` where it has none."""
    for newline in (b"\r\n", b"\n"):
        if raw.startswith(newline, start, end):
            return start + len(newline)
    blank = raw.find(b"\n\r\n", start, end)
    shorter = raw.find(b"\n\n", start, end if blank < 0 else blank)
    if shorter >= 0:
        return shorter + len(b"\n\n")
    return blank + len(b"\n\r\n") if blank >= 0 else end


def part_spans(raw: bytes, start: int, end: int, boundary: str) -> Iterator[tuple[int, int]]:
    """The parts of a multipart body from `start` to `end`; the last one ends where the body does, if nothing ends it.

    A line is a boundary only as a whole, since of two boundaries one may begin with the other.
    """
    delimiter = b"--" + boundary.rstrip().encode("utf-8", "replace")
    if not 0 < len(boundary) <= _MAX_BOUNDARY:
        return
    part = -1
    for line in islice(_lines(raw, start, end, delimiter), _MAX_LINES):
        rest = _REST_OF_LINE.match(raw, line + len(delimiter), end)
        if rest is None:
            continue
        if part >= 0:
            # The line break before a boundary belongs to it.
            before = line - (2 if raw.endswith(b"\r\n", part, line) else 1)
            yield part, max(before, part)
        if rest[1]:
            return
        part = rest.end()
    if part >= 0:
        yield part, end


def _lines(raw: bytes, start: int, end: int, beginning: bytes) -> Iterator[int]:
    """Where lines begin so."""
    if raw.startswith(beginning, start, end):
        yield start
    found = raw.find(b"\n" + beginning, start, end)
    while found >= 0:
        yield found + 1
        found = raw.find(b"\n" + beginning, found + 1, end)
