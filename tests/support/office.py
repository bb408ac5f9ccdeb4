"""A database, a provider's server on loopback, and outboxes between the two."""

import asyncio
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import SIMULATOR, Accounts
from bot.messages.outbox.loop import Outbox
from tests.support import rows
from tests.support.loopback import Server
from tests.support.rows import Person
from tests.support.waiting import eventually

ACCOUNT = "loopback:1"


@dataclass(slots=True)
class Office:
    """A database with the accounts, the provider's server, and outboxes to start."""

    engine: AsyncEngine
    accounts: Accounts
    server: Server
    running: dict[Outbox, asyncio.Task[None]] = field(default_factory=dict)

    def start(self, owner: str = "one", **options: Any) -> Outbox:
        """Start an outbox; it is stopped when the test ends."""
        outbox = Outbox(self.engine, self.accounts, owner=owner, **options)
        self.running[outbox] = asyncio.create_task(outbox.run())
        return outbox

    async def person(self, address: str = "+5511999990000") -> Person:
        """Someone to write to."""
        async with self.engine.begin() as connection:
            return await rows.add_person(connection, address)

    async def queue(self, person: Person, content: str = "hello", **columns: Any) -> str:
        """A queued message; its id."""
        async with self.engine.begin() as connection:
            return await rows.add_outbound(connection, person, content, **{"account": ACCOUNT, **columns})

    async def becomes(self, message_id: str, **wanted: Any) -> dict[str, Any]:
        """Wait until the message's columns are as wanted; gives all of them, as they were at that moment."""
        row: dict[str, Any] = {}

        async def as_wanted() -> bool:
            row.update(await rows.columns(self.engine, message_id))
            return all(row[name] == value for name, value in wanted.items())

        await eventually(as_wanted)
        return row

    async def receives(self, count: int) -> None:
        """Wait until the provider has got so many requests."""

        async def so_many() -> bool:
            return len(self.server.received) == count

        await eventually(so_many)

    async def looks_again(self) -> None:
        """Wait until an outbox has looked for all that is due by now."""
        sentinel = await self.queue(await self.person("+5511999999999"), account=SIMULATOR)
        for outbox in self.running:
            outbox.wake()
        await self.becomes(sentinel, status="delivered")

    async def close(self) -> None:
        """Stop every outbox."""
        for outbox, task in self.running.items():
            await outbox.stop(0.1)
            await task
