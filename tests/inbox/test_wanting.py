"""What wants somebody: as many as their lists have of it, and the moment of what is news to them."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import merge
from bot.inbox import service as inbox
from bot.inbox.service import NoteType, PresenceStatus
from bot.messages.models import Message
from tests.support.inbox import Agent, Office, office_on


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def wanting(office: Office, agent: Agent) -> tuple[int, datetime | None]:
    async with office.bot.engine.connect() as connection:
        found = await inbox.wanting(connection, agent.id, office.now)
    return found.count, found.newest


async def reads(office: Office, agent: Agent, *ids: str) -> None:
    async with office.bot.engine.begin() as connection:
        for contact_id in ids:
            newest = select(func.max(Message.seq)).where(Message.contact_id == contact_id)
            seq = (await connection.execute(newest)).scalar_one()
            await inbox.mark_read(connection, contact_id, agent.id, seq, office.now)


async def test_ones_own_unread_and_what_waits_for_anybody_count_and_their_newest_is_told(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    assert await wanting(office, bia) == (0, None)

    first = await office.writes("help", "+5511999990001")
    waits_since = office.now
    assert (await wanting(office, bia), await wanting(office, caio)) == ((1, waits_since), (1, waits_since))

    # Who takes it has read what is there by opening it; the other one has nothing more to do.
    office.bot.clock.advance(minutes=1)
    await office.assign(bia, first)
    await reads(office, bia, first)
    assert (await wanting(office, bia), await wanting(office, caio)) == ((0, None), (0, None))

    office.bot.clock.advance(minutes=1)
    await office.writes("hello?", "+5511999990001")
    said_at = office.now
    assert (await wanting(office, bia), await wanting(office, caio)) == ((1, said_at), (0, None))

    # Given by somebody else it is news, though nobody wrote since.
    office.bot.clock.advance(minutes=1)
    await office.assign(caio, first, by=bia, instead_of=bia.id)
    assert (await wanting(office, bia), await wanting(office, caio)) == ((0, None), (1, office.now))
    await reads(office, caio, first)
    assert (await wanting(office, caio))[0] == 0

    # What is snoozed or the bot's wants nobody.
    office.bot.clock.advance(minutes=1)
    await office.writes("hello?", "+5511999990001")
    await office.snooze(caio, office.now + timedelta(hours=1), first)
    assert await wanting(office, caio) == (0, None)


async def test_a_mention_by_somebody_else_is_news_and_counts_nowhere(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    contact_id = await office.writes("are you open", "+5511999990001")
    for by, news in ((bia, None), (caio, office.now)):
        async with office.bot.engine.begin() as connection:
            await inbox.add_note(connection, contact_id, "@Bia", NoteType.PUBLIC, by.by, office.now, mentions=[bia.id])
        assert await wanting(office, bia) == (0, news)


async def test_where_somebody_writes_what_comes_is_no_news_and_counts_all_the_same(office: Office) -> None:
    bia = await office.agent("Bia")
    one, other = [await office.writes("help", f"+551199999000{number}") for number in (1, 2)]
    await office.assign(bia, one, other)
    await reads(office, bia, one, other)
    async with office.bot.engine.begin() as connection:
        await inbox.arrive(connection, one, bia.id, PresenceStatus.REPLYING, office.now)
    await office.writes("hello?", "+5511999990001")
    assert await wanting(office, bia) == (1, None)

    office.bot.clock.advance(seconds=5)
    await office.writes("hello?", "+5511999990002")
    assert await wanting(office, bia) == (2, office.now)

    # Whose page has said nothing for long is gone.
    office.bot.clock.advance(seconds=1)
    await office.writes("hello?", "+5511999990001")
    last = office.now
    office.bot.clock.advance(seconds=30)
    assert await wanting(office, bia) == (2, last)


async def test_what_was_unread_of_somebody_who_was_merged_wants_them_as_the_list_says(office: Office) -> None:
    bia = await office.agent("Bia")
    kept, merged = [await office.writes("help", f"+551199999000{number}") for number in (1, 2)]
    await office.assign(bia, kept, merged)
    await reads(office, bia, kept)
    async with office.bot.engine.begin() as connection:
        await merge(connection, kept, merged, bia.by, office.now)
    async with office.bot.engine.connect() as connection:
        listed = await inbox.conversations(connection, [kept], bia.id, office.now)

    assert listed[kept].unread > 0
    assert (await wanting(office, bia))[0] == 1
