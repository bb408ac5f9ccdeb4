"""Beginning a flow with people who have not just written."""

from collections.abc import AsyncIterator, Sequence
from datetime import datetime
from typing import Any

import pytest
from sqlalchemy import select, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine
from structlog.testing import capture_logs

from bot.app.actions import ACTIONS
from bot.contacts.models import Contact
from bot.conversations.service import (
    MAX_REQUESTS,
    REASONS,
    Code,
    Outcome,
    Queued,
    Refused,
    StartRequest,
    start,
    take_over,
)
from bot.core.purposes import Purpose
from bot.engine.actions import TEXT, ActionCall, ActionResult, ActionSpec, Argument
from bot.engine.conversation import Conversation
from bot.engine.definitions import Definitions
from bot.engine.turn import start as begin
from bot.flows.service import Action, table
from tests.support.bot import Bot, message, running_bot

ANA, RUI, EVA = "+5511999990001", "+5511999990002", "+5511999990003"
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
  booking:
    steps:
      - {key: tell, type: send_template, template: noted}
      - {key: book, type: action, action: visits.book, arguments: {name: "{{ contact.name }}"}}
      - {key: mark, type: action, action: contact.tag, arguments: {tags: booked}}
      - {key: bye, type: end, template: called}
"""


class Visits:
    """A system that books visits, counting them by name, and fails for some names in one way or another.

    Attributes:
        calls: the names of each call of its handler.
    """

    def __init__(self) -> None:
        self.calls: list[list[str]] = []

    async def book(
        self, connection: AsyncConnection, calls: Sequence[ActionCall], _now: datetime
    ) -> Sequence[ActionResult]:
        names = [str(each.arguments["name"]) for each in calls]
        self.calls.append(names)
        if "Boom" in names:
            raise ValueError("Boom's number is 7")
        if "Lost" in names:
            await connection.execute(text("SELECT nothing FROM nowhere"))
        return [ActionResult("done") for _ in calls]

    @property
    def action(self) -> Action:
        """As bundles name it."""
        return Action(ActionSpec("visits.book", (Argument("name", TEXT, required=True),)), self.book)


@pytest.fixture
def visits() -> Visits:
    return Visits()


@pytest.fixture
async def bot(engine: AsyncEngine, visits: Visits) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE, actions=table(*ACTIONS.values(), visits.action)) as made:
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


async def books(bot: Bot, *names: str) -> list[StartRequest]:
    """A request for each of several people of those names, who have just written."""
    ids = [await knows(bot, f"+55119999955{at:02}", name=name) for at, name in enumerate(names)]
    return [StartRequest(contact_id=each, flow="clinic/booking") for each in ids]


@pytest.mark.parametrize("fault", ["Boom", "Lost"])
async def test_whose_action_fails_is_refused_alone_and_all_others_begin(bot: Bot, visits: Visits, fault: str) -> None:
    requests = await books(bot, "Ana", fault, "Eva", "Rui", "Lia")

    with capture_logs() as logs:
        outcomes = await begins(bot, *requests)

    assert outcomes[1] == Refused(Code.ACTION_FAILED, "visits.book")
    assert REASONS[Code.ACTION_FAILED].format(detail="visits.book") == "visits.book failed for this contact"
    assert [len(each.message_ids) for each in outcomes if isinstance(each, Queued)] == [2, 2, 2, 2]
    said = [await bot.says(f"+55119999955{at:02}") for at in range(5)]
    assert said == [["Noted.", "You are nobody."], [], *[["Noted.", "You are nobody."]] * 3]
    assert visits.calls[0] == ["Ana", fault, "Eva", "Rui", "Lia"]
    (told,) = logs
    assert (told["event"], told["action"]) == ("flow not begun", "visits.book")
    assert "number is 7" not in str(told)


async def test_a_fault_of_the_engine_refuses_the_one_with_whom_the_flow_cannot_begin(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, rui, eva = await knows(bot), await knows(bot, RUI, name="Rui"), await knows(bot, EVA)

    def fails_for_rui(definitions: Definitions, conversation: Conversation, *given: Any, **more: Any) -> Any:
        if conversation.contact.name == "Rui":
            raise ZeroDivisionError("Rui's number is 7")
        return begin(definitions, conversation, *given, **more)

    monkeypatch.setattr("bot.conversations.sending.start.begin", fails_for_rui)
    with capture_logs() as logs:
        outcomes = await begins(bot, visit(ana), visit(rui), visit(eva))

    assert outcomes[1] == Refused(Code.ENGINE_FAULT, "clinic/visit")
    assert REASONS[Code.ENGINE_FAULT].format(detail="clinic/visit") == "the flow clinic/visit failed for this contact"
    assert [type(each) for each in outcomes] == [Queued, Refused, Queued]
    assert [len(await bot.says(each)) for each in (ANA, RUI, EVA)] == [1, 0, 1]
    (told,) = logs
    assert (told["event"], told["flow"], told["error"]) == ("flow not begun", "clinic/visit", "ZeroDivisionError")
    assert "number is 7" not in str(told)


async def test_few_savepoints_are_kept_whoever_of_many_fails(bot: Bot, visits: Visits) -> None:
    requests = await books(bot, *(f"P{at}" for at in range(16)), "Boom")

    outcomes = await begins(bot, *requests)

    assert [at for at, each in enumerate(outcomes) if isinstance(each, Refused)] == [16]
    assert len(visits.calls) <= 11, "halves of halves, not one by one"


async def test_after_a_fault_the_first_that_may_is_still_the_only_one_of_a_contact(bot: Bot) -> None:
    ana = await knows(bot)
    (boom,) = await books(bot, "Boom")

    outcomes = await begins(
        bot,
        StartRequest(contact_id=ana, flow="clinic/silent"),
        boom,
        StartRequest(contact_id=boom.contact_id, flow="clinic/marking"),
        StartRequest(contact_id=ana, flow="clinic/marking"),
    )

    assert outcomes[:2] == [Queued(()), Refused(Code.ACTION_FAILED, "visits.book")]
    assert isinstance(outcomes[2], Queued)
    assert outcomes[3] == Refused(Code.FLOW_RUNNING)
    assert (await bot.says(), await bot.says("+5511999995500")) == ([], ["Noted."])


async def test_whose_own_message_waits_for_its_turn_is_answered_first(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    ana, rui = await knows(bot), await knows(bot, RUI)
    with monkeypatch.context() as patched:
        patched.setattr("bot.conversations.intake.PENDING_ABOVE", -1)
        await bot.hears(message("rate"))

    outcomes = await begins(bot, visit(ana), visit(rui))

    assert outcomes[0] == Refused(Code.TURN_PENDING)
    assert isinstance(outcomes[1], Queued)
    await bot.sweeper.sweep()
    assert await bot.says() == ["How was it?"]


async def test_more_than_one_transaction_should_hold_is_refused_as_a_whole(bot: Bot) -> None:
    with pytest.raises(ValueError, match=f"at most {MAX_REQUESTS}"):
        await begins(bot, *[visit("c" * 25)] * (MAX_REQUESTS + 1))
