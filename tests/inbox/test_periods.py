"""Periods in which people have conversations: how they begin, when they are answered, and how they end."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.models import Contact
from bot.conversations.service import merge, send_by_hand, undo_merge
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import Delivery, Echo, MessageKind, Status, StatusUpdate
from bot.db.migrate import downgrade, upgrade
from bot.inbox import service as inbox
from bot.inbox.models import Assignment, InboxConversation, InboxPeriod
from bot.messages.service import apply
from bot.users.models import User
from tests.support import rows
from tests.support.bot import NUMBER, message
from tests.support.inbox import ANA, DAY, RUI, Agent, Office, office_on


@pytest.fixture
async def office(engine: AsyncEngine) -> AsyncIterator[Office]:
    async with office_on(engine) as made:
        yield made


async def periods(office: Office, contact_id: str) -> list[Any]:
    """All of them, in order."""
    statement = select(InboxPeriod.__table__).where(InboxPeriod.contact_id == contact_id)
    async with office.bot.engine.connect() as connection:
        rows = (await connection.execute(statement.order_by(InboxPeriod.opened_at, InboxPeriod.id))).all()
    return list(rows)


async def answers(office: Office, agent: Agent, contact_id: str, status: Status = Status.SENT) -> None:
    """Somebody writes by hand, and the message comes to that."""
    async with office.bot.engine.begin() as connection:
        sent = await send_by_hand(connection, office.bot.catalogue, contact_id, "Here I am", agent.by, office.now)
        (message_id,) = sent.message_ids
        update = StatusUpdate(NUMBER, f"wamid.{message_id}", status, message_id=message_id, code="131026")
        await apply(connection, [update], office.now)


async def echoes(office: Office, after: timedelta = timedelta()) -> None:
    """A colleague wrote to Ana from the provider's own app so long ago."""
    to = (Address(AddressKind.PHONE, ANA),)
    said = Echo(NUMBER, f"wamid.{office.now.timestamp()}", Channel.WHATSAPP, to, "I am on it", office.now - after)
    await office.bot.intake.receive("whatsapp", Delivery(echoes=(said,)), b"raw")


async def test_what_the_bot_answers_is_no_period(office: Office) -> None:
    ana = await office.writes("are you open")

    assert await periods(office, ana) == []


async def test_a_hand_off_asks_and_the_first_words_of_a_person_answer(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    began = office.now
    office.bot.clock.advance(seconds=60)
    await office.writes("anybody?")
    office.bot.clock.advance(seconds=30)
    await answers(office, bia, ana)
    office.bot.clock.advance(seconds=30)
    await answers(office, caio, ana)

    (period,) = await periods(office, ana)
    assert (period.opened_by, period.opened_at, period.began_at, period.channel) == (
        *("handoff", began, began, "whatsapp"),
    )
    assert (period.asked_at, period.answered_after, period.replied_by) == (began, 90, bia.id)
    assert period.replied_at == began + timedelta(seconds=90)
    assert (period.ended_at, period.ended_as, period.lasted) == (None, None, None)


async def test_words_that_did_not_go_out_answer_nobody(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    office.bot.clock.advance(seconds=10)
    await answers(office, bia, ana, Status.FAILED)
    office.bot.clock.advance(seconds=10)
    await answers(office, bia, ana, Status.DELIVERED)

    (period,) = await periods(office, ana)
    assert period.answered_after == 20, "it was delivered before anybody said that it was sent"


async def test_what_is_sent_and_resolved_at_once_answers_when_it_goes_out(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    office.bot.clock.advance(minutes=3)
    async with office.bot.engine.begin() as connection:
        sent = await send_by_hand(connection, office.bot.catalogue, ana, "At six.", bia.by, office.now)
        await inbox.resolve(connection, [ana], bia.by, office.now, reopens_for=DAY)
    office.bot.clock.advance(minutes=1)
    async with office.bot.engine.begin() as connection:
        update = StatusUpdate(NUMBER, "wamid.1", Status.SENT, message_id=sent.message_ids[0])
        await apply(connection, [update], office.now)

    (period,) = await periods(office, ana)
    assert (period.ended_as, period.lasted) == ("resolved", 180)
    assert (period.answered_after, period.replied_by) == (240, bia.id)


async def test_of_resolving_and_an_answer_that_goes_out_at_once_both_hold(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    async with office.bot.engine.begin() as connection:
        sent = await send_by_hand(connection, office.bot.catalogue, ana, "At six.", bia.by, office.now)
    office.bot.clock.advance(minutes=1)

    async def goes_out() -> None:
        async with office.bot.engine.begin() as connection:
            update = StatusUpdate(NUMBER, "wamid.1", Status.SENT, message_id=sent.message_ids[0])
            await apply(connection, [update], office.now)

    async with office.bot.engine.begin() as connection:
        await inbox.resolve(connection, [ana], bia.by, office.now, reopens_for=DAY)
        going = asyncio.create_task(goes_out())
        # It has read how the conversation stood before this commits.
        await asyncio.sleep(0.2)
    await going

    (period,) = await periods(office, ana)
    assert (period.ended_as, period.answered_after) == ("resolved", 60)
    assert (await office.conversation(ana)).status == "resolved"
    assert await office.due("listener") == 0, "nothing failed"


async def test_what_is_written_after_it_was_resolved_answers_nothing(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    await office.resolve(bia, ana)
    resolved = office.now
    office.bot.clock.advance(minutes=1)
    await echoes(office, timedelta(seconds=-1))
    (first, *_) = await periods(office, ana)
    assert (first.ended_at, first.replied_at) == (resolved, None)


async def test_a_person_who_speaks_first_answers_nobody_whatever_is_said_later(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    await answers(office, bia, ana)
    office.bot.clock.advance(hours=1)
    await office.writes("who is this?")
    office.bot.clock.advance(hours=1)
    await answers(office, bia, ana)

    (period,) = await periods(office, ana)
    assert (period.opened_by, period.asked_at, period.answered_after) == ("takeover", None, None)
    assert (period.replied_by, period.replied_at) == (bia.id, period.opened_at)


async def test_who_takes_a_conversation_is_asked_by_what_the_contact_writes_then(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("are you open")
    await office.assign(bia, ana)
    office.bot.clock.advance(minutes=1)
    await office.bot.hears(message("👎", kind=MessageKind.REACTION), message("I am away", automatic="vacation"))
    (period,) = await periods(office, ana)
    assert period.asked_at is None, "neither wants an answer"

    office.bot.clock.advance(minutes=1)
    await office.writes("and on Sundays?")
    asked = office.now
    office.bot.clock.advance(minutes=3)
    await answers(office, bia, ana)

    (period,) = await periods(office, ana)
    assert (period.asked_at, period.answered_after) == (asked, 180)


async def test_what_a_colleague_writes_in_the_providers_app_answers_and_takes_over(office: Office) -> None:
    ana = await office.writes("help")
    office.bot.clock.advance(minutes=2)
    await echoes(office, timedelta(seconds=30))
    (period,) = await periods(office, ana)
    assert (period.answered_after, period.replied_by) == (90, None)
    assert (await office.conversation(ana)).last_at == office.now

    office.bot.clock.advance(days=2)
    await office.writes("are you open")
    assert [each.ended_as for each in await periods(office, ana)] == ["lapsed"]
    await echoes(office)
    (_, period) = await periods(office, ana)
    assert (period.opened_by, period.asked_at, period.replied_at) == ("takeover", None, office.now)


async def test_what_was_written_before_the_hand_off_and_comes_late_answers_nothing(office: Office) -> None:
    ana = await office.writes("help")
    office.bot.clock.advance(seconds=10)
    await echoes(office, timedelta(minutes=1))

    (period,) = await periods(office, ana)
    assert period.replied_at is None


async def test_resolving_ends_a_period_and_what_reopens_it_goes_on_with_it(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    began = office.now
    await office.assign(bia, ana)
    office.bot.clock.advance(minutes=10)
    await office.resolve(caio, ana)
    office.bot.clock.advance(minutes=20)
    await office.writes("one thing more")
    reopened = office.now
    office.bot.clock.advance(minutes=5)
    await office.resolve(bia, ana)

    first, again = await periods(office, ana)
    assert (first.ended_as, first.resolved_by, first.user_id) == ("resolved", caio.id, bia.id)
    assert (first.lasted, first.lasted_in_all, first.reopened_at) == (600, 600, reopened)
    assert (again.opened_by, again.asked_at, again.began_at) == ("reopened", reopened, began)
    assert (again.lasted, again.lasted_in_all, again.reopened_at) == (300, 2100, None)

    office.bot.clock.advance(minutes=5)
    await office.reopen(caio, ana)
    *_, by_hand = await periods(office, ana)
    assert (by_hand.opened_by, by_hand.asked_at, by_hand.began_at) == ("reopened", None, began)


async def test_who_opens_at_once_what_they_have_resolved_has_not_resolved_it(office: Office) -> None:
    bia, caio = await office.agent("Bia"), await office.agent("Caio")
    ana = await office.writes("help")
    office.bot.clock.advance(minutes=1)
    await office.resolve(bia, ana)
    office.bot.clock.advance(seconds=59)
    await office.reopen(bia, ana)
    (period,) = await periods(office, ana)
    assert (period.ended_at, period.ended_as, period.lasted, period.reopened_at) == (None, None, None, None)

    await office.resolve(bia, ana)
    await office.reopen(caio, ana)
    assert len(await periods(office, ana)) == 2, "somebody else opened it"


async def test_what_ends_by_itself_was_not_resolved(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("are you open", RUI)
    await office.assign(bia, rui)
    office.bot.clock.advance(days=8)
    await office.writes("are you open")
    await office.runs("inbox_auto_resolve", {"BOT_INBOX_AUTO_RESOLVE": "7d"})

    (lapsed,), (quiet,) = await periods(office, ana), await periods(office, rui)
    assert (lapsed.ended_as, lapsed.resolved_by) == ("lapsed", None)
    assert (quiet.ended_as, quiet.user_id, quiet.lasted) == ("quiet", bia.id, 8 * 24 * 3600)


async def test_a_later_hand_off_is_a_conversation_of_its_own(office: Office) -> None:
    bia = await office.agent("Bia")
    ana = await office.writes("help")
    await office.resolve(bia, ana, reopens_for=timedelta())
    office.bot.clock.advance(days=1)
    await office.writes("help")

    first, second = await periods(office, ana)
    assert (first.reopened_at, second.opened_by, second.began_at) == (None, "handoff", office.now)


async def test_whoever_nobody_had_answered_waits_as_before_when_resolving_is_taken_back(office: Office) -> None:
    bia = await office.agent("Bia")
    ana, rui = await office.writes("help"), await office.writes("help", RUI)
    since = (await office.contact(ana)).waiting_since
    await answers(office, bia, rui)
    office.bot.clock.advance(seconds=20)
    await office.resolve(bia, ana, rui)
    office.bot.clock.advance(seconds=20)
    await office.reopen(bia, ana, rui)
    waits = [(await office.contact(each)).waiting_since for each in (ana, rui)]
    await office.resolve(bia, ana)
    office.bot.clock.advance(minutes=5)
    await office.reopen(bia, ana)

    assert since is not None
    assert waits == [since, None]
    assert (await office.contact(ana)).waiting_since is None, "later the bot has had it"


async def test_the_period_of_who_is_merged_goes_on_with_who_is_kept_until_it_is_undone(office: Office) -> None:
    bia = await office.agent("Bia")
    kept, merged = await office.writes("are you open"), await office.writes("help", RUI)
    (before,) = await periods(office, merged)
    async with office.bot.engine.begin() as connection:
        done = await merge(connection, kept, merged, bia.by, office.now)
    (moved,) = await periods(office, kept)
    assert (moved.id, moved.asked_at, await periods(office, merged)) == (before.id, before.asked_at, [])

    async with office.bot.engine.begin() as connection:
        await undo_merge(connection, done.id, bia.by, office.now)
    assert (await periods(office, kept), await periods(office, merged)) == ([], [before])


async def test_of_two_periods_the_merged_ones_ends_and_goes_on_when_it_is_undone(office: Office) -> None:
    bia = await office.agent("Bia")
    kept, merged = await office.writes("help"), await office.writes("help", RUI)
    before = await periods(office, kept) + await periods(office, merged)
    async with office.bot.engine.begin() as connection:
        done = await merge(connection, kept, merged, bia.by, office.now)
    assert [each.ended_as for each in await periods(office, merged)] == ["merged"]
    assert await periods(office, kept) == before[:1]

    async with office.bot.engine.begin() as connection:
        await undo_merge(connection, done.id, bia.by, office.now)
    assert await periods(office, kept) + await periods(office, merged) == before


async def test_what_ended_after_it_had_moved_twice_stays_ended_and_lets_who_has_it_now_keep_theirs(
    office: Office,
) -> None:
    bia = await office.agent("Bia")
    third = await office.writes("help", "+5511999990003")
    office.bot.clock.advance(seconds=1)
    kept, merged = await office.writes("are you open"), await office.writes("help", RUI)

    async def joins(one: str, other: str) -> str:
        async with office.bot.engine.begin() as connection:
            return (await merge(connection, one, other, bia.by, office.now)).id

    first, second = await joins(kept, merged), await joins(third, kept)
    await office.resolve(bia, third)
    for done in (second, first):
        async with office.bot.engine.begin() as connection:
            await undo_merge(connection, done, bia.by, office.now)
        await office.assign(bia, kept)

    assert await office.due("listener") == 0, "all was heard at once"
    assert [each.ended_as for each in await periods(office, kept)] == ["merged", None]


async def test_what_was_resolved_while_they_were_one_stays_where_it_was(office: Office) -> None:
    bia = await office.agent("Bia")
    kept, merged = await office.writes("are you open"), await office.writes("help", RUI)
    async with office.bot.engine.begin() as connection:
        done = await merge(connection, kept, merged, bia.by, office.now)
    await office.resolve(bia, kept)
    async with office.bot.engine.begin() as connection:
        await undo_merge(connection, done.id, bia.by, office.now)

    assert [each.ended_as for each in await periods(office, kept)] == ["resolved"]
    async with office.bot.engine.connect() as connection:
        statement = select(func.count()).where(InboxPeriod.contact_id == merged, InboxPeriod.ended_at.is_(None))
        under_way = (await connection.execute(statement)).scalar_one()
    found = await office.conversation(merged)
    assert under_way == (0 if found is None or found.status == "resolved" else 1)


@pytest.mark.own_database
async def test_conversations_of_before_have_a_period_of_what_is_known(engine: AsyncEngine) -> None:
    await upgrade(engine)
    await downgrade(engine, "0037")
    async with engine.begin() as connection:
        people = [await rows.add_person(connection, phone) for phone in (ANA, RUI, "+5511999990003")]
        await connection.execute(insert(User).values(id="bia", email="bia@example.com", name="Bia", role="EDITOR"))
        told = (await connection.execute(select(Contact.created_at).where(Contact.id == people[0].id))).scalar_one()
        for at, (person, status, by) in enumerate(
            zip(people, ("open", "resolved", "resolved"), (None, "bia", None), strict=True)
        ):
            ended = None if status == "open" else told + timedelta(seconds=100 + at)
            known = {"status": status, "resolved_at": ended, "resolved_by": by, "channel": "whatsapp"}
            moments = {"last_at": told, "opened_at": told, "created_at": told, "updated_at": told}
            await connection.execute(insert(InboxConversation).values(contact_id=person.id, **known, **moments))
        await connection.execute(insert(Assignment).values(contact_id=people[1].id, user_id="bia", created_at=told))
    await upgrade(engine)

    columns = ("opened_by", "opened_at", "ended_as", "resolved_by", "user_id", "lasted", "replied_at")
    async with engine.connect() as connection:
        statement = select(InboxPeriod.contact_id, *(getattr(InboxPeriod, each) for each in columns))
        found = {each.contact_id: tuple(each)[1:] for each in await connection.execute(statement)}
    assert [found[each.id] for each in people] == [
        ("unknown", told, None, None, None, None, None),
        ("unknown", told, "resolved", "bia", "bia", 101, None),
        ("unknown", told, "lapsed", None, None, 102, None),
    ]
