"""What every command uses: its language, its settings, its output.

What only some need is imported by the functions that do, so that the others stay quick.
"""

import json
import os
import sys
from collections.abc import Coroutine, Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from bot.cli.program import as_called
from bot.core.garbage import collect_from_now
from bot.core.text import escaped_json, one_line, shown_lines
from bot.web.i18n import shell_locale, translator

if TYPE_CHECKING:
    from bot.settings import Settings

T = TypeVar("T")

printable = one_line
"""One line that a terminal can show."""

_ = translator(shell_locale(os.environ), as_called)
"""A sentence in the shell's language, with our commands as the person calls them."""


def read_settings() -> "Settings":
    """The settings of the environment and of `.env` in the working folder."""
    from bot.settings import Settings

    return Settings.read(os.environ, Path(".env"))


def run_async(work: Coroutine[Any, Any, T]) -> T:
    """Run a command's work to its end."""
    import asyncio

    collect_from_now()
    return asyncio.run(work)


def print_json(value: object) -> None:
    """One JSON document on standard output; moments become ISO 8601."""
    sys.stdout.write(escaped_json(json.dumps(value, ensure_ascii=False, indent=2, default=_spelled)) + "\n")


def _spelled(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)


def print_line(text: str = "", *, style: str = "") -> None:
    """A line on standard output, or several; styled on a terminal only."""
    if style and sys.stdout.isatty():
        from bot.cli import terminal

        terminal.print_styled(shown_lines(text), style)
    else:
        sys.stdout.write(shown_lines(text) + "\n")
        sys.stdout.flush()


def print_table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Rows for a person on a terminal; one line a row, fields parted by tabs, for a pipe."""
    if not sys.stdout.isatty():
        for row in rows:
            sys.stdout.write("\t".join(map(printable, row)) + "\n")
        return
    from bot.cli import terminal

    terminal.print_columns(columns, [[printable(cell) for cell in row] for row in rows])


def local_time(moment: datetime) -> str:
    """A moment as the clock on the wall shows it."""
    return f"{moment.astimezone():%Y-%m-%d %H:%M:%S}"
