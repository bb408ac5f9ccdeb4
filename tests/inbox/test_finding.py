"""Looking for people, words and notes in the inbox, over what somebody may see."""

from collections.abc import AsyncIterator

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import merge
from bot.db.engine import reading
from bot.inbox import service as inbox
from bot.inbox.service import ConversationList, FindFilter, FoundHere, NoteType
from bot.search.follower import Follower
from tests.support.inbox import RUI, Agent, Office, office_on

EVERYWHERE = FindFilter()


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        await Follower(engine).catch_up()
        yield made


async def find(office: Office, agent: Agent, words: str, wanted: FindFilter = EVERYWHERE, limit: int = 20) -> FoundHere:
    await Follower(office.bot.engine).catch_up()
    async with reading(office.bot.engine) as connection:
        return await inbox.find(connection, words, wanted, agent.id, office.now, limit)


async def note(office: Office, agent: Agent, contact_id: str, text: str, type_: NoteType = NoteType.PUBLIC) -> str:
    async with office.bot.engine.begin() as connection:
        return (await inbox.add_note(connection, contact_id, text, type_, agent.by, office.now)).id


def texts(found: FoundHere) -> list[str]:
    return [each.message.content for each in found.messages]


async def test_words_are_found_with_their_place_in_messages_notes_names_and_addresses(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("Pão francês, por favor"), await office.writes("help", RUI)
    await note(office, bia, rui, "pays for the PAO on Fridays")

    found = await find(office, bia, "pao")
    (message,), (written,) = found.messages, found.notes
    assert (message.message.contact_id, list(message.marks)) == (ana, [(0, 3)])
    assert (written.note.contact_id, list(written.marks)) == (rui, [(13, 16)])
    assert written.after is not None
    assert found.conversations.keys() == {ana, rui}
    (person,) = (await find(office, bia, RUI[-6:])).people
    assert person.contact.id == rui
    assert (await find(office, bia, "!?")).conversations == {}


async def test_a_private_note_is_found_by_its_author_alone(office: Office) -> None:
    bia, eve = await office.agent("Bia"), await office.agent("Eve", "ADMIN")
    ana = await office.writes("help")
    await note(office, bia, ana, "difficult customer", NoteType.PRIVATE)

    assert [each.note.content for each in (await find(office, bia, "difficult")).notes] == ["difficult customer"]
    assert (await find(office, eve, "difficult")).notes == []


async def test_a_note_is_found_by_what_it_says_now_and_not_once_it_is_deleted(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    note_id = await note(office, bia, ana, "prefers mornings")
    async with office.bot.engine.begin() as connection:
        await inbox.change_note(connection, note_id, "prefers evenings", bia.by, office.now)
    assert (len((await find(office, bia, "mornings")).notes), len((await find(office, bia, "evenings")).notes)) == (
        0,
        1,
    )
    async with office.bot.engine.begin() as connection:
        await inbox.delete_note(connection, note_id, bia.by, office.now)
    assert (await find(office, bia, "evenings")).notes == []


async def test_what_is_found_is_narrowed_as_the_list_is(office: Office) -> None:
    bia, eve = await office.agent("Bia"), await office.agent("Eve")
    ana, rui = await office.writes("bread and help"), await office.writes("help", RUI)
    await office.writes("bread, too", RUI)
    await office.assign(bia, rui)
    await note(office, bia, rui, "bread again")
    async with office.bot.engine.begin() as connection:
        label = await inbox.add_label(connection, "Bakery", "red", bia.by, office.now)
        await inbox.label(connection, [ana], label.id, bia.by, office.now, has=True)

    for wanted, said, notes in (
        (EVERYWHERE, ["bread, too", "bread and help"], 1),
        (FindFilter(list=ConversationList.MINE), ["bread, too"], 1),
        (FindFilter(list=ConversationList.RESOLVED), [], 0),
        (FindFilter(bots=True), ["bread and help"], 0),
        (FindFilter(labels=[label.id]), ["bread and help"], 0),
        (FindFilter(assignees=[eve.id]), [], 0),
        (FindFilter(assignees=[eve.id, bia.id], channels=["whatsapp"]), ["bread, too"], 0),
        (FindFilter(channels=["sms"]), [], 0),
    ):
        found = await find(office, bia, "bread", wanted)
        assert (texts(found), len(found.notes)) == (said, notes), wanted


async def test_more_messages_than_a_page_go_on_behind_its_last(office: Office) -> None:
    bia = await office.agent("Bia")
    for number in range(5):
        await office.writes(f"bread {number}")
    first = await find(office, bia, "bread", limit=3)
    async with reading(office.bot.engine) as connection:
        cursor = first.messages[-1].cursor
        rest = await inbox.find(connection, "bread", EVERYWHERE, bia.id, office.now, 3, cursor)
    assert texts(first) + texts(rest) == [f"bread {number}" for number in (4, 3, 2, 1, 0)]
    assert (rest.people, rest.notes, rest.further) == ([], [], None)


async def test_what_was_said_before_a_merge_is_found_in_the_conversation_of_who_goes_on(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("bread please"), await office.writes("help", RUI)
    async with office.bot.engine.begin() as connection:
        await merge(connection, rui, ana, bia.by, office.now)

    found = await find(office, bia, "bread", FindFilter(list=ConversationList.UNASSIGNED))
    assert texts(found) == ["bread please"]
    assert {each.contact_id for each in found.conversations.values()} == {rui}
