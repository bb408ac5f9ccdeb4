"""Messages, merges and undos in any order: every message is there once and in order, and nobody agrees to more."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import service as contacts
from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations import service as conversations
from bot.conversations.models import FlowInstance
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.messages import service as messages
from bot.messages.models import Message
from bot.messages.stretches import Place
from tests.support.bot import Bot, message, running_bot

BY = Actor("ana")
PEOPLE = 4
PHONES = [f"+551199999000{number}" for number in range(PEOPLE)]
BUNDLE = """\
bundle: shop
locale: en
templates:
  ask: {content: "Which flavour?"}
  done: {content: "One {{ flavour }}."}
  calling: {content: Someone will write to you.}
triggers:
  - {type: equals, pattern: pizza, flow: order}
  - {type: equals, pattern: help, flow: help}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
      - {key: done, type: end, template: done}
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
"""


class Says(NamedTuple):
    """Somebody writes."""

    person: int
    text: str


class Merges(NamedTuple):
    """Whoever has one address now is merged into whoever has another."""

    kept: int
    merged: int


class Undoes(NamedTuple):
    """One of the merges that were made is undone, be it possible or not."""

    which: int


Step = Says | Merges | Undoes
PERSON = st.integers(0, PEOPLE - 1)
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(Says, PERSON, st.sampled_from(["pizza", "Funghi", "help", "STOP", "START", "hi"])),
        st.builds(Merges, PERSON, PERSON),
        st.builds(Undoes, st.integers(0, 5)),
    ),
    min_size=3,
    max_size=14,
)


@dataclass
class World:
    """What was done so far, and what must hold.

    Attributes:
        bot: it happens there.
        merges: ids of merges, in order.
        said: how many messages each person has written.
    """

    bot: Bot
    merges: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)

    async def does(self, step: Step) -> None:
        self.bot.clock.advance(seconds=1)
        if isinstance(step, Says):
            self.said.append((PHONES[step.person], step.text))
            await self.bot.hears(message(step.text, phone=PHONES[step.person]))
        elif isinstance(step, Merges):
            await self._merge(step)
        elif self.merges:
            await self.undo(self.merges[step.which % len(self.merges)])

    async def _merge(self, step: Merges) -> None:
        owner = await self.owners()
        kept, merged = owner[PHONES[step.kept]], owner[PHONES[step.merged]]
        refused = await self.refused()
        try:
            async with self.bot.engine.begin() as connection:
                done = await conversations.merge(connection, kept, merged, BY, self.bot.clock.now)
        except BotError:
            assert kept == merged
            return
        self.merges.append(done.id)
        after = await self.refused()
        for phone in PHONES:
            if owner[phone] in (kept, merged):
                other = {kept: merged, merged: kept}[owner[phone]]
                others = any(refused[each] for each in PHONES if owner[each] == other)
                assert after[phone] == (refused[phone] or others)
            else:
                assert after[phone] == refused[phone]

    async def undo(self, merge_id: str) -> None:
        before = await self.picture()
        try:
            async with self.bot.engine.begin() as connection:
                await conversations.undo_merge(connection, merge_id, BY, self.bot.clock.now)
        except BotError:
            assert await self.picture() == before, "what is refused changes nothing"

    async def owners(self) -> dict[str, str]:
        async with self.bot.engine.connect() as connection:
            rows = await connection.execute(select(ContactAddress.value, ContactAddress.contact_id))
            return {row.value: row.contact_id for row in rows}

    async def refused(self) -> dict[str, bool]:
        """Which addresses want no messages on WhatsApp."""
        async with self.bot.engine.connect() as connection:
            rows = await connection.execute(
                select(ContactAddress.value, Consent.opted_in).outerjoin(
                    Consent, Consent.address_id == ContactAddress.id
                )
            )
            return {row.value: row.opted_in is False for row in rows}

    async def picture(self) -> list[tuple[Any, ...]]:
        async with self.bot.engine.connect() as connection:
            tables = (Contact, ContactAddress, Message, FlowInstance, Consent)
            return [
                tuple(row)
                for each in tables
                for row in await connection.execute(select(each.__table__).order_by(each.__table__.c.id))
            ]

    async def holds(self) -> None:
        """Every message is there once and in order, and whoever is merged has nothing under way."""
        async with self.bot.engine.connect() as connection:
            rows = (await connection.execute(select(Message.__table__))).all()
            people = (await connection.execute(select(Contact.__table__))).all()
            owned = set(await connection.scalars(select(ContactAddress.contact_id)))
            running = list(
                await connection.scalars(select(FlowInstance.contact_id).where(FlowInstance.ended_at.is_(None)))
            )
            inbound = [row for row in rows if row.direction == "inbound"]
            assert sorted((row.address, row.content) for row in inbound) == sorted(self.said)
            assert len({(row.contact_id, row.seq) for row in rows}) == len(rows)
            merged = {row.id for row in people if row.merged_into is not None}
            by_id = {row.id: row for row in people}
            assert owned.isdisjoint(merged)
            assert merged.isdisjoint(running)
            assert all(by_id[by_id[each].merged_into].merged_into is None for each in merged), (
                "an id leads there at once"
            )
            assert not [row for row in rows if row.contact_id in merged and row.status == "queued"]
            assert all(row.seq <= by_id[row.contact_id].seq for row in rows)
            for row in people:
                kin = [each.id for each in people if each.merged_into == row.id]
                if row.merged_into is None:
                    assert row.has_merged == bool(kin)
                    family = await contacts.family(connection, row.id)
                    theirs = [each for each in rows if each.contact_id in {row.id, *kin}]
                    await self._reads_in_order(connection, family, theirs)

    async def _reads_in_order(self, connection: Any, family: Sequence[str], theirs: Sequence[Any]) -> None:
        """Read by threes, in either direction, each is there once, and each contact's in the order of their numbers."""
        backwards, forwards = list[str](), list[str]()
        place: Place | None = None
        while True:
            stretch = await messages.older(connection, family, place, limit=3)
            backwards = [each.id for each in stretch.messages] + backwards
            place = stretch.begin
            if not stretch.has_older:
                break
        after: Place = tuple(0 for _ in family)
        while True:
            stretch = await messages.newer(connection, family, after, limit=3)
            forwards += [each.id for each in stretch.messages]
            after = stretch.end
            if not stretch.has_newer:
                break
        seqs = {row.id: (row.contact_id, row.seq) for row in theirs}
        for read in (backwards, forwards):
            assert sorted(read) == sorted(seqs)
            for contact_id in family:
                numbers = [seqs[each][1] for each in read if seqs[each][0] == contact_id]
                assert numbers == sorted(numbers)


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


@given(steps=STEPS)
@settings(max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_message_stays_once_and_in_order_and_consents_are_never_looser(bot: Bot, steps: list[Step]) -> None:
    async with bot.engine.begin() as connection:
        for model in (Message, FlowInstance, ContactAddress, Contact):
            await connection.execute(delete(model))
    world = World(bot)
    for person in range(PEOPLE):
        await world.does(Says(person, "hi"))
    owner = await world.owners()

    for step in steps:
        await world.does(step)
        await world.holds()
    for merge_id in reversed(world.merges):
        await world.undo(merge_id)
    await world.holds()

    assert await world.owners() == owner, "undone from the last one on, each has what was theirs"
