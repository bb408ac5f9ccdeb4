"""Lists show who had a conversation, and was mentioned, before conversations and mentions said so themselves."""

from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.db.migrate import downgrade, upgrade
from bot.inbox import service as inbox
from bot.inbox.service import ConversationList, NoteType
from tests.support.inbox import office_on

_BEFORE = "0034"


@pytest.mark.own_database
async def test_who_had_a_conversation_has_it_in_their_list(engine: AsyncEngine) -> None:
    async with office_on(engine) as office:
        bia, caio = await office.agent("Bia"), await office.agent("Caio")
        ids = [await office.writes("help", f"+55119999900{number:02}") for number in range(3)]
        await office.assign(bia, *ids[:2])
        async with engine.begin() as connection:
            at = office.now - timedelta(minutes=1)
            await inbox.add_note(connection, ids[2], "@Bia", NoteType.PUBLIC, caio.by, at, mentions=[bia.id])
            before = await inbox.count_lists(connection, bia.id)

        await downgrade(engine, _BEFORE)
        await upgrade(engine)

        assert [await office.assignee(each) for each in ids] == [bia.id, bia.id, None]
        async with engine.connect() as connection:
            assert await inbox.count_lists(connection, bia.id) == before
    assert (before[ConversationList.MINE], before[ConversationList.MENTIONED]) == (2, 1)
