"""`profile`: where the CPU time of a turn goes: HTTP, parsing, the engine, the SQL client, the rest, and PostgreSQL.

The microseconds are the kernel's, from a run without a profiler. Which share of them belongs where is py-spy's, from
another run: it looks at the process a hundred times a second, into C code too. A moment belongs to the innermost
function that is anybody's own, so what a driver does in libc is the driver's.
"""

import asyncio
import shutil
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict
from pathlib import Path
from tempfile import TemporaryDirectory

from bench.machine import postgresql
from bench.outcome import Outcome
from bench.places import Server, postgres, recado, warm
from bench.progress import say
from bench.runs import Run, closed, posts_for
from bench.scenario import PEOPLE

_SECONDS = 20.0
_PRACTICE_SECONDS = 3.0
_LOOKS_A_SECOND = 100
_SHOWN = 25

IDLE = ("epoll_wait", "epoll_pwait", "_queue_SimpleQueue_get")
"""Waiting is no work: for sockets, and for a job of the thread pool."""
OWNERS = (
    ("garbage collection", ("gc_collect_main",)),
    ("engine", ("bot/engine/", "jinja2/", "(<template>", "re2/", "_re2.")),
    ("parse", ("bot/providers/", "hmac.py", "orjson/", "(json/")),
    (
        "SQL client",
        ("bot/db/", "/queries.py", "bot/jobs/", "sqlalchemy/", "asyncpg/", "(protocol.c", "_cy.c", "greenlet"),
    ),
    (
        "HTTP",
        (
            "aiohttp/",
            "(_http_parser.c",
            "(_http_writer.c",
            "llhttp",
            "multidict",
            "yarl/",
            "propcache/",
            "(_helpers_c.c",
            "prometheus_client/",
            "bot/web/",
            "bot/app/server.py",
            "/views.py",
        ),
    ),
    ("turn", ("bot/conversations/", "bot/contacts/", "bot/messages/", "bot/channels/", "bot/flows/", "bot/core/")),
)
"""Whose a function is, by what its name and file contain; the first line that fits decides."""
LOOP = "event loop"
"""What is nobody's: reading from sockets, timers, switching between tasks."""


class NoProfilerError(Exception):
    """py-spy is not there, or may not look."""


async def measure() -> Outcome:
    """A run for the cost, and one for the shares."""
    outcome = Outcome("profile")
    async with postgres() as databases:
        database = await databases.create()
        async with recado(database) as server:
            say(f"{PEOPLE} people write once")
            await warm(server, PEOPLE)
            await closed(server, posts_for(_PRACTICE_SECONDS, "PRACTICE", PEOPLE), _PRACTICE_SECONDS)
            run = await closed(server, posts_for(_SECONDS, "COST", PEOPLE), _SECONDS)
            say(run.line)
            stacks = await _stacks(server)
        outcome.figures["postgresql"] = await postgresql(database)
    shares = split(stacks)
    outcome.figures |= {"run": asdict(run), "shares": shares}
    outcome.lines = [*_table(run, shares), "", *_hottest(stacks)]
    return outcome


async def _stacks(server: Server) -> list[str]:
    """py-spy's lines, `frame;frame;frame count`, of a run under full load."""
    program = shutil.which("py-spy")
    if program is None:
        raise NoProfilerError("py-spy is not installed: pip install -c constraints.txt -e '.[bench]'")
    with TemporaryDirectory(prefix="recado-bench-") as folder:
        written = Path(folder) / "stacks"
        arguments = ["record", "--native", "--format", "raw", "--output", str(written), "--pid", str(server.pid)]
        arguments += ["--rate", str(_LOOKS_A_SECOND), "--duration", str(int(_SECONDS))]
        profiler = await asyncio.create_subprocess_exec(
            program, *arguments, stdout=asyncio.subprocess.DEVNULL, stderr=asyncio.subprocess.PIPE
        )
        # Under the profiler the server is slower; it must not run out of work before the profiler is through.
        await server.take(posts_for(_SECONDS, "SHARES", PEOPLE), seconds=_SECONDS + 2)
        _nothing, errors = await profiler.communicate()
        if profiler.returncode:
            raise NoProfilerError(errors.decode()[-500:])
        return written.read_text().splitlines()


def split(stacks: Iterable[str]) -> dict[str, float]:
    """The share of each owner, largest first.

    >>> split(["run (uvloop/__init__.py:92);parse (bot/providers/meta/whatsapp.py:1);loads (libc.so.6) 3",
    ...     "run (uvloop/__init__.py:92);write (libc.so.6) 1", "run (uvloop/__init__.py:92);epoll_pwait (libc.so.6) 9"])
    {'parse': 0.75, 'event loop': 0.25}
    """
    counts: Counter[str] = Counter()
    for line in stacks:
        frames, count = _read(line)
        if not _is_idle(frames):
            counts[_owner(frames)[0]] += count
    whole = sum(counts.values())
    return {name: count / whole for name, count in counts.most_common()}


def _read(line: str) -> tuple[list[str], int]:
    stack, _, count = line.rpartition(" ")
    return stack.split(";"), int(count)


def _is_idle(frames: list[str]) -> bool:
    return any(frame.startswith(IDLE) for frame in frames)


def _owner(frames: list[str]) -> tuple[str, str]:
    """Who was at work, and in which frame of its own."""
    for frame in reversed(frames):
        for name, parts in OWNERS:
            if any(part in frame for part in parts):
                return name, frame
    return LOOP, frames[-1]


def _table(run: Run, shares: dict[str, float]) -> list[str]:
    lines = [f"{run.rate:.0f} turns a second; CPU microseconds a turn: {run.server_us:.0f} + {run.postgres_us:.0f}"]
    lines += [f"  {name:20} {share * run.server_us:5.0f}   {share:4.0%} of Python" for name, share in shares.items()]
    return [*lines, f"  {'PostgreSQL':20} {run.postgres_us:5.0f}"]


def _hottest(stacks: list[str]) -> list[str]:
    """The functions in which most of the time was spent, with what they called that is nobody's own."""
    counts: Counter[tuple[str, str]] = Counter()
    for line in stacks:
        frames, count = _read(line)
        if not _is_idle(frames):
            owner, frame = _owner(frames)
            counts[owner, frame.rpartition(":")[0] + ")" if ":" in frame else frame] += count
    whole = sum(counts.values())
    return [f"  {count / whole:5.1%}  {owner:20} {frame}" for (owner, frame), count in counts.most_common(_SHOWN)]
