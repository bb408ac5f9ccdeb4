"""Conversations of contacts who are merged: one in the lists, with who has it; two again as they were."""

from datetime import timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import merge, undo_merge
from bot.inbox import service as inbox
from tests.support.inbox import RUI, office_on


async def test_who_has_the_merged_ones_conversation_has_that_of_who_is_kept_until_it_is_undone(
    engine: AsyncEngine,
) -> None:
    async with office_on(engine) as office:
        bia = await office.agent("Bia")
        kept, merged = await office.writes("are you open"), await office.writes("help", RUI)
        await office.assign(bia, merged)
        before = await office.conversation(merged)

        async with office.bot.engine.begin() as connection:
            done = await merge(connection, kept, merged, bia.by, office.now)
        assert await office.conversation(merged) is None, "it is in no list"
        assert (await office.conversation(kept)).status == "open"
        assert (await office.assignee(kept), (await office.contact(kept)).responder) == (bia.id, "human")

        async with office.bot.engine.begin() as connection:
            await undo_merge(connection, done.id, bia.by, office.now)
        assert (await office.conversation(merged), await office.assignee(merged)) == (before, bia.id)
        assert (await office.conversation(kept), (await office.contact(kept)).responder) == (None, "bot")


async def test_an_id_of_somebody_merged_changes_the_conversation_of_who_goes_on(engine: AsyncEngine) -> None:
    async with office_on(engine) as office:
        bia, caio = await office.agent("Bia"), await office.agent("Caio")
        kept, merged = await office.writes("help"), await office.writes("help", RUI)
        async with office.bot.engine.begin() as connection:
            await merge(connection, kept, merged, bia.by, office.now)
            late = await inbox.add_label(connection, "late", "red", bia.by, office.now)

        assert (await office.assign(bia, merged)).done == {merged}
        assert (await office.assignee(kept), await office.assignee(merged)) == (bia.id, None)
        assert (await office.assign(caio, merged)).refused[merged].name == "Bia"
        assert (await office.snooze(bia, office.now + timedelta(days=1), merged, kept)).done == {merged, kept}
        async with office.bot.engine.begin() as connection:
            await inbox.label(connection, [merged], late.id, bia.by, office.now, has=True)
            found = await inbox.conversations(connection, [kept], bia.id, office.now)
        assert [each.name for each in found[kept].labels] == ["late"]
        assert (await office.resolve(bia, merged)).done == {merged}
        assert (await office.conversation(kept)).status == "resolved"
        assert await office.conversation(merged) is None
