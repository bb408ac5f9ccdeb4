"""What is seen on a terminal alone: style, columns side by side, a spinner."""

import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.console import Console
from rich.table import Table
from rich.text import Text

from bot.core.text import one_line


def print_styled(text: str, style: str) -> None:
    """Lines on standard output."""
    Console(highlight=False, soft_wrap=True).print(Text(text, style=style))


def print_columns(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table on standard output."""
    table = Table(*columns, box=None, header_style="bold", pad_edge=False)
    for row in rows:
        table.add_row(*map(Text, row))
    Console(highlight=False).print(table)


@contextmanager
def working(what: str) -> Iterator[Callable[[str], None]]:
    """A spinner beside `what` on a terminal, for work that may take more than two seconds.

    Gives what tells how far it is: beside the spinner, or in a line of its own where standard error is no terminal.
    """
    console = Console(stderr=True)
    with console.status(Text(one_line(what))) as status:

        def tell(so_far: str) -> None:
            if console.is_terminal:
                status.update(Text(one_line(f"{what} {so_far}")))
            else:
                sys.stderr.write(one_line(so_far) + "\n")

        yield tell
