"""The faces that a system stands on, used together by a small one."""

from collections.abc import AsyncIterator, Sequence
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import delete, func, insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.app.actions import ACTIONS
from bot.app.due_work import HANDLERS
from bot.channels.service import Accounts
from bot.contacts.models import Contact, ContactAddress
from bot.conversations.job_services import JobServices
from bot.core.addresses import AddressKind
from bot.core.events import ContactErased, ContactsMerged
from bot.core.ids import new_id
from bot.db.clock import database_now
from bot.flows.service import table
from bot.jobs.service import Jobs, NewJob, schedule
from bot.listeners.service import listening, tell
from bot.messages.models import Message
from bot.messages.outbox import outcomes
from bot.messages.outbox.claims import claim
from bot.messages.outbox.outcomes import Attempt
from bot.providers.base import Sent
from bot.settings import Settings
from tests.support import due, rows
from tests.support.bot import SETTINGS, Bot, message, running_bot
from tests.systems import raffle

BUNDLE = """
bundle: shop
locale: en
templates:
  tonight: {content: "{{ contact.name }}, we draw tonight!", variables: {contact.name: Hello}}
  in: {content: "In, {{ raffle.people }} before you."}
  twice: {content: You were.}
triggers:
  - {type: equals, pattern: count me in, action: raffle.join, save_as: raffle, templates: {joined: in, default: twice}}
"""
ANA, RUI = "+5511999990001", "+5511999990002"


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    heard = listening(engine, raffle.LISTENERS)
    async with heard.begin() as connection:
        await connection.run_sync(raffle.TICKETS.metadata.create_all)
    actions = table(*ACTIONS.values(), raffle.ACTION)
    async with running_bot(heard, BUNDLE, actions=actions, words=[raffle.word]) as made:
        yield made
    async with engine.begin() as connection:
        await connection.run_sync(raffle.TICKETS.metadata.drop_all)


def jobs(bot: Bot) -> Jobs[JobServices]:
    services = JobServices(Accounts(Settings.read(SETTINGS)), bot.catalogue, bot.clock, Settings.read(SETTINGS))
    return Jobs(bot.engine, "one", {**HANDLERS, **raffle.HANDLERS}, services)


async def tickets(bot: Bot) -> dict[str, str | None]:
    async with bot.engine.connect() as connection:
        return {row.contact_id: row.told for row in await connection.execute(select(raffle.TICKETS))}


async def id_of(bot: Bot, phone: str) -> str:
    async with bot.engine.connect() as connection:
        return str((await connection.execute(select(Contact.id).where(Contact.phone == phone))).scalar_one())


async def test_people_join_by_the_systems_word_and_by_a_trigger(bot: Bot) -> None:
    await bot.hears(message("Raffle!"), message("count me in", phone=RUI))
    await bot.hears(message("raffle"))

    assert await bot.says(ANA) == ["You are in, with 0 others.", "You are in."]
    assert await bot.says(RUI) == ["In, 0 before you."]
    assert set(await tickets(bot)) == {await id_of(bot, ANA), await id_of(bot, RUI)}


async def announced(bot: Bot, day: str = "2026-12-24") -> None:
    async with bot.engine.begin() as connection:
        await schedule(connection, [NewJob("raffle", day, await database_now(connection) - timedelta(seconds=1))])
    await due.drain(jobs(bot))


async def test_everybody_is_told_once_and_the_system_hears_how_far_it_came(bot: Bot) -> None:
    await bot.hears(message("raffle"), message("raffle", phone=RUI))
    await bot.hears(message("stop", phone=RUI))

    await announced(bot)
    await announced(bot)

    (notice,) = await bot.rows(origin="raffle")
    assert (notice.content, notice.lane) == ("Ana, we draw tonight!", "notice")
    async with bot.engine.begin() as connection:
        batch = await claim(connection, "one", 10, lease=timedelta(seconds=30))
        sent = [Attempt(each, Sent(new_id())) for each in batch.claimed]
        await outcomes.record(connection, sent, wait=timedelta(seconds=30))
    assert await tickets(bot) == {await id_of(bot, ANA): "sent", await id_of(bot, RUI): None}


async def test_two_who_are_one_have_one_ticket_and_whoever_is_forgotten_has_none(bot: Bot) -> None:
    await bot.hears(message("raffle"), message("raffle", phone=RUI))
    ana, rui = await id_of(bot, ANA), await id_of(bot, RUI)

    async def told(*values: Any) -> None:
        async with bot.engine.begin() as connection:
            await tell(connection, values, bot.clock.now)

    await told(ContactsMerged(merge_id=new_id(), kept_id=ana, merged_id=rui, user_id="", at=bot.clock.now))
    assert set(await tickets(bot)) == {ana}
    await told(ContactErased(contact_id=ana, user_id="", at=bot.clock.now))
    assert await tickets(bot) == {}


@pytest.mark.parametrize("count", [1_200, pytest.param(10_000, marks=pytest.mark.slow)])
@pytest.mark.timeout(180)
async def test_any_number_is_queued_in_slices(bot: Bot, count: int) -> None:
    known = await crowd(bot, count)
    async with bot.engine.begin() as connection:
        await connection.execute(insert(raffle.TICKETS), [{"contact_id": each} for each in known])
        await connection.execute(delete(raffle.TICKETS).where(raffle.TICKETS.c.contact_id == known[7]))
        await connection.execute(insert(raffle.TICKETS), {"contact_id": new_id()})

    await announced(bot)

    async with bot.engine.connect() as connection:
        statement = select(func.count()).where(Message.origin == "raffle", Message.status == "queued")
        assert (await connection.execute(statement)).scalar_one() == count - 1
    done = await due.row(bot.engine, "raffle:2026-12-24")
    assert (done["status"], done["done"]) == ("done", count)
    assert [code for _place, code, _detail in done["checkpoint"]["refused"]] == ["no_contact"]


async def crowd(bot: Bot, count: int) -> Sequence[str]:
    """That many people who have just written."""
    ids = [new_id() for _ in range(count)]
    phones = [f"+5521{number:09}" for number in range(count)]
    people = [{"id": id_, "phone": phone, "seq": 1} for id_, phone in zip(ids, phones, strict=True)]
    addresses = [
        {"id": each["id"], "contact_id": each["id"], "kind": AddressKind.PHONE, "value": each["phone"]}
        for each in people
    ]
    fixed = {"account": rows.ACCOUNT, "channel": "whatsapp", "direction": "inbound", "status": "delivered"}
    heard = [
        {
            "id": each["id"],
            "contact_id": each["id"],
            "address_id": each["id"],
            "address": each["phone"],
            "address_kind": AddressKind.PHONE,
            "provider_message_id": each["id"],
            "turn_state": "done",
            "seq": 1,
            "content": "hi",
            **fixed,
        }
        for each in people
    ]
    async with bot.engine.begin() as connection:
        await connection.execute(insert(Contact), people)
        await connection.execute(insert(ContactAddress), addresses)
        await connection.execute(insert(Message), heard)
    return ids
