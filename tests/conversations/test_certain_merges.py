"""Contacts of whom a channel says that they are one person: suggested at once, and merged where that is set."""

from collections.abc import AsyncIterator, Sequence

import pytest
from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.audit.models import AuditLog
from bot.channels.service import Accounts
from bot.contacts import service as contacts
from bot.contacts.merging.models import MergeSuggestion
from bot.contacts.models import Contact, ContactAddress
from bot.conversations import service as conversations
from bot.conversations.job_services import JobServices
from bot.conversations.merging.certain import merge_certain
from bot.core.actors import Actor
from bot.core.addresses import Address, AddressKind
from bot.core.messages import InboundMessage
from bot.jobs.models import ScheduledJob
from bot.jobs.service import Context, Job
from bot.settings import Settings
from tests.support.bot import SETTINGS, Bot, message, running_bot

PHONE, TELEGRAM = "+5511987654321", "4200001"
BY = Actor("ana")


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, None) as made:
        yield made


def by_telegram(number: str = "") -> InboundMessage:
    """Somebody who has no number writes, or shares one as their own, for which the provider vouches."""
    theirs = (Address(AddressKind.TELEGRAM, TELEGRAM),)
    return message(number or "hi", addresses=theirs, body={"own_phone": number} if number else {})


async def owner(bot: Bot, value: str) -> str:
    async with bot.engine.connect() as connection:
        found = await connection.scalar(select(ContactAddress.contact_id).where(ContactAddress.value == value))
    return str(found)


async def suggested(bot: Bot) -> Sequence[contacts.Suggestion]:
    async with bot.engine.connect() as connection:
        return await contacts.suggestions(connection, 10)


async def run(bot: Bot, *, is_on: bool = True, daily: bool = False) -> None:
    """Run the jobs that are scheduled; or that of the day."""
    settings = Settings.read({**SETTINGS, "BOT_CONTACTS_AUTO_MERGE": "ON" if is_on else "off"})
    services = JobServices(Accounts(settings), bot.catalogue, bot.clock, settings)
    async with bot.engine.connect() as connection:
        rows = (
            await connection.execute(select(ScheduledJob.payload).where(ScheduledJob.type == "merge_certain"))
        ).all()
    for payload in [{}] if daily else [row.payload for row in rows]:
        async with bot.engine.begin() as connection:
            job = Job("j", "merge_certain", "k", payload, 1)
            await merge_certain(Context(connection, job, bot.clock.now, services))


async def test_a_number_that_telegram_vouches_for_makes_one_of_two_only_where_that_is_set(bot: Bot) -> None:
    await bot.hears(message("hi", phone=PHONE))
    bot.clock.advance(seconds=1)
    await bot.hears(by_telegram())
    assert await suggested(bot) == []
    # The same number spelled as it was before mobiles had nine digits.
    await bot.hears(by_telegram("+551187654321"), by_telegram("+5511987654321"))
    [found] = await suggested(bot)
    assert found.reasons == [contacts.Likeness.TOLD]
    kept, merged = await owner(bot, PHONE), await owner(bot, TELEGRAM)

    await run(bot, is_on=False)
    assert await owner(bot, TELEGRAM) == merged
    await run(bot)
    assert (await owner(bot, TELEGRAM), await owner(bot, PHONE)) == (kept, kept), "who was known for longer goes on"
    assert await suggested(bot) == []
    async with bot.engine.connect() as connection:
        lines = select(AuditLog.action, AuditLog.actor, AuditLog.user_id).where(AuditLog.action == "contact.merge")
        assert [tuple(row) for row in await connection.execute(lines)] == [("contact.merge", "system", None)]


async def test_what_a_person_undid_or_dismissed_is_never_merged_again_by_itself(bot: Bot) -> None:
    await bot.hears(message("hi", phone=PHONE))
    await bot.hears(by_telegram(PHONE))
    await run(bot)
    kept = await owner(bot, PHONE)
    async with bot.engine.begin() as connection:
        [done] = await contacts.merges_of(connection, kept)
        await conversations.undo_merge(connection, done.id, BY, bot.clock.now)
    await bot.hears(by_telegram(PHONE))
    for daily in (False, True):
        await run(bot, daily=daily)
        assert await owner(bot, TELEGRAM) != await owner(bot, PHONE)

    async with bot.engine.begin() as connection:
        await contacts.dismiss_suggestion(
            connection, (await contacts.suggestions(connection, 1))[0].id, BY, bot.clock.now
        )
    await bot.hears(by_telegram(PHONE))
    assert await suggested(bot) == [], "what somebody dismissed stays so"


async def test_addresses_that_one_post_names_together_are_one_persons_and_the_daily_job_takes_what_was_before(
    bot: Bot,
) -> None:
    hidden = Address(AddressKind.WA_USER, "BR.1234567890")
    await bot.hears(message("hi", phone=PHONE))
    await bot.hears(message("hi", phone="+5511900000000")._replace(addresses=(hidden,)))
    assert await suggested(bot) == []

    both = message("it is me", phone=PHONE)
    await bot.hears(both._replace(addresses=(*both.addresses, hidden)))
    await bot.hears(message("again", phone=PHONE)._replace(addresses=(*both.addresses, hidden)))
    assert len(await suggested(bot)) == 1
    await run(bot, is_on=False)
    await run(bot, daily=True)
    assert await owner(bot, hidden.value) == await owner(bot, PHONE)


async def test_a_likeness_becomes_certain_and_is_not_forgotten_by_the_daily_look(bot: Bot) -> None:
    await bot.hears(message("hi", phone=PHONE))
    await bot.hears(by_telegram())
    first, second = sorted((await owner(bot, PHONE), await owner(bot, TELEGRAM)))
    about = {"first_id": first, "second_id": second, "reasons": ["name"], "score": 0.7, "found_at": bot.clock.now}
    async with bot.engine.begin() as connection:
        await connection.execute(insert(MergeSuggestion).values(id="s1", **about))
        assert (await connection.execute(select(Contact.id))).all()
    await bot.hears(by_telegram(PHONE))
    handler = contacts.HANDLERS["duplicates"].run
    bot.clock.advance(days=2)
    checkpoint = None
    for done in range(8):
        async with bot.engine.begin() as connection:
            job = Job("j", "duplicates", "today", {}, 1, checkpoint, done, 8)
            progress = await handler(Context(connection, job, bot.clock.now, None))
            checkpoint = None if progress is None else progress.checkpoint
    [found] = await suggested(bot)
    assert (found.id, found.score, found.reasons) == ("s1", 1.0, [contacts.Likeness.TOLD])
