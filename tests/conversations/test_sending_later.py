"""More than one transaction should hold is queued by due work, in slices."""

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.channels.service import Accounts
from bot.contacts.models import Contact
from bot.conversations.job_services import JobServices
from bot.conversations.sending import deferred
from bot.conversations.sending.kept_requests import contacts_of, requests_at, to_payload
from bot.conversations.service import HANDLERS, FromTemplate, SendRequest, Words, queue_later
from bot.core.addresses import Channel
from bot.core.clock import utc_now
from bot.core.ids import new_id
from bot.core.messages import Choice
from bot.core.purposes import Purpose
from bot.jobs import claims
from bot.jobs.service import Jobs
from bot.messages.models import Message
from bot.settings import Settings
from tests.support import due, rows
from tests.support.bot import SETTINGS, Bot, running_bot

BUNDLE = (
    "bundle: shop\ntemplates:\n  news: {content: '{{ contact.name }}: {{ price }} €', variables: {contact.name: You}}\n"
)


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


def jobs(bot: Bot) -> Jobs[JobServices]:
    services = JobServices(Accounts(Settings.read(SETTINGS)), bot.catalogue, bot.clock, Settings.read(SETTINGS))
    return Jobs(bot.engine, "one", {"send": HANDLERS["send"]}, services)


async def people(bot: Bot, count: int) -> list[str]:
    """That many people who wrote by SMS."""
    async with bot.engine.begin() as connection:
        account = await rows.add_account(connection, "twilio:+15005550006")
        found = [await rows.add_person(connection, f"+55119999{number:05}") for number in range(count)]
        for each in found:
            await rows.add_inbound(connection, each, account=account, channel="sms")
    return [each.id for each in found]


async def queued(bot: Bot) -> int:
    async with bot.engine.connect() as connection:
        statement = select(func.count()).where(Message.direction == "outbound", Message.status == "queued")
        return int((await connection.execute(statement)).scalar_one())


async def test_each_slice_queues_its_share_and_what_is_refused_is_told(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "MAX_REQUESTS", 4)
    known = await people(bot, 9)
    say = FromTemplate("shop/news", {"price": Decimal("9.50")})
    requests = [SendRequest(contact_id=each, say=say, purpose=Purpose.NOTICE) for each in known]
    requests[5] = SendRequest(contact_id=new_id(), say=say)
    async with bot.engine.begin() as connection:
        job_id = await queue_later(connection, requests, "news-1", bot.clock.now)
        assert await queue_later(connection, requests, "news-1", bot.clock.now) is None
    process = jobs(bot)

    await process.run_next()
    assert await queued(bot) == 4
    await due.drain(process)

    assert await queued(bot) == 8
    done = await due.row(bot.engine, "news-1")
    assert (done["id"], done["status"], done["done"], done["total"]) == (job_id, "done", 9, 9)
    assert done["checkpoint"]["refused"] == [[5, "no_contact", ""]]
    async with bot.engine.connect() as connection:
        contents = (await connection.execute(select(Message.content).where(Message.direction == "outbound"))).scalars()
        assert set(contents) == {"You: 9.50 €"}


@asynccontextmanager
async def held(bot: Bot, *contact_ids: str) -> AsyncIterator[None]:
    """Somebody else holds those contacts."""
    if bot.engine.dialect.name == "sqlite":
        pytest.skip("SQLite has one writer")
    async with bot.engine.begin() as holder:
        await holder.execute(select(Contact.id).where(Contact.id.in_(contact_ids)).with_for_update())
        yield


async def later(bot: Bot, *asked: tuple[str, str]) -> None:
    """Ask for words to be queued, each to a contact."""
    async with bot.engine.begin() as connection:
        requests = [SendRequest(contact_id=each, say=Words(words)) for each, words in asked]
        await queue_later(connection, requests, "hello", bot.clock.now)


async def said(bot: Bot) -> list[str]:
    """What is queued, in the order of each contact."""
    found = await bot.rows(status="queued")
    return [each.content for each in sorted(found, key=lambda each: (each.contact_id, each.seq))]


async def test_whom_somebody_holds_delays_themselves_alone_and_the_job_never_fails(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "MAX_REQUESTS", 2)
    monkeypatch.setattr(deferred, "PAUSE", timedelta())
    known = await people(bot, 5)
    process = jobs(bot)
    await later(bot, *((each, f"hello {at}") for at, each in enumerate(known)))
    async with held(bot, *known[:3]):
        for _ in range(2 * claims.MAX_ATTEMPTS):
            assert await process.run_next()

        assert sorted(await said(bot)) == ["hello 3", "hello 4"]
        job = await due.row(bot.engine, "hello")
        assert (job["status"], job["attempts"], job["error"], job["done"]) == ("pending", 0, None, 2)

    await due.drain(process)

    assert sorted(await said(bot)) == [f"hello {at}" for at in range(5)]
    assert (await due.row(bot.engine, "hello"))["status"] == "done"


async def test_of_those_who_were_held_nobody_waits_for_another(bot: Bot, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(deferred, "MAX_REQUESTS", 2)
    monkeypatch.setattr(deferred, "PAUSE", timedelta())
    known = await people(bot, 3)
    process = jobs(bot)
    await later(bot, *((each, f"hello {at}") for at, each in enumerate(known)))
    async with held(bot, *known[:2]):
        async with held(bot, known[2]):
            for _ in range(3):
                await process.run_next()
            assert await said(bot) == []

        for _ in range(2):
            await process.run_next()

        assert await said(bot) == ["hello 2"]


async def test_what_is_for_one_contact_stays_in_its_order_however_long_they_are_held(
    bot: Bot, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deferred, "MAX_REQUESTS", 2)
    ana, rui = await people(bot, 2)
    process = jobs(bot)
    await later(bot, (ana, "one"), (rui, "hello"), (ana, "two"), (rui, "bye"), (ana, "three"))
    async with held(bot, ana):
        await process.run_next()

    await due.drain(process)

    assert [each for each in await said(bot) if each not in {"hello", "bye"}] == ["one", "two", "three"]
    assert len(await said(bot)) == 5


async def test_while_nobody_can_be_had_the_job_rests(bot: Bot) -> None:
    (ana,) = await people(bot, 1)
    process = jobs(bot)
    await later(bot, (ana, "hello"))
    async with held(bot, ana):
        await process.run_next()

        assert not await process.run_next()
    job = await due.row(bot.engine, "hello")
    assert job["scheduled_at"] > job["created_at"] + timedelta(seconds=1)


def test_requests_come_back_from_json_as_they_were_and_what_they_have_alike_is_written_once() -> None:
    clock = utc_now()
    words = SendRequest(
        contact_id=new_id(),
        say=Words("Which?", (Choice("1", "One", "the first"),), "See"),
        account="twilio:+15005550006",
        channels=(Channel.SMS, Channel.WHATSAPP),
        purpose=Purpose.MARKETING,
        origin="campaign:1",
        by_person=True,
        not_before=clock,
        not_after=clock + timedelta(hours=1),
        key="1",
    )

    templates = [
        SendRequest(contact_id=new_id(), say=FromTemplate("shop/news", {"price": price}), origin="campaign:1")
        for price in (1, True, Decimal(1))
    ]

    for requests in ([], [words], [words, words], [*templates, words], templates):
        payload = json.loads(json.dumps(to_payload(requests)))
        assert contacts_of(payload) == [each.contact_id for each in requests]
        assert list(map(repr, requests_at(payload, range(len(requests))))) == list(map(repr, requests))
    assert requests_at(payload, [2, 0]) == [templates[2], templates[0]]
    assert set(payload["each"]) == {"contact_id", "say"}
