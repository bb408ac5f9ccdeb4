"""What every command uses: its language, its settings, its output."""

import asyncio
import json
import os
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any, TypeVar

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.cli.program import as_called
from bot.core.text import escaped, escaped_json, one_line
from bot.settings import Settings
from bot.web.i18n import shell_locale, translator

T = TypeVar("T")

printable = one_line
"""One line that a terminal can show."""

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
    sys.stdout.write(escaped_json(json.dumps(value, ensure_ascii=False, indent=2, default=_spelled)) + "\n")


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_line(text: str = "", *, style: str = "") -> None:
    """A line on standard output, or several; styled on a terminal only."""
    Console(highlight=False, soft_wrap=True).print(Text(shown_lines(text), style=style))


def shown_lines(text: str) -> str:
    """The text with its line breaks, and nothing else in it that a terminal acts on."""
    return "\n".join(map(escaped, text.split("\n")))


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
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner beside `what` on a terminal, for work that may take more than two seconds.

    Gives what tells how far it is: beside the spinner, or in a line of its own where standard error is no terminal.
    """
    console = Console(stderr=True)
    with console.status(Text(printable(what))) as status:

        def tell(so_far: str) -> None:
            if console.is_terminal:
                status.update(Text(printable(f"{what} {so_far}")))
            else:
                sys.stderr.write(printable(so_far) + "\n")

        yield tell


def local_time(moment: datetime) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
