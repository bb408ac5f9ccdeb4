"""Beginning a flow with people who have not just written."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.service import Code, Outcome, Queued, Refused, StartRequest, start, take_over
from bot.core.purposes import Purpose
from tests.support.bot import Bot, message, running_bot

ANA, RUI = "+5511999990001", "+5511999990002"
BUNDLE = """
bundle: clinic
locale: en
templates:
  ask:
    content: "Will you come at {{ time }}?"
    variables: {time: the usual time}
    buttons: ["Yes", "No"]
    whatsapp: {template: visit, parameters: ["{{ time }}"]}
  gladly: {content: "See you at {{ time }}, {{ answer }} it is.", variables: {time: the usual time}}
  rate: {content: How was it?}
  noted: {content: Noted.}
  called: {content: "You are {{ contact.called }}.", variables: {contact.called: nobody}}
triggers:
  - {type: equals, pattern: rate, flow: rating}
flows:
  visit:
    steps:
      - {key: ask, type: collect_input, template: ask, save_as: answer}
      - {key: bye, type: end, template: gladly}
  rating:
    steps:
      - {key: rate, type: collect_input, template: rate, save_as: rating}
  greeting:
    steps:
      - {key: set, type: action, action: contact.set, arguments: {attributes: {called: "{{ contact.name }}"}}}
      - {key: bye, type: end, template: called}
  silent:
    steps:
      - {key: mark, type: action, action: contact.tag, arguments: {tags: patient}}
  marking:
    steps:
      - {key: mark, type: action, action: contact.tag, arguments: {tags: patient}}
      - {key: bye, type: end, template: noted}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def knows(bot: Bot, phone: str = ANA, **fields: Any) -> str:
    await bot.hears(message("thanks", phone=phone, **fields))
    async with bot.engine.connect() as connection:
        return str((await connection.execute(select(Contact.id).where(Contact.phone == phone))).scalar_one())


async def begins(bot: Bot, *requests: StartRequest) -> list[Outcome]:
    async with bot.engine.begin() as connection:
        return await start(connection, bot.catalogue, requests, bot.clock.now)


def visit(contact_id: str, **fields: Any) -> StartRequest:
    return StartRequest(contact_id=contact_id, flow="clinic/visit", state={"time": "9:30"}, **fields)


async def test_it_asks_and_takes_the_answer_as_if_they_had_begun_it(bot: Bot) -> None:
    ana = await knows(bot)

    (outcome,) = await begins(bot, visit(ana, purpose=Purpose.NOTICE, origin="notification:7"))

    (asked,) = await bot.rows(direction="outbound")
    assert outcome == Queued((asked.id,))
    assert (asked.purpose, asked.lane, asked.origin, asked.reply_to_id) == ("notice", "notice", "notification:7", None)
    await bot.hears(message("Yes"))
    assert await bot.says() == ["Will you come at 9:30?", "See you at 9:30, Yes it is."]


async def test_many_begin_at_once_each_by_itself(bot: Bot) -> None:
    ana, rui = await knows(bot), await knows(bot, RUI)

    outcomes = await begins(
        bot,
        visit(ana),
        visit("c" * 25),
        StartRequest(contact_id=rui, flow="clinic/nothing"),
        visit(rui),
        visit(ana),
        visit(ana, account="twilio:+15005550006"),
    )

    assert [each.code if isinstance(each, Refused) else "" for each in outcomes] == [
        "",
        Code.NO_CONTACT,
        Code.NO_FLOW,
        "",
        Code.FLOW_RUNNING,
        Code.NO_ACCOUNT,
    ]
    assert (len(await bot.says(ANA)), len(await bot.says(RUI))) == (1, 1)


async def test_whoever_is_in_a_flow_goes_on_in_it(bot: Bot) -> None:
    ana = await knows(bot)
    await bot.hears(message("rate"))

    assert await begins(bot, visit(ana)) == [Refused(Code.FLOW_RUNNING)]


async def test_whoever_is_with_a_person_stays_with_them(bot: Bot) -> None:
    ana = await knows(bot)
    async with bot.engine.begin() as connection:
        await take_over(connection, {ana: None}, bot.clock.now)

    assert await begins(bot, visit(ana)) == [Refused(Code.TAKEN_OVER)]


async def test_consent_decides_as_for_everything_that_is_sent(bot: Bot) -> None:
    ana = await knows(bot)

    assert await begins(bot, visit(ana, purpose=Purpose.MARKETING)) == [Refused(Code.NO_CONSENT)]
    await bot.hears(message("STOP PROMO"))
    assert await begins(bot, visit(ana, purpose=Purpose.MARKETING)) == [Refused(Code.OPTED_OUT)]
    await bot.hears(message("STOP"))
    assert await begins(bot, visit(ana)) == [Refused(Code.OPTED_OUT)]


async def test_outside_the_window_it_begins_where_an_approved_template_opens_it(bot: Bot) -> None:
    ana = await knows(bot)
    bot.clock.advance(hours=25)

    rating = StartRequest(contact_id=ana, flow="clinic/rating")
    marking = StartRequest(contact_id=ana, flow="clinic/marking")
    assert await begins(bot, rating) == [Refused(Code.WINDOW_CLOSED)]
    assert await begins(bot, marking) == [Refused(Code.WINDOW_CLOSED)]
    assert isinstance((await begins(bot, visit(ana)))[0], Queued)


async def test_a_flow_that_acts_first_acts_and_then_speaks(bot: Bot) -> None:
    ana, rui = await knows(bot), await knows(bot, RUI)
    marking = [StartRequest(contact_id=each, flow="clinic/marking") for each in (ana, rui)]

    outcomes = await begins(bot, *marking)

    assert all(isinstance(each, Queued) for each in outcomes)
    assert (await bot.says(ANA), await bot.says(RUI)) == (["Noted."], ["Noted."])


async def test_each_goes_on_with_what_came_of_their_own_action(bot: Bot) -> None:
    names = {ANA: "Ana", RUI: "Rui"}
    ids = [await knows(bot, phone, name=name) for phone, name in names.items()]

    await begins(bot, *(StartRequest(contact_id=each, flow="clinic/greeting") for each in ids))

    assert (await bot.says(ANA), await bot.says(RUI)) == (["You are Ana."], ["You are Rui."])


async def test_of_two_flows_for_one_contact_only_the_first_begins(bot: Bot) -> None:
    ana = await knows(bot)
    silent = StartRequest(contact_id=ana, flow="clinic/silent")

    first, second = await begins(bot, silent, StartRequest(contact_id=ana, flow="clinic/marking"))

    assert first == Queued(())
    assert first.message_id == ""
    assert second == Refused(Code.FLOW_RUNNING)
    assert await bot.says() == []
