"""What is typed at the terminal, line by line, or what a pipe brings; without holding up the background work."""

import asyncio
import sys
from collections.abc import AsyncIterator

PROMPT = "> "


def typed_lines() -> AsyncIterator[str]:
    """Each line without its end; the end of the input, and Ctrl-C at the prompt, end them at once."""
    return _edited() if sys.stdin.isatty() else _piped()


async def _edited() -> AsyncIterator[str]:
    """Lines that can be edited, with those from before at the arrow keys."""
    # Only a terminal needs the library.
    from prompt_toolkit import PromptSession
    from prompt_toolkit.history import InMemoryHistory

    session: PromptSession[str] = PromptSession(history=InMemoryHistory())
    while True:
        try:
            line = await session.prompt_async(PROMPT)
        except (EOFError, KeyboardInterrupt):
            return
        yield line.strip()


async def _piped() -> AsyncIterator[str]:
    while line := await asyncio.to_thread(sys.stdin.readline):
        yield line.strip()
