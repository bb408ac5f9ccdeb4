"""Who answers a contact: the bot, or a person who took the conversation over; and the fence between the two."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.service import AuditFilter, lines
from bot.contacts.models import Contact
from bot.conversations.responding import hand_back, restart, take_over
from bot.conversations.service import return_conversation, send_by_hand, take_conversation
from bot.messages.outbox.claims import claim
from tests.support.bot import Bot, message, running_bot
from tests.support.people import BY

BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  hours: {content: We open at six.}
  calling: {content: Someone will write to you.}
triggers:
  - {type: contains, pattern: open, template: hours}
  - {type: equals, pattern: help, flow: help}
flows:
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def contact(bot: Bot) -> Any:
    async with bot.engine.connect() as connection:
        return (await connection.execute(select(Contact.__table__))).one()


async def claimed(bot: Bot) -> list[str]:
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30), now=bot.clock.now)
    return [each.message.text for each in batch.claimed]


async def test_the_bot_answers_whoever_nobody_took_over(bot: Bot) -> None:
    await bot.hears(message("are you open"))

    found = await contact(bot)
    assert (found.responder, found.epoch, found.waiting_since) == ("bot", 0, None)


async def test_a_flows_hand_off_lets_them_wait_for_a_person_and_its_farewell_still_goes_out(bot: Bot) -> None:
    await bot.hears(message("help"))

    found = await contact(bot)
    assert (found.responder, found.epoch, found.waiting_since) == ("human", 0, bot.clock.now)
    assert await claimed(bot) == ["Someone will write to you."]


async def test_since_when_they_wait_is_since_the_first_message_that_nobody_answered(bot: Bot) -> None:
    await bot.hears(message("help"))
    since = bot.clock.now
    bot.clock.advance(minutes=5)
    await bot.hears(message("anybody there?"))

    assert (await contact(bot)).waiting_since == since


async def test_what_the_bot_queued_before_a_takeover_is_not_claimed_after_it(bot: Bot) -> None:
    await bot.hears(message("are you open"))
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        overtaken = (await take_over(connection, {found.id: None}, bot.clock.now)).overtaken

    (answer,) = await bot.rows(direction="outbound")
    assert overtaken == ((answer.id,), ())
    assert (answer.status, answer.error) == ("failed", "taken_over")
    assert await claimed(bot) == []


async def test_what_is_on_its_way_is_named_and_left(bot: Bot) -> None:
    await bot.hears(message("are you open"))
    assert await claimed(bot) == ["We open at six."]
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        overtaken = (await take_over(connection, {found.id: None}, bot.clock.now)).overtaken

    (answer,) = await bot.rows(direction="outbound")
    assert overtaken == ((), (answer.id,))
    assert answer.status == "queued"


async def test_what_confirms_an_opt_out_goes_out_whoever_has_the_conversation(bot: Bot) -> None:
    await bot.hears(message("STOP"))
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        assert (await take_over(connection, {found.id: None}, bot.clock.now)).overtaken == ((), ())

    assert len(await claimed(bot)) == 1


async def test_a_takeover_without_an_end_lasts_until_it_is_handed_back(bot: Bot) -> None:
    await bot.hears(message("are you open"))
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        takeovers = [
            await take_over(connection, {found.id: until}, bot.clock.now)
            for until in (bot.clock.now + timedelta(hours=1), None, None, bot.clock.now + timedelta(hours=1))
        ]
    assert [list(each.taken) for each in takeovers] == [[found.id], [found.id], [], []]
    bot.clock.advance(days=400)
    await bot.hears(message("are you open"))

    assert await bot.says() == ["We open at six."]
    assert ((await contact(bot)).responder, (await contact(bot)).epoch) == ("human", 4)

    async with bot.engine.begin() as connection:
        assert await hand_back(connection, [found.id], bot.clock.now) == [found.id]
        assert await hand_back(connection, [found.id], bot.clock.now) == []
    await bot.hears(message("are you open"))

    after = await contact(bot)
    assert await bot.says() == ["We open at six."] * 2
    assert (after.responder, after.epoch, after.waiting_since) == ("bot", 4, None)
    assert await claimed(bot) == ["We open at six."]


async def test_the_bot_answers_again_when_the_hours_of_a_hand_off_are_over(bot: Bot) -> None:
    await bot.hears(message("help"))
    bot.clock.advance(hours=25)
    await bot.hears(message("are you open"))

    found = await contact(bot)
    assert (found.responder, found.waiting_since) == ("bot", None)


async def test_beginning_anew_gives_the_conversation_back(bot: Bot) -> None:
    await bot.hears(message("help"))
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        assert await restart(connection, found.id, bot.clock.now)
        assert not await restart(connection, found.id, bot.clock.now)

    assert (await contact(bot)).responder == "bot"


async def test_a_contact_that_is_gone_is_passed_over(bot: Bot) -> None:
    async with bot.engine.begin() as connection:
        assert (await take_over(connection, {"c" * 25: None}, bot.clock.now)).overtaken == ((), ())
        assert await hand_back(connection, ["c" * 25], bot.clock.now) == []


async def test_a_takeover_that_is_over_already_changes_nothing(bot: Bot) -> None:
    await bot.hears(message("are you open"))
    found = await contact(bot)
    async with bot.engine.begin() as connection:
        assert (await take_over(connection, {found.id: bot.clock.now}, bot.clock.now)).overtaken == ((), ())

    after = await contact(bot)
    assert (after.responder, after.epoch) == ("bot", 0)
    assert len(await claimed(bot)) == 1


async def test_what_a_person_does_is_a_line_of_the_audit_each_time_that_it_is_something_new(bot: Bot) -> None:
    await bot.hears(message("are you open"))
    id_, now = (await contact(bot)).id, bot.clock.now

    async with bot.engine.begin() as connection:
        taken = [await take_conversation(connection, id_, BY, now) for _ in range(2)]
        returned = [await return_conversation(connection, id_, BY, now) for _ in range(2)]
        sent = [
            await send_by_hand(connection, bot.catalogue, id_, "Hi, Ana here", BY, now, key="one") for _ in range(2)
        ]
        told = await lines(connection, AuditFilter(resource_id=id_), 10, None)

    assert (taken, returned, [each.is_repeated for each in sent]) == ([True, False], [True, False], [False, True])
    assert sorted((each.action, each.actor) for each in told) == [
        (action, BY.name) for action in ("contact.resume", "contact.take_over", "message.send")
    ]
    (line,) = [each for each in told if each.action == "message.send"]
    assert line.detail == {"message": sent[0].message_id}
