"""Whatever people, contacts and clocks do in whatever order: a period is under way where people have a conversation."""

import random
from collections.abc import Awaitable, Callable, Sequence
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import hand_back, merge, send_by_hand, undo_merge
from bot.core.errors import BotError
from bot.core.messages import Status, StatusUpdate
from bot.inbox.models import InboxConversation, InboxPeriod
from bot.messages.service import apply
from tests.support.bot import NUMBER
from tests.support.inbox import Agent, Office, office_on

PHONES = ("+5511999990001", "+5511999990002", "+5511999990003")
STEPS = 60


class Play:
    """An office in which things happen by chance."""

    def __init__(self, office: Office, agents: Sequence[Agent], people: Sequence[str], chance: random.Random) -> None:
        self.office, self.agents, self.people, self.chance = office, agents, people, chance
        self.merges = list[str]()

    async def step(self) -> str:
        """One thing happens; its name."""
        acts: Sequence[Callable[[], Awaitable[object]]] = (
            *(self.writes, self.writes, self.assigns, self.answers, self.resolves, self.resolves),
            *(self.reopens, self.snoozes, self.gives_back, self.merges_two, self.undoes),
        )
        act = self.chance.choice(acts)
        try:
            await act()
        except BotError as error:
            # A merge of who is merged already, an undo that is too late: refused, and nothing changed.
            return f"{act.__name__} refused: {error}"
        finally:
            self.office.bot.clock.advance(seconds=self.chance.choice((1, 30, 600, 9_000, 90_000)))
        return act.__name__

    def anybody(self) -> str:
        return self.chance.choice(self.people)

    async def writes(self) -> None:
        await self.office.writes(self.chance.choice(("help", "are you open", "thanks")), self.chance.choice(PHONES))

    async def assigns(self) -> None:
        await self.office.assign(self.chance.choice(self.agents), self.anybody())

    async def answers(self) -> None:
        agent, office = self.chance.choice(self.agents), self.office
        async with office.bot.engine.begin() as connection:
            sent = await send_by_hand(connection, office.bot.catalogue, self.anybody(), "Hi", agent.by, office.now)
            (id_,) = sent.message_ids
            await apply(connection, [StatusUpdate(NUMBER, id_, Status.SENT, message_id=id_)], office.now)

    async def resolves(self) -> None:
        await self.office.resolve(self.chance.choice(self.agents), self.anybody())

    async def reopens(self) -> None:
        await self.office.reopen(self.chance.choice(self.agents), self.anybody())

    async def snoozes(self) -> None:
        await self.office.snooze(self.agents[0], self.office.now + timedelta(hours=1), self.anybody())

    async def gives_back(self) -> None:
        async with self.office.bot.engine.begin() as connection:
            await hand_back(connection, [self.anybody()], self.office.now)

    async def merges_two(self) -> None:
        kept, merged = self.chance.sample(self.people, 2)
        async with self.office.bot.engine.begin() as connection:
            done = await merge(connection, kept, merged, self.agents[0].by, self.office.now)
        self.merges.append(done.id)

    async def undoes(self) -> None:
        if self.merges:
            async with self.office.bot.engine.begin() as connection:
                await undo_merge(connection, self.merges[-1], self.agents[0].by, self.office.now)
            self.merges.pop()

    async def holds(self) -> None:
        """What is true whatever happened."""
        async with self.office.bot.engine.connect() as connection:
            conversations = (await connection.execute(select(InboxConversation.__table__))).all()
            periods = (await connection.execute(select(InboxPeriod.__table__))).all()
        open_ = {each.contact_id for each in conversations if each.status != "resolved"}
        assert sorted(each.contact_id for each in periods if each.ended_at is None) == sorted(open_)
        for each in periods:
            assert each.began_at <= each.opened_at <= (each.ended_at or each.opened_at)
            assert (each.answered_after is None) == (each.asked_at is None or each.replied_at is None)
            assert (each.ended_at is None) == (each.lasted is None) == (each.lasted_in_all is None)
            if each.lasted is not None:
                assert 0 <= each.lasted <= each.lasted_in_all


async def _played(engine: AsyncEngine, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - the same in each run
    async with office_on(engine) as office:
        agents = [await office.agent("Bia"), await office.agent("Caio")]
        people = [await office.writes("are you open", phone) for phone in PHONES]
        play = Play(office, agents, people, chance)
        done = list[str]()
        for _number in range(STEPS):
            done.append(await play.step())
            try:
                await play.holds()
            except AssertionError as error:
                raise AssertionError(f"after {done}") from error


async def test_a_period_is_under_way_where_people_have_a_conversation(engine: AsyncEngine) -> None:
    await _played(engine, 13)


@pytest.mark.slow
@pytest.mark.timeout(120)
@pytest.mark.parametrize("seed", range(8))
async def test_so_it_is_in_many_orders(engine: AsyncEngine, seed: int) -> None:
    await _played(engine, seed)
