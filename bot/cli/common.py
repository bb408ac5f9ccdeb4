"""What every command uses: its language, its settings, its output."""

import asyncio
import json
import os
import sys
import unicodedata
from collections.abc import Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.program import as_called
from bot.settings import Settings
from bot.web.i18n import shell_locale, translator

T = TypeVar("T")


_ = translator(shell_locale(os.environ), as_called)
"""A sentence in the shell's language, with our commands as the person calls them."""


def read_settings() -> Settings:
    """The settings of the environment and of `.env` in the working folder."""
    return Settings.read(os.environ, Path(".env"))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    return asyncio.run(work)


def print_json(value: object) -> None:
    """One JSON document on standard output; moments become ISO 8601."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=_spelled) + "\n")


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_line(text: str = "", *, style: str = "") -> None:
    """A line on standard output; styled on a terminal only."""
    Console(highlight=False, soft_wrap=True).print(Text(text, style=style))


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows for a person on a terminal; one line a row, fields parted by tabs, for a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.write("\t".join(map(printable, row)) + "\n")
        return
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*(Text(printable(cell)) for cell in row))
    Console(highlight=False).print(table)


@contextmanager
def working(what: str) -> Iterator[None]:
    """A spinner beside `what` on a terminal, for work that may take more than two seconds."""
    with Console(stderr=True).status(what):
        yield


def local_time(moment: datetime) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"


def printable(text: str) -> str:
    r"""One line that a terminal can show; what steers terminals or hides text is replaced.

    >>> printable("a\nb\x1b[31m")
    'a b·[31m'
    """
    return "".join(_shown(character) for character in text)


def _shown(character: str) -> str:
    if character in "\n\r\t":
        return " "
    # Zero-width joiners hold emoji together; the other format characters can turn a line around.
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"} and character != "\u200d"
    return "·" if hidden else character
