"""`against COMMIT`: what a turn costs now and what it cost at that commit, in pairs in one run, on one PostgreSQL."""

import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from statistics import median

from bench.outcome import Outcome
from bench.places import Server, postgres, recado, warm
from bench.progress import say
from bench.runs import Run, closed, posts_for
from bench.targets import AGAINST, Finding
from tests.support.processes import ROOT

PAIRS = 20
_PEOPLE = 10_000
_SECONDS = 3.0
_PRACTICE_SECONDS = 2.0
_CONNECTIONS = 64


async def measure(commit: str, pairs: int = PAIRS) -> Outcome:
    """CPU of the server a turn, this tree's over `commit`'s: the median of the pairs' ratios."""
    outcome = Outcome("against")
    with _checked_out(commit) as folder:
        async with postgres() as databases:
            before, after = await databases.create(empty=True), await databases.create()
            async with recado(before, root=folder) as theirs, recado(after) as ours:
                for server in (theirs, ours):
                    say(f"{_PEOPLE} people write to {server.name} once")
                    await warm(server, _PEOPLE)
                    await closed(server, posts_for(_PRACTICE_SECONDS, "PRACTICE", _PEOPLE), _PRACTICE_SECONDS)
                made = [await _pair(theirs, ours, number) for number in range(pairs)]
    outcome.findings.append(Finding.median_of(AGAINST, [now.server_us / then.server_us for then, now in made]))
    outcome.figures["commit"] = commit
    outcome.figures["pairs"] = [[asdict(then), asdict(now)] for then, now in made]
    for name, runs in (("then", [then for then, _now in made]), ("now", [now for _then, now in made])):
        cpu, database = median(run.server_us for run in runs), median(run.postgres_us for run in runs)
        outcome.lines.append(f"{name:5} server {cpu:4.0f} us a turn   PostgreSQL {database:4.0f} us a turn")
    return outcome


async def _pair(theirs: Server, ours: Server, number: int) -> tuple[Run, Run]:
    """The same posts for both; who begins changes from pair to pair, so that neither has the warmer machine."""
    posts = posts_for(_SECONDS, f"PAIR{number}N", _PEOPLE)
    if number % 2:
        now = await closed(ours, posts, _SECONDS, _CONNECTIONS)
        then = await closed(theirs, posts, _SECONDS, _CONNECTIONS)
    else:
        then = await closed(theirs, posts, _SECONDS, _CONNECTIONS)
        now = await closed(ours, posts, _SECONDS, _CONNECTIONS)
    say(f"pair {number + 1}: {then.server_us:.0f} us then, {now.server_us:.0f} us now")
    return then, now


@contextmanager
def _checked_out(commit: str) -> Iterator[Path]:
    """The tree at `commit`, in a folder of its own."""
    with tempfile.TemporaryDirectory(prefix="recado-then-") as scratch:
        folder = Path(scratch) / "tree"
        git = ["git", "-C", str(ROOT), "worktree"]
        subprocess.run([*git, "add", "--quiet", "--detach", str(folder), commit], check=True)  # noqa: S603
        try:
            yield folder
        finally:
            subprocess.run([*git, "remove", "--force", str(folder)], check=True)  # noqa: S603
