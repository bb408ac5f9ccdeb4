"""Who sits at the inbox in a benchmark: a team that answers, others who look on, and the process of their pages."""

import asyncio
import contextlib
import json
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.db.engine import create_engine
from bot.users.held.sessions import start_session
from bot.users.rules import Role
from bot.users.service import Visitor, add_user
from tests.support.processes import ROOT

TEAM = 20
"""People who answer; all others look on, whose pages do the same but for the composer."""


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who is signed in.

    Attributes:
        user_id: who.
        token: of their session.
        contact: whose conversation they open.
        port: of the server that they ask.
    """

    user_id: str
    token: str
    contact: str = ""
    port: int = 0


async def seated(database: str, count: int) -> list[Seat]:
    """So many people, each signed in, the team first."""
    engine, now = create_engine(database), utc_now()
    seats = []
    try:
        async with engine.begin() as connection:
            for number in range(count):
                role = Role.EDITOR if number < TEAM else Role.VIEWER
                user = await add_user(connection, f"seat{number}@example.com", role, Actor("bench"), now)
                begun = await start_session(connection, user.id, Visitor("127.0.0.1", "bench"), now)
                seats.append(Seat(user.id, begun.token))
    finally:
        await engine.dispose()
    return seats


class Pages:
    """The process of their pages."""

    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def tell(self, command: str) -> Any:
        """Give it a command of `bench.agents`; what it answers."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(f"{command}\n".encode())
        line = await self._process.stdout.readline()
        if not line:
            raise RuntimeError("those who have pages open have failed; what they say stands above")
        return json.loads(line)


@asynccontextmanager
async def pages_of(seats: Sequence[Seat], folder: Path) -> AsyncIterator[Pages]:
    """Their pages, none of which is open yet."""
    path = folder / "agents.json"
    path.write_text(json.dumps([asdict(each) for each in seats]))
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "bench.agents", "--agents", str(path)),
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
        limit=2**26,
    )
    try:
        yield Pages(process)
    finally:
        with contextlib.suppress(ProcessLookupError):
            process.terminate()
        await process.wait()
