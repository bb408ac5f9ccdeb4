"""Takeovers, hand-backs, the bot's words, people's words and two outboxes at once: whatever the order, the fence holds.

Each run has a contact of its own and a seed, which says who does what and how long each holds its locks.
"""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from itertools import count
from random import Random

import pytest
from sqlalchemy import Row, select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.conversations.service import SendRequest, Words, hand_back, queue, send_by_hand, take_over
from bot.core.actors import Actor
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.db.engine import create_engine
from bot.flows.service import Catalogue
from bot.messages.models import Message
from bot.messages.outbox.claimed import Claimed
from bot.messages.outbox.claims import claim
from bot.messages.outbox.outcomes import Attempt, record
from bot.providers.base import Outcome, Refused, Sent
from tests.support import rows
from tests.support.bot import running_bot

BY = Actor("ana (terminal)")
ACCOUNT = "twilio:+15005550006"
LEASE = timedelta(seconds=30)
AGAIN = Refused("busy", "Too busy.", retryable=True, retry_after=0.0)
OTHERS = ("bot", "bot", "take", "take", "back", "person")


def _each_minute() -> Iterator[datetime]:
    began = utc_now()
    return (began + minutes * timedelta(minutes=1) for minutes in count(1))


@dataclass(slots=True)
class Race:
    """One contact, and who does something at once with their conversation.

    Attributes:
        processes: their engines: each has connections of its own.
        catalogue: what is published.
        contact_id: whose conversation it is.
        chance: says how long anybody holds what they have.
        moments: of each claim, by which whatever was claimed before may be claimed again.
        fenced: by id what the bot had queued when somebody took over, and how often each had been tried by then.
    """

    processes: Sequence[AsyncEngine]
    catalogue: Catalogue
    contact_id: str
    chance: Random
    moments: Iterator[datetime] = field(default_factory=_each_minute)
    fenced: dict[str, int] = field(default_factory=dict)

    async def run(self) -> None:
        """Let two of them do two things each, and two outboxes send meanwhile."""
        doing: Mapping[str, Callable[[], Awaitable[None]]] = {
            "bot": self._bot_speaks,
            "take": self._take_over,
            "back": self._hand_back,
            "person": self._person_speaks,
        }
        plans = [[doing[self.chance.choice(OTHERS)] for _ in range(2)] for _ in range(2)]
        plans += [[self._send] * 2 for _ in range(2)]
        await asyncio.gather(*map(self._one_after_the_other, plans))

    async def _one_after_the_other(self, plan: Sequence[Callable[[], Awaitable[None]]]) -> None:
        for step in plan:
            await self._linger()
            await step()

    async def _linger(self) -> None:
        for _ in range(self.chance.randrange(12)):
            await asyncio.sleep(0)

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[AsyncConnection]:
        async with self.chance.choice(self.processes).begin() as connection:
            yield connection
            await self._linger()

    async def _bot_speaks(self) -> None:
        async with self._transaction() as connection:
            request = SendRequest(contact_id=self.contact_id, say=Words("by the bot"))
            await queue(connection, self.catalogue.definitions, [request], utc_now())

    async def _person_speaks(self) -> None:
        async with self._transaction() as connection:
            await send_by_hand(connection, self.catalogue, self.contact_id, "by a person", BY, utc_now())
            await self._fence(connection)

    async def _take_over(self) -> None:
        async with self._transaction() as connection:
            if (await take_over(connection, {self.contact_id: None}, utc_now())).taken:
                await self._fence(connection)

    async def _fence(self, connection: AsyncConnection) -> None:
        """Note what the bot had queued until now: we hold the contact, so that nothing is queued beside us."""
        self.fenced |= {row.id: row.attempts for row in await self._said(connection) if row.epoch is not None}

    async def _hand_back(self) -> None:
        async with self._transaction() as connection:
            await hand_back(connection, [self.contact_id], utc_now())

    async def _send(self) -> None:
        for each in await self._claim():
            await self._linger()
            outcome = self.chance.choice((Sent(new_id()), AGAIN, AGAIN, None))
            if outcome is not None:
                await self._record(each, outcome)

    async def _claim(self) -> Sequence[Claimed]:
        async with self._transaction() as connection:
            return (await claim(connection, new_id(), 4, lease=LEASE, now=next(self.moments))).claimed

    async def _record(self, claimed: Claimed, outcome: Outcome) -> None:
        async with self._transaction() as connection:
            await record(connection, [Attempt(claimed, outcome)], wait=timedelta())

    async def all_said(self) -> Sequence[Row[str, str, str | None, int | None, int]]:
        """What became of everything, once nothing is left to send."""
        while True:
            async with self.processes[0].connect() as connection:
                said = await self._said(connection)
            if not any(row.status == "queued" for row in said):
                return said
            for each in await self._claim():
                await self._record(each, Sent(new_id()))

    async def _said(self, connection: AsyncConnection) -> Sequence[Row[str, str, str | None, int | None, int]]:
        columns = (Message.id, Message.status, Message.error, Message.epoch, Message.attempts)
        mine = (Message.contact_id == self.contact_id, Message.direction == "outbound")
        return (await connection.execute(select(*columns).where(*mine))).all()


async def raced(processes: Sequence[AsyncEngine], seeds: Sequence[int]) -> None:
    """Hold each race, and look what came of it."""
    async with running_bot(processes[0], None) as bot, processes[0].begin() as connection:
        await rows.add_account(connection, ACCOUNT)
    for seed in seeds:
        async with processes[0].begin() as connection:
            person = await rows.add_person(connection, f"+551199{seed:07}")
            await rows.add_inbound(connection, person, account=ACCOUNT, channel="sms")
        race = Race(processes, bot.catalogue, person.id, Random(seed))  # noqa: S311 - repeatable
        await race.run()

        said = {row.id: row for row in await race.all_said()}
        late = {id_ for id_, attempts in race.fenced.items() if said[id_].attempts > attempts}
        assert not late, f"seed {seed}"
        # Nobody may send for ever what was sent three times already without an answer.
        unsent = [row for row in said.values() if row.status != "sent" and row.error != "outcome_unknown"]
        assert not [row for row in unsent if row.error != "taken_over" or row.id not in race.fenced], f"seed {seed}"


@pytest.mark.slow
@pytest.mark.timeout(600)
async def test_in_a_thousand_races_nothing_of_the_bots_is_claimed_after_a_takeover(postgres_url: str) -> None:
    processes = [create_engine(postgres_url, pool_size=8) for _ in range(2)]
    await raced(processes, range(1000))
    for each in processes:
        await each.dispose()


async def test_in_a_race_nothing_of_the_bots_is_claimed_after_a_takeover(engine: AsyncEngine) -> None:
    await raced([engine], range(10))
