"""Conversations as lists: which ones, in which order, and what each shows."""

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event, insert
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import send_by_hand
from bot.core.ids import new_id
from bot.inbox import service as inbox
from bot.inbox.models import InboxConversationLabel, InboxLabel, Read
from bot.inbox.service import Author, ConversationFilter, ConversationList, ConversationStatus, NoteType, Place, Sort
from tests.support.inbox import Agent, Office, office_on


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def people(office: Office, count: int, text: str = "help") -> list[str]:
    """So many people, each a minute after the one before."""
    found = []
    for number in range(count):
        office.bot.clock.advance(minutes=1)
        found.append(await office.writes(text, f"+55119999900{number:02}"))
    return found


async def listed(office: Office, agent: Agent, wanted: ConversationFilter, limit: int = 50) -> list[str]:
    """The contacts of a list, page by page."""
    found, after = list[str](), None
    while True:
        async with office.bot.engine.connect() as connection:
            page = await inbox.list_conversations(connection, wanted, agent.id, office.now, limit, after)
        found += [each.conversation.contact_id for each in page]
        if len(page) < limit:
            return found
        after = Place.read(page[-1].place.values)


async def insert_rows(office: Office, *rows: tuple[Any, Sequence[dict[str, Any]]]) -> None:
    async with office.bot.engine.begin() as connection:
        for model, values in rows:
            await connection.execute(insert(model), values)


async def test_each_list_has_what_it_says_counted_and_in_order_page_by_page(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    a, b, c, d, e, f = await people(office, 6)
    bots = await office.writes("are you open", "+5511888880000")
    await office.assign(bia, a, b)
    await office.assign(caio, c)
    await office.resolve(bia, f)
    await office.snooze(bia, office.now + timedelta(hours=1), e)
    office.bot.clock.advance(minutes=1)
    await office.writes("hello?", "+5511999990001")
    for number, contact_id in enumerate((bots, c, bots)):
        async with office.bot.engine.begin() as connection:
            at = office.now + timedelta(seconds=number)
            await inbox.add_note(connection, contact_id, "@Bia", NoteType.PUBLIC, caio.by, at, mentions=[bia.id])
    expected = {
        ConversationList.MINE: [b, a],
        ConversationList.UNASSIGNED: [d],
        ConversationList.ALL: [b, d, c, a],
        ConversationList.WAITING: [b, d],
        ConversationList.MENTIONED: [bots, c],
        ConversationList.SNOOZED: [e],
        ConversationList.RESOLVED: [f],
    }
    for list_, ids in expected.items():
        assert await listed(office, bia, ConversationFilter(list_)) == ids, list_
        assert await listed(office, bia, ConversationFilter(list_), 1) == ids, list_
    assert await listed(office, bia, ConversationFilter(ConversationList.RESOLVED, sort=Sort.WAITING)) == [f]
    async with office.bot.engine.connect() as connection:
        counts = await inbox.count_lists(connection, bia.id)
    assert counts == {each: len(ids) for each, ids in expected.items()}


async def test_who_waits_longest_stands_first_and_behind_them_what_was_said_last(office: Office) -> None:
    bia = await office.agent("Bia")
    a, b, c, d = await people(office, 4)
    await office.assign(bia, a, b)
    for number in (1, 0):
        office.bot.clock.advance(minutes=1)
        await office.writes("hello?", f"+55119999900{number:02}")
    await office.assign(bia, b)
    async with office.bot.engine.begin() as connection:
        await send_by_hand(connection, office.bot.catalogue, a, "Yes?", bia.by, office.now)

    for limit in (1, 2, 3, 50):
        wanted = ConversationFilter(sort=Sort.WAITING)
        assert await listed(office, bia, wanted, limit) == [c, d, b, a]
        waiting = ConversationFilter(ConversationList.WAITING, sort=Sort.WAITING)
        assert await listed(office, bia, waiting, limit) == [c, d, b]


async def test_a_list_is_narrowed_by_channel_label_assignee_and_status(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    a, b, c = await people(office, 3)
    await office.assign(bia, a)
    await office.assign(caio, b)
    await office.resolve(bia, c)
    label = new_id()
    await insert_rows(
        office,
        (InboxLabel, [{"id": label, "name": "Refund", "key": "refund", "colour": "red"}]),
        (InboxConversationLabel, [{"contact_id": each, "label_id": label} for each in (b, c)]),
    )
    both = (ConversationStatus.OPEN, ConversationStatus.RESOLVED)
    for wanted, ids in (
        (ConversationFilter(channels=["whatsapp"]), [b, a]),
        (ConversationFilter(channels=["sms"]), []),
        (ConversationFilter(labels=[label]), [b]),
        (ConversationFilter(labels=[label], statuses=both), [c, b]),
        (ConversationFilter(assignees=[bia.id]), [a]),
        (ConversationFilter(ConversationList.RESOLVED, statuses=(ConversationStatus.OPEN,)), [c]),
    ):
        assert await listed(office, bia, wanted) == ids, wanted
        async with office.bot.engine.connect() as connection:
            assert await inbox.count_conversations(connection, wanted, bia.id) == len(ids), wanted


async def test_an_entry_tells_what_a_page_shows_in_as_many_statements_for_ten_as_for_two(office: Office) -> None:
    bia = await office.agent("Bia")
    await people(office, 2)
    statements = list[str]()
    event.listen(office.bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    await listed(office, bia, ConversationFilter())
    few = len(statements)
    ids = await people(office, 10)
    statements.clear()
    await listed(office, bia, ConversationFilter())
    assert len(statements) == few <= 7

    await office.assign(bia, ids[0])
    async with office.bot.engine.begin() as connection:
        await send_by_hand(connection, office.bot.catalogue, ids[0], "On my way. " * 40, bia.by, office.now)
    await office.writes("?" * 9, "+5511999990001")
    await insert_rows(office, (Read, [{"user_id": bia.id, "contact_id": ids[0], "seq": 4}]))
    bots = await office.writes("are you open", "+5511888880000")
    async with office.bot.engine.connect() as connection:
        found = await inbox.conversations(connection, [ids[0], ids[1], ids[2], bots, "nobody"], bia.id, office.now)
        statements.clear()
        plain = await inbox.conversations(connection, [ids[0], ids[1]], bia.id, office.now, with_words=False)

    assert len(statements) == 3
    assert plain[ids[0]] == replace(found[ids[0]], last=None)
    assert plain[ids[1]] == replace(found[ids[1]], last=None, unread=0)
    assert set(found) == {ids[0], ids[1], ids[2], bots}
    taken, asked, begun, answered = found[ids[0]], found[ids[1]], found[ids[2]], found[bots]
    assert (taken.name, taken.phone, taken.channel) == ("Ana", "+5511999990000", "whatsapp")
    assert (taken.assignee, taken.waiting_since, taken.unread) == ("Bia", None, 0)
    assert taken.last is not None
    assert (taken.last.author, taken.last.name, len(taken.last.text)) == (Author.USER, "Bia", 300)
    assert asked.last is not None
    assert (asked.last.author, asked.last.text, asked.unread) == (Author.CONTACT, "?" * 9, 3)
    assert begun.last is not None
    assert (begun.last.author, begun.unread, begun.status) == (Author.BOT, 1, "open")
    assert (answered.status, answered.responder, answered.unread, answered.labels) == (None, "bot", 0, ())


async def test_what_is_to_be_sent_later_is_not_what_was_said_last(office: Office) -> None:
    bia = await office.agent("Bia")
    (a,) = await people(office, 1)
    async with office.bot.engine.begin() as connection:
        await office.later(connection, a, "See you tomorrow.", bia)
    for hours, said in ((0, "Someone will write to you."), (25, "See you tomorrow.")):
        async with office.bot.engine.connect() as connection:
            found = await inbox.conversations(connection, [a], bia.id, office.now + timedelta(hours=hours))
        last = found[a].last
        assert last is not None
        assert last.text == said
