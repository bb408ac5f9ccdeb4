"""Conversations become people's and the bot's again, change hands, and are put off."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta

import pytest
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.conversations.service import hand_back, send_by_hand, take_over
from bot.inbox import queries
from bot.inbox import service as inbox
from bot.inbox.queries import Spoken
from bot.inbox.service import Code
from tests.support.inbox import RUI, Office, office_on

ASKED_SECONDS = 0.1
"""By then whoever is slower waits."""


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def test_what_the_bot_answers_writes_nothing_into_the_inbox(office: Office) -> None:
    statements = list[str]()
    event.listen(office.bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    ana = await office.writes("are you open")

    assert not [each for each in statements if "inbox_conversations" in each or "SAVEPOINT" in each]
    assert await office.conversation(ana) is None


async def test_a_hand_off_opens_a_conversation_until_its_hours_are_over(office: Office) -> None:
    ana = await office.writes("help")

    found = await office.conversation(ana)
    assert (found.status, found.channel, found.opened_seq, found.reopened) == ("open", "whatsapp", 1, 0)
    assert await office.assignee(ana) is None

    office.bot.clock.advance(minutes=5)
    await office.writes("anybody there?")
    assert (await office.conversation(ana)).last_at == office.now

    office.bot.clock.advance(hours=3)
    await office.writes("are you open")
    found = await office.conversation(ana)
    assert (found.status, found.resolved_at, found.resolved_by) == ("resolved", office.now, None)

    await office.writes("help")
    found = await office.conversation(ana)
    assert (found.status, found.opened_seq, found.reopened) == ("open", 6, 1)


async def test_who_takes_a_conversation_has_it_as_long_as_they_like(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    assert (await office.assign(bia, ana)).done == {ana}
    assert (await office.assign(bia, ana)).already == {ana}
    office.bot.clock.advance(days=30)
    await office.writes("are you open")

    found = await office.contact(ana)
    assert (found.responder, found.waiting_since) == ("human", office.now)
    assert (await office.conversation(ana)).status == "open"
    assert await office.assignee(ana) == bia.id
    assert await office.told() == [
        ("conversation.assign", "Bia", {"before": {"assignee": None}, "after": {"assignee": "Bia"}})
    ]


async def test_the_bots_own_conversation_can_be_taken_and_what_it_queued_is_not_sent(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    await office.assign(bia, ana)

    (answer,) = await office.bot.rows(direction="outbound")
    assert (answer.status, answer.error) == ("failed", "taken_over")
    assert (await office.conversation(ana)).status == "open"


async def test_of_two_who_take_a_conversation_at_once_one_wins_and_the_other_is_told(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    outcomes = await asyncio.gather(office.assign(bia, ana), office.assign(caio, ana))

    (lost,) = [each for each in outcomes if each.refused]
    winner = bia if lost is outcomes[1] else caio
    assert await office.assignee(ana) == winner.id
    assert lost.refused[ana] == inbox.Refusal(Code.HELD, winner.id, winner.by.name)
    assert len(await office.told()) == 1


async def test_a_conversation_is_taken_only_from_whom_it_was_seen_with(office: Office) -> None:
    bia, caio, davi = await office.agent("Bia"), await office.agent("Caio"), await office.agent("Davi")
    ana = await office.writes("help")
    await office.assign(bia, ana)

    assert (await office.assign(caio, ana, by=davi, instead_of=davi.id)).refused[ana].user_id == bia.id
    assert (await office.assign(caio, ana, by=davi, instead_of=bia.id)).done == {ana}
    assert (await office.told())[-1][2] == {"before": {"assignee": "Bia"}, "after": {"assignee": "Caio"}}

    async with office.bot.engine.begin() as connection:
        refused = await inbox.unassign(connection, [ana, "nobody"], bia.by, office.now, user_id=bia.id)
        done = await inbox.unassign(connection, [ana], davi.by, office.now, user_id=caio.id)
        again = await inbox.unassign(connection, [ana], davi.by, office.now, user_id=caio.id)
    assert {each: refusal.code for each, refusal in refused.refused.items()} == {ana: Code.HELD, "nobody": Code.GONE}
    assert (done.done, again.already) == ({ana}, {ana})
    assert (await office.contact(ana)).responder == "human"


async def test_nobody_gets_a_conversation_who_may_not_answer(office: Office) -> None:
    viewer = await office.agent("Vera", "VIEWER")
    ana = await office.writes("help")
    outcomes = await office.assign(viewer, ana, "nobody")

    assert {each: refusal.code for each, refusal in outcomes.refused.items()} == {
        ana: Code.NO_USER,
        "nobody": Code.GONE,
    }


async def test_resolving_hands_back_to_the_bot_and_a_later_hand_off_is_nobodys(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("are you open", RUI)
    await office.assign(bia, ana)
    outcomes = await office.resolve(bia, ana, rui, "nobody")

    assert outcomes.done == {ana}
    assert {each: refusal.code for each, refusal in outcomes.refused.items()} == {
        rui: Code.NOT_OPEN,
        "nobody": Code.GONE,
    }
    assert (await office.resolve(bia, ana)).already == {ana}
    found, contact = await office.conversation(ana), await office.contact(ana)
    assert (found.status, found.resolved_at, found.resolved_by) == ("resolved", office.now, bia.id)
    assert (contact.responder, contact.waiting_since) == ("bot", None)
    assert contact.reopens_until == office.now + timedelta(hours=24)
    assert [each[0] for each in await office.told()] == ["conversation.assign", "conversation.resolve"]

    office.bot.clock.advance(hours=25)
    await office.writes("help")
    assert (await office.conversation(ana)).status == "open"
    assert await office.assignee(ana) is None


async def test_who_had_a_conversation_has_it_again_when_it_is_reopened_by_hand(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("are you open", RUI)
    await office.assign(bia, ana)
    await office.resolve(bia, ana)
    outcomes = await office.reopen(bia, ana, rui, "nobody")

    assert (outcomes.done, list(outcomes.refused)) == ({ana, rui}, ["nobody"])
    assert (await office.reopen(bia, ana)).already == {ana}
    assert (await office.assignee(ana), await office.assignee(rui)) == (bia.id, None)
    found, contact = await office.conversation(ana), await office.contact(ana)
    assert (found.status, found.resolved_at, found.resolved_by, found.reopened) == ("open", None, None, 1)
    assert (contact.responder, contact.reopens_until) == ("human", None)


async def test_a_snoozed_conversation_opens_when_the_contact_writes_and_not_when_we_do(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("are you open", RUI)
    until = office.now + timedelta(days=3)
    outcomes = await office.snooze(bia, until, ana, rui, "nobody")

    assert outcomes.done == {ana}
    assert {each: refusal.code for each, refusal in outcomes.refused.items()} == {
        rui: Code.NOT_OPEN,
        "nobody": Code.GONE,
    }
    assert (await office.snooze(bia, until, ana)).already == {ana}
    assert (await office.snooze(bia, office.now, ana)).refused[ana].code is Code.PAST
    assert (await office.conversation(ana)).snoozed_until == until

    async with office.bot.engine.begin() as connection:
        await send_by_hand(connection, office.bot.catalogue, ana, "Soon.", bia.by, office.now)
    assert (await office.conversation(ana)).status == "snoozed"

    await office.writes("thank you")
    found = await office.conversation(ana)
    assert (found.status, found.snoozed_until) == ("open", None)


async def test_what_is_put_off_while_our_words_go_out_stays_put_off(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    await office.assign(bia, ana)
    until, said_at = office.now + timedelta(hours=1), office.now + timedelta(seconds=1)

    async def go_out() -> None:
        async with office.bot.engine.begin() as connection:
            await queries.touch(connection, {ana: Spoken(None, said_at)}, said_at)

    async with office.bot.engine.begin() as connection:
        await inbox.snooze(connection, [ana], until, bia.by, office.now)
        slower = asyncio.ensure_future(go_out())
        await asyncio.sleep(ASKED_SECONDS)
        assert not slower.done()
    await slower

    found = await office.conversation(ana)
    assert (found.status, found.snoozed_until, found.last_at) == ("snoozed", until, said_at)


async def test_reopening_wakes_what_is_snoozed(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    await office.assign(bia, ana)
    await office.snooze(bia, office.now + timedelta(days=3), ana)
    await office.reopen(bia, ana)

    found = await office.conversation(ana)
    assert (found.status, found.snoozed_until, found.reopened) == ("open", None, 0)
    assert await office.assignee(ana) == bia.id


async def test_whoever_takes_a_conversation_elsewhere_while_logged_in_has_it_here(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("are you open"), await office.writes("are you open", RUI)
    async with office.bot.engine.begin() as connection:
        await send_by_hand(connection, office.bot.catalogue, ana, "Hi.", bia.by, office.now)
        await take_over(connection, {rui: None}, office.now)
    assert (await office.assignee(ana), await office.assignee(rui)) == (bia.id, None)
    assert (await office.conversation(rui)).status == "open"

    async with office.bot.engine.begin() as connection:
        await hand_back(connection, [ana, rui], office.now, user_id=bia.id)
    found = await office.conversation(ana)
    assert (found.status, found.resolved_by) == ("resolved", bia.id)
    assert (await office.contact(ana)).reopens_until is None


async def test_who_may_not_answer_any_more_does_not_have_it_again(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    await office.assign(bia, ana)
    await office.resolve(bia, ana)
    await office.leaves(bia)
    await office.reopen(caio, ana)

    assert await office.assignee(ana) is None


async def test_many_are_changed_in_as_many_statements_as_one(office: Office) -> None:
    bia = await office.agent("Bia")
    ids = [await office.writes("help", f"+55119999900{number:02}") for number in range(9)]
    async with office.bot.engine.begin() as connection:
        late = await inbox.add_label(connection, "late", "red", bia.by, office.now)
    statements = list[str]()
    event.listen(office.bot.engine.sync_engine, "before_cursor_execute", lambda *given: statements.append(given[2]))

    async def does(whose: list[str]) -> list[int]:
        until, counts = office.now + timedelta(days=1), list[int]()
        async with office.bot.engine.begin() as connection:
            changes: list[Callable[[], Awaitable[inbox.Outcomes]]] = [
                lambda: inbox.assign(connection, whose, bia.id, bia.by, office.now),
                lambda: inbox.snooze(connection, whose, until, bia.by, office.now),
                lambda: inbox.label(connection, whose, late.id, bia.by, office.now, has=True),
                lambda: inbox.resolve(connection, whose, bia.by, office.now, reopens_for=timedelta()),
                lambda: inbox.reopen(connection, whose, bia.by, office.now),
                lambda: inbox.unassign(connection, whose, bia.by, office.now, user_id=bia.id),
            ]
            for change in changes:
                statements.clear()
                assert (await change()).done == set(whose)
                counts.append(len(statements))
        return counts

    assert await does(ids[:1]) == await does(ids[1:])
    assert len(await office.told()) == 6 * len(ids)
