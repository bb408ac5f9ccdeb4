"""Who writes, who has opted out, and who talks to a person instead of the bot."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts import service as contacts
from bot.contacts.models import Contact
from bot.conversations.responding import hand_back
from bot.conversations.service import send_by_hand
from bot.conversations.shown.flow_position import flow_position
from bot.core.addresses import Address, AddressKind, Channel
from bot.db.engine import create_engine
from bot.messages.outbox.claims import Batch, claim
from tests.support.bot import Bot, message, running_bot
from tests.support.people import BY

ANA = "+5511999990001"
BUNDLE = """\
bundle: shop
locale: en
fallback: sorry
templates:
  sorry: {content: "Pardon?"}
  hours: {content: We open at six.}
  number: {content: "You are {{ contact.phone }}.", variables: {contact.phone: nobody}}
  ask: {content: "Which flavour?"}
  calling: {content: Someone will write to you.}
triggers:
  - {type: contains, pattern: open, template: hours}
  - {type: equals, pattern: who am i, template: number}
  - {type: equals, pattern: pizza, flow: order}
  - {type: equals, pattern: help, interrupt: true, flow: help}
flows:
  order:
    steps:
      - {key: flavour, type: collect_input, template: ask, save_as: flavour}
  help:
    steps:
      - {key: calling, type: end, template: calling, handoff: true}
"""


@pytest.fixture
async def bot(engine: AsyncEngine) -> AsyncIterator[Bot]:
    async with running_bot(engine, BUNDLE) as made:
        yield made


async def test_a_phone_that_is_told_later_becomes_the_contacts(bot: Bot) -> None:
    user, phone = Address(AddressKind.WA_USER, "BR.123"), Address(AddressKind.PHONE, ANA)
    await bot.hears(message("who am i", addresses=(user,)))

    await bot.hears(message("who am i", addresses=(user, phone)))
    await bot.hears(message("who am i", addresses=(user,)))

    assert await bot.says("BR.123") == ["You are nobody.", f"You are {ANA}.", f"You are {ANA}."]
    async with bot.engine.connect() as connection:
        assert (await connection.execute(select(Contact.phone))).scalars().all() == [ANA]


async def test_an_address_that_belongs_to_someone_else_stays_theirs(bot: Bot) -> None:
    user, phone = Address(AddressKind.WA_USER, "BR.123"), Address(AddressKind.PHONE, ANA)
    await bot.hears(message("pizza", addresses=(user,)), message("pizza", addresses=(phone,)))

    await bot.hears(message("Margherita", addresses=(user, phone)))

    assert await bot.conversation("BR.123") == [
        ("inbound", "pizza"),
        ("outbound", "Which flavour?"),
        ("inbound", "Margherita"),
    ]
    async with bot.engine.connect() as connection:
        [by_phone] = await contacts.find_contacts(connection, ANA)
        [by_user] = await contacts.find_contacts(connection, "BR.123")
        assert by_phone.id != by_user.id
        assert by_user.phone is None
        assert await flow_position(connection, by_phone.id) is not None, "still asked for a flavour"


async def test_who_opts_out_hears_nothing_that_was_queued_before_only_the_confirmation(bot: Bot) -> None:
    await bot.hears(message("are you open?"))
    await bot.hears(message("STOP"))

    assert await _sent(bot) == {"failed": ["We open at six."], "claimed": []}
    [confirmation] = (await _sent(bot))["claimed"]
    assert "START" in confirmation

    await bot.hears(message("START"))
    assert "We open at six." not in (await _sent(bot))["claimed"], "what was refused is not revived"
    [refused] = await bot.rows(content="We open at six.")
    assert (refused.status, refused.error) == ("failed", "opted_out")


async def test_opting_out_on_one_channel_leaves_the_other(bot: Bot) -> None:
    await bot.hears(message("STOP"))
    await bot.hears(message("are you open?", channel=Channel.SMS))

    assert (await bot.says())[-1] == "We open at six."


async def test_a_hand_off_silences_the_bot_until_it_is_resumed(bot: Bot) -> None:
    await bot.hears(message("pizza"), message("help"))
    await bot.hears(message("are you open?"), message("pizza"), message("help"))
    assert await bot.says() == ["Which flavour?", "Someone will write to you."]

    contact_id = (await bot.rows())[0].contact_id
    async with bot.engine.begin() as connection:
        assert await hand_back(connection, [contact_id], bot.clock())
    await bot.hears(message("are you open?"))

    assert (await bot.says())[-1] == "We open at six."
    async with bot.engine.begin() as connection:
        assert await flow_position(connection, contact_id) is None
        assert not await hand_back(connection, [contact_id], bot.clock()), "once"


async def test_a_hand_off_is_over_after_its_hours(bot: Bot) -> None:
    await bot.hears(message("help"))
    bot.clock.advance(hours=23)
    await bot.hears(message("are you open?"))
    assert await bot.says() == ["Someone will write to you."]

    bot.clock.advance(hours=2)
    await bot.hears(message("are you open?"))

    assert await bot.says() == ["Someone will write to you.", "We open at six."]


async def test_every_message_of_a_contact_has_a_number_of_its_own_whoever_writes_it(
    bot: Bot, database_url: str
) -> None:
    await bot.hears(message("hello"))
    contact_id = (await bot.rows())[0].contact_id
    other_engine = create_engine(database_url)

    async def by_hand(number: int) -> None:
        async with other_engine.begin() as connection:
            await send_by_hand(connection, bot.catalogue, contact_id, f"by hand {number}", BY, bot.clock())

    async with running_bot(other_engine, None) as other:
        await asyncio.gather(
            *(each.hears(message("are you open?")) for each in (bot, other) for _ in range(10)),
            *(by_hand(number) for number in range(5)),
        )
    await other_engine.dispose()

    rows = sorted(await bot.rows(contact_id=contact_id), key=lambda row: row.seq)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert sum(row.direction == "inbound" for row in rows) == 21
    # The lock decides who was first: once somebody has written by hand, the bot says nothing more.
    said = [row.content.startswith("by hand") for row in rows if row.direction == "outbound"]
    assert said == sorted(said)
    assert sum(said) == 5


async def _sent(bot: Bot) -> dict[str, list[str]]:
    """One claim of the outbox, whose messages all count as sent: the words claimed and failed."""
    moment = timedelta(seconds=30)
    async with bot.engine.begin() as connection:
        batch: Batch = await claim(connection, "one", 10, lease=moment)
    claimed = [each.message.id for each in batch.claimed]
    failed = [each for ids in batch.failed.values() for each in ids]
    words = {row.id: row.content for row in await bot.rows()}
    return {"failed": [words[each] for each in failed], "claimed": [words[each] for each in claimed]}
