"""A process of its own that looks at a server while others attack it, so that their work is not taken for its own.

python -m bench.watch --port PORT --pid PID

For each line that it reads it prints what it has seen since the line before: how long `/health/live` waited at most,
in seconds, how often it answered, and how large the server's process was at most, in megabytes.
"""

import argparse
import asyncio
import contextlib
import json
import os
import sys
import time

import psutil

_ASK = b"GET /health/live HTTP/1.1\r\nHost: localhost\r\n\r\n"
_PAUSE = 0.01


class Seen:
    """What was seen since the last report."""

    def __init__(self, pid: int) -> None:
        self._process = psutil.Process(pid)
        self._asked_at: float | None = None
        self.start()

    def start(self) -> None:
        """Forget what was seen."""
        self._longest = 0.0
        self._answers = 0
        self._megabytes = 0.0

    async def ask(self, port: int) -> None:
        """Ask for ever; a new connection wherever the last one is gone."""
        while True:
            self._asked_at = time.perf_counter()
            try:
                reader, writer = await asyncio.open_connection("127.0.0.1", port)
                while True:
                    writer.write(_ASK)
                    await reader.readuntil(b"}")
                    self._longest = max(self._longest, time.perf_counter() - self._asked_at)
                    self._answers += 1
                    self._asked_at = None
                    await asyncio.sleep(_PAUSE)
                    self._asked_at = time.perf_counter()
            except (OSError, asyncio.IncompleteReadError):
                await asyncio.sleep(_PAUSE)

    async def weigh(self) -> None:
        """Look at the process's size for ever."""
        while True:
            self._megabytes = max(self._megabytes, self._process.memory_info().rss / 1e6)
            await asyncio.sleep(_PAUSE)

    def report(self) -> str:
        """As a line of JSON; a question that still waits counts as far as it has waited."""
        waiting = 0.0 if self._asked_at is None else time.perf_counter() - self._asked_at
        seen = {"longest": max(self._longest, waiting), "answers": self._answers, "megabytes": self._megabytes}
        self.start()
        return json.dumps(seen)


async def _run(port: int, pid: int) -> None:
    seen = Seen(pid)
    with contextlib.suppress(AttributeError, PermissionError):
        # What it waits for is the server, not a processor for itself.
        os.setpriority(os.PRIO_PROCESS, 0, -10)
    tasks = [asyncio.create_task(seen.ask(port)), asyncio.create_task(seen.weigh())]
    loop = asyncio.get_running_loop()
    while await loop.run_in_executor(None, sys.stdin.readline):
        print(seen.report(), flush=True)
    for task in tasks:
        task.cancel()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--pid", type=int, required=True)
    given = parser.parse_args()
    asyncio.run(_run(given.port, given.pid))
