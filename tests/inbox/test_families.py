"""What stands beside two conversations whose contacts are merged: read as one, and undone as it was."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from bot.contacts.service import family
from bot.conversations.service import merge, undo_merge
from bot.inbox import service as inbox
from bot.inbox.models import (
    Assignment,
    Draft,
    InboxConversation,
    InboxConversationLabel,
    InboxPeriod,
    Note,
    NoteMention,
    Read,
)
from bot.inbox.service import ConversationFilter, ConversationList, DraftMode, NoteType, PresenceStatus
from bot.inbox.standing import WAKE
from bot.jobs.service import Context, Job
from tests.support.inbox import DAY, RUI, Agent, Office, office_on

TABLES: tuple[Any, ...] = (
    InboxConversation,
    InboxPeriod,
    Assignment,
    InboxConversationLabel,
    Note,
    NoteMention,
    Read,
    Draft,
)
ASKED_SECONDS = 0.1
"""By then whoever is slower waits."""


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def beside(office: Office) -> list[tuple[Any, ...]]:
    """All that stands beside conversations."""
    async with office.bot.engine.connect() as connection:
        found = [tuple(row) for each in TABLES for row in await connection.execute(select(each.__table__))]
    return sorted(found, key=repr)


async def merged_by(office: Office, agent: Agent, kept: str, other: str) -> str:
    office.bot.clock.advance(seconds=1)
    async with office.bot.engine.begin() as connection:
        return (await merge(connection, kept, other, agent.by, office.now)).id


async def undone_by(office: Office, agent: Agent, merge_id: str) -> None:
    office.bot.clock.advance(seconds=1)
    async with office.bot.engine.begin() as connection:
        await undo_merge(connection, merge_id, agent.by, office.now)


async def seen(office: Office, contact_id: str, agent: Agent) -> inbox.ListedConversation:
    async with office.bot.engine.connect() as connection:
        return (await inbox.conversations(connection, [contact_id], agent.id, office.now))[contact_id]


async def notes(connection: AsyncConnection, contact_id: str, agent: Agent) -> list[str]:
    theirs = await family(connection, contact_id)
    return [each.content for each in await inbox.notes(connection, theirs, agent.id, 50)]


async def test_whatever_stood_beside_either_is_as_it_was_once_it_is_undone(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    async with office.bot.engine.begin() as connection:
        late = await inbox.add_label(connection, "late", "red", bia.by, office.now)
        await inbox.label(connection, [rui], late.id, bia.by, office.now, has=True)
        for each in (ana, rui):
            await inbox.add_note(connection, each, "a note", NoteType.PUBLIC, bia.by, office.now, mentions=[caio.id])
            await inbox.save_draft(connection, each, bia.id, DraftMode.REPLY, f"Dear {each}", office.now)
            await inbox.mark_read(connection, each, caio.id, 1, office.now)
    standings = {
        "open and somebody's": lambda each: office.assign(bia, each),
        "put off": lambda each: office.snooze(bia, office.now + DAY, each),
        "the bot's again": lambda each: office.resolve(caio, each),
    }

    async def stand(how: str, contact_id: str) -> None:
        await office.reopen(bia, contact_id)
        await office.assign(caio, contact_id)
        async with office.bot.engine.begin() as connection:
            await inbox.unassign(connection, [contact_id], caio.by, office.now, user_id=caio.id)
        await standings[how](contact_id)

    for one in standings:
        for other in standings:
            await stand(one, ana)
            await stand(other, rui)
            for kept, merged in ((ana, rui), (rui, ana)):
                before = await beside(office)
                done = await merged_by(office, bia, kept, merged)
                assert await office.conversation(merged) is None
                await undone_by(office, bia, done)

                assert await beside(office) == before, (one, other, kept == ana)


async def test_one_conversation_stands_as_the_two_did_with_who_had_it_and_all_labels(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("are you open"), await office.writes("help", RUI)
    async with office.bot.engine.begin() as connection:
        late = await inbox.add_label(connection, "late", "red", bia.by, office.now)
        await inbox.label(connection, [rui], late.id, bia.by, office.now, has=True)
    await office.assign(bia, rui)
    await office.snooze(bia, office.now + DAY, rui)
    done = await merged_by(office, bia, ana, rui)
    one = await seen(office, ana, bia)
    assert (one.status, one.snoozed_until, one.assignee) == ("snoozed", office.now - timedelta(seconds=1) + DAY, "Bia")
    assert [each.name for each in one.labels] == ["late"]
    wake = inbox.HANDLERS[WAKE].run
    async with office.bot.engine.begin() as connection:
        job = Job("j", WAKE, "k", {"contacts": [ana, rui]}, 1, None, 0, None)
        await wake(Context(connection, job, office.now + DAY, None))  # type: ignore[arg-type]  # needs no services
    assert (await seen(office, ana, bia)).status == "open"

    office.bot.clock.advance(days=2)
    await undone_by(office, bia, done)
    assert (await seen(office, rui, bia)).status == "open", "its moment is over"
    assert (await seen(office, ana, bia)).labels == ()


async def test_a_list_shows_the_last_words_and_the_unread_ones_of_both(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    office.bot.clock.advance(minutes=1)
    await office.writes("hello?", RUI)
    done = await merged_by(office, bia, ana, rui)

    one = await seen(office, ana, bia)
    assert one.last is not None
    assert (one.last.text, one.unread) == ("hello?", 3)
    async with office.bot.engine.begin() as connection:
        await inbox.mark_read(connection, ana, bia.id, one.seq, office.now)
    assert [(await seen(office, ana, each)).unread for each in (bia, caio)] == [0, 3]

    await office.writes("still there?", RUI)
    office.bot.clock.advance(minutes=1)
    seq = (await office.contact(ana)).seq
    async with office.bot.engine.begin() as connection:
        await inbox.mark_read(connection, ana, bia.id, seq, office.now)
    await undone_by(office, bia, done)
    assert [(await seen(office, rui, each)).unread for each in (bia, caio)] == [0, 3]
    assert (await seen(office, rui, bia)).last.text == "still there?"  # type: ignore[union-attr]  # it was said


async def test_notes_and_drafts_of_both_are_read_and_what_is_written_on_is_who_goes_ons(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    async with office.bot.engine.begin() as connection:
        await inbox.add_note(connection, rui, "old", NoteType.PUBLIC, bia.by, office.now, mentions=[caio.id])
        await inbox.save_draft(connection, ana, bia.id, DraftMode.REPLY, "Dear Ana", office.now)
        office.bot.clock.advance(seconds=1)
        await inbox.save_draft(connection, rui, bia.id, DraftMode.REPLY, "Dear Rui", office.now)
    done = await merged_by(office, bia, ana, rui)

    async with office.bot.engine.begin() as connection:
        office.bot.clock.advance(seconds=1)
        note = await inbox.add_note(connection, rui, "new", NoteType.PUBLIC, bia.by, office.now, mentions=[caio.id])
        assert (note.contact_id, await notes(connection, ana, bia)) == (ana, ["new", "old"])
        wanted = ConversationFilter(ConversationList.MENTIONED)
        found = await inbox.list_conversations(connection, wanted, caio.id, office.now, 10)
        assert [each.conversation.contact_id for each in found] == [ana]
        assert await inbox.count_conversations(connection, wanted, caio.id) == 1
        begun = await inbox.drafts(connection, await family(connection, ana), bia.id)
        assert begun[DraftMode.REPLY].content == "Dear Ana\n\nDear Rui"
        await inbox.arrive(connection, rui, bia.id, PresenceStatus.REPLYING, office.now)
        assert list(await inbox.present(connection, [ana, rui], office.now)) == [ana]
        await inbox.save_draft(connection, rui, bia.id, DraftMode.REPLY, "", office.now)
        assert await inbox.drafts(connection, await family(connection, ana), bia.id) == {}

    await undone_by(office, bia, done)
    async with office.bot.engine.begin() as connection:
        assert await notes(connection, ana, bia) == ["new"]
        assert await notes(connection, rui, bia) == ["old"]


async def test_whom_a_note_names_finds_it_though_its_contact_is_merged_while_it_is_written(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    contacts = [await office.writes("help", each) for each in (RUI, "+5511999990077", "+5511999990078")]
    wanted = ConversationFilter(ConversationList.MENTIONED)

    async def slower_than_merging(kept: str, other: str, change: Callable[[AsyncConnection], Awaitable[Any]]) -> Any:
        async def changed() -> Any:
            async with office.bot.engine.begin() as connection:
                return await change(connection)

        async with office.bot.engine.begin() as connection:
            await merge(connection, kept, other, bia.by, office.now)
            slower = asyncio.ensure_future(changed())
            await asyncio.sleep(ASKED_SECONDS)
            assert not slower.done()
        return await slower

    async def listed() -> list[str]:
        async with office.bot.engine.connect() as connection:
            found = await inbox.list_conversations(connection, wanted, caio.id, office.now, 10)
        return [each.conversation.contact_id for each in found]

    first, second, third = contacts
    note = await slower_than_merging(
        second,
        first,
        lambda connection: inbox.add_note(
            connection, first, "@Caio", NoteType.PUBLIC, bia.by, office.now, mentions=[caio.id]
        ),
    )
    assert (note.contact_id, await listed()) == (second, [second])

    changed = await slower_than_merging(
        third,
        second,
        lambda connection: inbox.change_note(connection, note.id, "Look", bia.by, office.now, mentions=[caio.id]),
    )
    assert (changed.contact_id, changed.content, await listed()) == (third, "Look", [third])


async def test_what_somebody_does_with_the_one_stays_done_once_they_are_two(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    await office.assign(bia, rui)
    done = await merged_by(office, bia, ana, rui)
    assert await office.assignee(ana) == bia.id
    await office.assign(caio, ana, instead_of=bia.id)
    await undone_by(office, bia, done)
    assert (await office.assignee(rui), await office.assignee(ana)) == (bia.id, caio.id)

    done = await merged_by(office, bia, ana, rui)
    await office.resolve(caio, ana)
    await undone_by(office, bia, done)
    assert [(await office.conversation(each)).status for each in (ana, rui)] == ["resolved", "open"]
    assert [(await office.contact(each)).responder for each in (ana, rui)] == ["bot", "human"]


async def test_where_nobody_ever_had_one_of_them_nobody_had_it_once_it_is_undone(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("are you open"), await office.writes("help", RUI)
    await office.assign(bia, rui)
    before = await beside(office)
    for kept, merged in ((ana, rui), (rui, ana)):
        done = await merged_by(office, bia, kept, merged)
        assert (await seen(office, kept, bia)).assignee == "Bia"
        await undone_by(office, bia, done)
        assert await beside(office) == before


async def test_two_who_wait_wait_as_one_since_the_earlier_of_both(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    since = office.now
    office.bot.clock.advance(minutes=5)
    rui = await office.writes("help", RUI)
    async with office.bot.engine.connect() as connection:
        assert (await inbox.waiting_depth(connection)).humans == 2
    done = await merged_by(office, bia, rui, ana)

    async with office.bot.engine.connect() as connection:
        depth = await inbox.waiting_depth(connection)
    assert (depth.humans, (await office.contact(rui)).waiting_since) == (1, since)
    await undone_by(office, bia, done)
    async with office.bot.engine.connect() as connection:
        assert (await inbox.waiting_depth(connection)).humans == 2
