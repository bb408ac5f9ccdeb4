"""The command line as a person uses it, run in this process.

In a test:

    done = await typed("flows", "list", environment={"DATABASE_URL": database_url})
    assert done.code == 0
"""

import asyncio
import io
import os
import sys
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from typing import TextIO
from unittest.mock import patch

from bot.cli.main import main


@dataclass(frozen=True, slots=True)
class Result:
    """What a command left behind."""

    code: int
    out: str
    err: str


async def typed(*arguments: str, environment: Mapping[str, str] | None = None) -> Result:
    """Runs `recado ARGUMENTS` to its end; `environment` is added to this process's while it runs."""
    with patch.dict(os.environ, environment or {}), _caught() as (out, err):
        # A command has its own event loop, so it needs a thread of its own.
        code = await asyncio.to_thread(_ended, arguments)
    return Result(code, out.getvalue(), err.getvalue())


def _ended(arguments: tuple[str, ...]) -> int:
    try:
        main(arguments)
    except SystemExit as ended:
        return ended.code if isinstance(ended.code, int) else 0
    raise AssertionError("a command ends by itself")


class _Said(io.StringIO):
    """What a command's threads write; a server of the test's own, in the main thread, goes on writing elsewhere."""

    def __init__(self, elsewhere: TextIO) -> None:
        super().__init__()
        self._elsewhere = elsewhere

    def write(self, text: str, /) -> int:
        if threading.current_thread() is threading.main_thread():
            return self._elsewhere.write(text)
        return super().write(text)


@contextmanager
def _caught() -> Iterator[tuple[io.StringIO, io.StringIO]]:
    with redirect_stdout(_Said(sys.stdout)) as out, redirect_stderr(_Said(sys.stderr)) as err:
        yield out, err
