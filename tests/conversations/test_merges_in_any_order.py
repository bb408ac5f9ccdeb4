"""Messages, merges and undos in any order: every message is there once and in order, and nobody agrees to more.

What people keep beside conversations goes along: each note is read once, labels are those of both, and who has the
conversation has it still.
"""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, NamedTuple

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import service as contacts
from bot.contacts.models import Consent, Contact, ContactAddress
from bot.conversations import service as conversations
from bot.conversations.models import FlowInstance
from bot.core.actors import Actor
from bot.core.errors import BotError
from bot.core.ids import new_id
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation, InboxConversationLabel, InboxLabel, Note
from bot.listeners.service import listening
from bot.messages import service as messages
from bot.messages.models import Message
from bot.messages.stretches import Place
from bot.users.models import User
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


class Notes(NamedTuple):
    """Somebody of ours writes a note about whoever has an address now."""

    person: int


class Labels(NamedTuple):
    """Whoever has an address now gets one of the labels, or loses it."""

    person: int
    label: int
    has: bool


class Assigns(NamedTuple):
    """Somebody of ours takes the conversation of whoever has an address now, or gives it back to the bot."""

    person: int
    agent: int
    takes: bool


class Undoes(NamedTuple):
    """One of the merges that were made is undone, be it possible or not."""

    which: int


Step = Says | Merges | Undoes | Notes | Labels | Assigns
PERSON = st.integers(0, PEOPLE - 1)
STEPS: st.SearchStrategy[list[Step]] = st.lists(
    st.one_of(
        st.builds(Says, PERSON, st.sampled_from(["pizza", "Funghi", "help", "STOP", "START", "hi"])),
        st.builds(Merges, PERSON, PERSON),
        st.builds(Undoes, st.integers(0, 5)),
        st.builds(Notes, PERSON),
        st.builds(Labels, PERSON, st.integers(0, 1), st.booleans()),
        st.builds(Assigns, PERSON, st.integers(0, 1), st.booleans()),
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
        agents: people of ours.
        labels: ids of labels.
        notes: what was noted, in order.
    """

    bot: Bot
    merges: list[str] = field(default_factory=list)
    said: list[tuple[str, str]] = field(default_factory=list)
    agents: Sequence[Actor] = ()
    labels: Sequence[str] = ()
    notes: list[str] = field(default_factory=list)

    async def does(self, step: Step) -> None:
        self.bot.clock.advance(seconds=1)
        if isinstance(step, Says):
            self.said.append((PHONES[step.person], step.text))
            await self.bot.hears(message(step.text, phone=PHONES[step.person]))
        elif isinstance(step, Merges):
            await self._merge(step)
        elif isinstance(step, Undoes):
            if self.merges:
                await self.undo(self.merges[step.which % len(self.merges)])
        else:
            await self._keeps(step, (await self.owners())[PHONES[step.person]])

    async def _keeps(self, step: Notes | Labels | Assigns, contact_id: str) -> None:
        now = self.bot.clock.now
        async with self.bot.engine.begin() as connection:
            if isinstance(step, Notes):
                self.notes.append(f"note {len(self.notes)}")
                kind, by = inbox.NoteType.PUBLIC, self.agents[0]
                await inbox.add_note(connection, contact_id, self.notes[-1], kind, by, now)
            elif isinstance(step, Labels):
                label_id = self.labels[step.label]
                await inbox.label(connection, [contact_id], label_id, self.agents[0], now, has=step.has)
            elif step.takes:
                agent = self.agents[step.agent]
                await inbox.assign(connection, [contact_id], str(agent.user_id), agent, now)
            else:
                await inbox.resolve(connection, [contact_id], self.agents[0], now, reopens_for=timedelta())

    async def _merge(self, step: Merges) -> None:
        owner = await self.owners()
        kept, merged = owner[PHONES[step.kept]], owner[PHONES[step.merged]]
        refused, beside = await self.refused(), await self.beside()
        try:
            async with self.bot.engine.begin() as connection:
                done = await conversations.merge(connection, kept, merged, BY, self.bot.clock.now)
        except BotError:
            assert kept == merged
            return
        self.merges.append(done.id)
        now = (await self.beside())[kept]
        assert now.labels == beside[kept].labels | beside[merged].labels
        assert now.holder == (beside[kept].holder or beside[merged].holder), "who has it has it still"
        after = await self.refused()
        for phone in PHONES:
            if owner[phone] in (kept, merged):
                other = {kept: merged, merged: kept}[owner[phone]]
                others = any(refused[each] for each in PHONES if owner[each] == other)
                assert after[phone] == (refused[phone] or others)
            else:
                assert after[phone] == refused[phone]

    async def beside(self) -> dict[str, "Beside"]:
        """What people keep beside the conversations of all who are not merged, by id."""
        async with self.bot.engine.connect() as connection:
            ids = list(await connection.scalars(select(Contact.id).where(Contact.merged_into.is_(None))))
            found = await inbox.conversations(connection, ids, str(self.agents[0].user_id), self.bot.clock.now)
        return {
            each: Beside(
                frozenset(label.id for label in one.labels),
                one.assignee_id if one.status is inbox.ConversationStatus.OPEN else "",
            )
            for each, one in found.items()
        }

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
            tables = (Contact, ContactAddress, Message, FlowInstance, Consent, InboxConversation, Assignment, Note)
            return [
                tuple(row)
                for each in (*tables, InboxConversationLabel)
                for row in await connection.execute(select(each.__table__).order_by(*each.__table__.primary_key))
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
            noted = [
                each.content
                for row in people
                if row.merged_into is None
                for each in await inbox.notes(
                    connection, await contacts.family(connection, row.id), str(self.agents[0].user_id), 50
                )
            ]
            assert sorted(noted) == sorted(self.notes), "each note is read once"
            standing = (await connection.execute(select(InboxConversation.__table__))).all()
            assert merged.isdisjoint(row.contact_id for row in standing)
            assert {row.contact_id for row in standing if row.status != "resolved"} == {
                row.id for row in people if row.responder == "human" and row.merged_into is None
            }
            held = set(await connection.scalars(select(Assignment.contact_id)))
            assert held <= {row.contact_id for row in standing}

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


class Beside(NamedTuple):
    """What people keep beside a conversation: its labels, and who has it; empty for nobody."""

    labels: frozenset[str]
    holder: str


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(listening(engine, inbox.LISTENERS), BUNDLE) as made:
        yield made


async def begun(bot: Bot) -> World:
    """Nobody has written yet; two of ours are there, and two labels."""
    agents = [Actor(name, new_id()) for name in ("bia", "caio")]
    async with bot.engine.begin() as connection:
        for model in (Message, FlowInstance, ContactAddress, Contact, InboxLabel, User):
            await connection.execute(delete(model))
        for each in agents:
            about = {"id": each.user_id, "email": f"{each.name}@example.com", "name": each.name, "role": "EDITOR"}
            await connection.execute(insert(User).values(**about))
        labels = [await inbox.add_label(connection, each, "red", BY, bot.clock.now) for each in ("late", "vip")]
    return World(bot, agents=agents, labels=[each.id for each in labels])


@given(steps=STEPS)
@settings(max_examples=settings().max_examples // 8, suppress_health_check=[HealthCheck.function_scoped_fixture])
async def test_every_message_stays_once_and_in_order_and_consents_are_never_looser(bot: Bot, steps: list[Step]) -> None:
    world = await begun(bot)
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


async def test_who_writes_while_they_are_merged_and_parted_is_heard_once_and_answered(bot: Bot) -> None:
    world = await begun(bot)
    for person in (0, 1):
        await world.does(Says(person, "hi"))
    owner = await world.owners()
    one, other = (owner[PHONES[each]] for each in (0, 1))

    async def writes(person: int) -> None:
        for number in range(8):
            text = f"pizza {number}"
            world.said.append((PHONES[person], text))
            await bot.hears(message(text, phone=PHONES[person]))

    async def merges_and_parts() -> None:
        for number in range(6):
            kept, merged = (one, other) if number % 2 else (other, one)
            async with bot.engine.begin() as connection:
                done = await conversations.merge(connection, kept, merged, BY, bot.clock.now)
            await asyncio.sleep(0)
            async with bot.engine.begin() as connection:
                await conversations.undo_merge(connection, done.id, BY, bot.clock.now)

    await asyncio.gather(writes(0), writes(1), merges_and_parts())

    await world.holds()
    assert await world.owners() == owner
    inbound = await bot.rows(direction="inbound")
    assert {row.turn_state for row in inbound} == {"done"}, "whoever was held is heard a moment later"
