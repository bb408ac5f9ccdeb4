"""What a contact writes after a conversation was resolved, and what becomes of conversations by itself."""

from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import StartRequest, start
from bot.core.messages import MessageKind
from bot.inbox import service as inbox
from tests.support.bot import message
from tests.support.inbox import ANA, RUI, Agent, Office, office_on


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def resolved(office: Office, agent: Agent, phone: str = ANA) -> str:
    """A contact whom somebody has answered."""
    contact = await office.writes("help", phone)
    await office.assign(agent, contact)
    await office.resolve(agent, contact)
    return contact


async def test_what_they_write_within_a_day_is_the_same_persons_and_the_bot_says_nothing(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await resolved(office, bia)
    said = await office.bot.says()
    office.bot.clock.advance(hours=23)
    await office.writes("are you open")

    found, contact = await office.conversation(ana), await office.contact(ana)
    assert await office.bot.says() == said
    assert (found.status, found.reopened, found.last_at) == ("open", 1, office.now)
    assert await office.assignee(ana) == bia.id
    assert (contact.responder, contact.waiting_since, contact.reopens_until) == ("human", office.now, None)
    office.bot.clock.advance(days=30)
    await office.writes("are you open")
    assert await office.bot.says() == said


async def test_what_they_write_later_or_to_thank_is_the_bots(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await resolved(office, bia), await resolved(office, bia, RUI)
    until = (await office.contact(ana)).reopens_until
    reaction = message("👎", kind=MessageKind.REACTION)
    machine = message("I am away", automatic="vacation")
    await office.bot.hears(message("Muito obrigada! 🙏"), reaction, machine, message("STOP"), message("START"))

    assert (await office.conversation(ana)).status == "resolved"
    assert (await office.contact(ana)).responder == "bot"
    assert (await office.contact(ana)).reopens_until == until

    office.bot.clock.advance(hours=25)
    await office.writes("are you open", RUI)
    assert (await office.bot.says(RUI))[-1] == "We open at six."
    assert (await office.conversation(rui)).status == "resolved"


async def test_what_the_bot_has_begun_since_is_the_bots(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await resolved(office, bia)
    async with office.bot.engine.begin() as connection:
        await start(connection, office.bot.catalogue, [StartRequest(contact_id=ana, flow="shop/order")], office.now)
    await office.writes("two")

    assert (await office.conversation(ana)).status == "resolved"
    assert (await office.bot.says())[-1] == "two it is."


async def test_a_conversation_that_was_resolved_without_a_while_to_reopen_is_the_bots_at_once(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    await office.resolve(bia, ana, reopens_for=timedelta())
    await office.writes("are you open")

    assert (await office.bot.says())[-1] == "We open at six."


async def test_what_is_snoozed_opens_when_its_time_has_come_unless_it_was_put_off_again(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    soon = office.now + timedelta(hours=1)
    await office.snooze(bia, soon, ana, rui)
    await office.snooze(bia, soon + timedelta(days=1), rui)
    office.bot.clock.advance(hours=1)
    await office.runs("inbox_wake")

    assert (await office.conversation(ana)).status == "open"
    assert (await office.conversation(rui)).status == "snoozed"


async def test_quiet_conversations_are_resolved_only_where_asked_and_nobody_waits(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    await office.assign(bia, ana)
    office.bot.clock.advance(days=7)
    await office.runs("inbox_auto_resolve", {"BOT_INBOX_AUTO_RESOLVE": "7d"})
    office.bot.clock.advance(seconds=1)
    await office.runs("inbox_auto_resolve")
    assert (await office.conversation(ana)).status == "open"
    await office.runs("inbox_auto_resolve", {"BOT_INBOX_AUTO_RESOLVE": "7d"})

    found = await office.conversation(ana)
    assert (found.status, found.resolved_by) == ("resolved", None)
    assert (await office.conversation(rui)).status == "open"
    assert (await office.told())[-1][:2] == ("conversation.resolve", "system")


async def test_who_waits_for_a_person_is_counted(office: Office) -> None:
    office.bot.clock.advance(minutes=-10)
    await office.writes("help")
    office.bot.clock.advance(minutes=5)
    await office.writes("help", RUI)
    async with office.bot.engine.connect() as connection:
        depth = await inbox.waiting_depth(connection)

    assert (depth.humans, depth.oldest_seconds // 60) == (2, 10)
