"""What people planned for contacts who are merged: it goes, is changed and taken back, and knows who has written."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import ContactAddress
from bot.conversations.service import (
    Composed,
    SentByHand,
    Words,
    cancel_by_hand,
    change_scheduled,
    compose,
    merge,
    scheduled,
    undo_merge,
)
from bot.core.actors import Actor
from bot.messages.models import Message
from bot.messages.outbox.claims import claim
from tests.support.bot import Bot, message, running_bot

ANA, WORK = "+5511999990001", "+5511999990002"
BY = Actor("ana")


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, None) as made:
        yield made


async def writes(bot: Bot, phone: str, times: int = 1) -> str:
    """Somebody writes; their id."""
    for _ in range(times):
        bot.clock.advance(seconds=1)
        await bot.hears(message("hi", phone=phone))
    async with bot.engine.connect() as connection:
        statement = select(ContactAddress.contact_id).where(ContactAddress.value == phone)
        return str((await connection.execute(statement)).scalar_one())


async def plans(bot: Bot, contact_id: str, text: str = "still there?", **fields: Any) -> str:
    """Somebody of ours says something in an hour, if they have not written by then; its id."""
    fields = {"unless_heard": True, **fields}
    composed = Composed(contact_id=contact_id, say=Words(text), at=bot.clock.now + timedelta(hours=1), **fields)
    async with bot.engine.begin() as connection:
        outcome = await compose(connection, bot.catalogue, composed, BY, bot.clock.now)
    assert isinstance(outcome, SentByHand)
    return outcome.message_id


async def merged(bot: Bot, kept: str, other: str) -> str:
    bot.clock.advance(seconds=1)
    async with bot.engine.begin() as connection:
        return (await merge(connection, kept, other, BY, bot.clock.now)).id


async def undone(bot: Bot, merge_id: str) -> None:
    bot.clock.advance(seconds=1)
    async with bot.engine.begin() as connection:
        await undo_merge(connection, merge_id, BY, bot.clock.now)


async def goes(bot: Bot) -> list[str]:
    """What goes out in an hour."""
    bot.clock.advance(hours=1)
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30), now=bot.clock.now)
    return [each.message.text for each in batch.claimed]


@pytest.mark.parametrize("writes_at", ["", ANA, WORK])
@pytest.mark.parametrize("is_undone", [False, True])
async def test_what_goes_unless_they_write_counts_in_the_order_of_who_it_is_for(
    bot: Bot, writes_at: str, is_undone: bool
) -> None:
    kept, other = await writes(bot, ANA, 9), await writes(bot, WORK, 2)
    await plans(bot, other)
    done = await merged(bot, kept, other)
    if is_undone:
        await undone(bot, done)
    if writes_at:
        await writes(bot, writes_at)

    is_heard = writes_at == WORK or (writes_at == ANA and not is_undone)
    assert await goes(bot) == ([] if is_heard else ["still there?"])


async def test_who_wrote_before_they_were_merged_or_were_two_again_has_written(bot: Bot) -> None:
    kept, other = await writes(bot, ANA), await writes(bot, WORK, 9)
    await plans(bot, other)
    await writes(bot, WORK)
    done = await merged(bot, kept, other)
    assert await goes(bot) == []

    await plans(bot, kept, "by their other number?")
    await writes(bot, ANA)
    await undone(bot, done)
    assert await goes(bot) == ["by their other number?"], "it was planned for the number that wrote last, who has not"


async def test_what_was_planned_for_either_is_listed_changed_and_taken_back_and_goes_back_as_it_was(bot: Bot) -> None:
    kept, other = await writes(bot, ANA), await writes(bot, WORK)
    first, second, third = [await plans(bot, other, text, unless_heard=False) for text in ("a", "b", "c")]
    async with bot.engine.connect() as connection:
        before = (await connection.execute(select(Message.__table__).where(Message.id == third))).one()
    done = await merged(bot, kept, other)

    async with bot.engine.begin() as connection:
        assert [each.text for each in await scheduled(connection, kept)] == ["a", "b", "c"]
        changed = await change_scheduled(connection, first, BY, bot.clock.now, text="A")
        assert isinstance(changed, SentByHand)
        assert await cancel_by_hand(connection, second, BY, bot.clock.now)
    await undone(bot, done)
    async with bot.engine.connect() as connection:
        assert [each.text for each in await scheduled(connection, other)] == ["A", "c"]
        assert await scheduled(connection, kept) == []
        after = (await connection.execute(select(Message.__table__).where(Message.id == third))).one()
    assert {**after._mapping, "updated_at": 0} == {**before._mapping, "updated_at": 0}
    assert await goes(bot) == ["A"]
