"""The last thing said about getting messages holds, whichever door it came by, and in whatever order."""

import itertools
from datetime import timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from bot.contacts.consent import take_over_opt_outs
from bot.contacts.models import Consent, ContactAddress
from bot.core.addresses import Address, AddressKind, Channel
from bot.core.messages import ConsentReason, Delivery, Preference
from tests.support.bot import NUMBER, Bot, message, running_bot
from tests.support.consents import set_consent

SHOP = "bundle: shop\nlocale: en\ntemplates: {hello: {content: Hello!}}\nwelcome: hello\n"
AGO = (90, 50, 10)


async def _say(bot: Bot, phone: str, door: str, opted_in: bool, ago: int) -> None:
    at = bot.clock() - timedelta(seconds=ago)
    address = Address(AddressKind.PHONE, phone)
    if door == "word":
        said = message("start" if opted_in else "stop", addresses=(address,), sent_at=at)
        await bot.hears(said)
        return
    preference = Preference(NUMBER, Channel.WHATSAPP, address, opted_in, ConsentReason.PROVIDER, at)
    await bot.intake.receive("whatsapp", Delivery(preferences=(preference,)), b"raw")


@pytest.mark.parametrize("doors", [("word", "word", "word"), ("preference",) * 3, ("word", "preference", "word")])
async def test_C03_the_last_of_three_words_holds_in_every_order(engine: AsyncEngine, doors: tuple[str, ...]) -> None:
    cases = list(itertools.product(itertools.permutations(range(3)), itertools.product((True, False), repeat=3)))
    expected = {}
    async with running_bot(engine, SHOP) as bot:
        for number, (order, states) in enumerate(cases):
            phone = f"+55119999{number:05}"
            await bot.hears(
                message(
                    "hi", addresses=(Address(AddressKind.PHONE, phone),), sent_at=bot.clock() - timedelta(minutes=5)
                )
            )
            for place in order:
                await _say(bot, phone, doors[place], states[place], AGO[place])
            expected[phone] = states[2], order, states
    statement = select(ContactAddress.value, Consent.opted_in).join(Consent, Consent.address_id == ContactAddress.id)
    async with engine.connect() as connection:
        held = {row.value: row.opted_in for row in await connection.execute(statement)}
    wrong = [(order, states) for phone, (last, order, states) in expected.items() if held.get(phone, True) != last]
    assert wrong == [], wrong


@pytest.mark.parametrize("ages", [(90, 10), (10, 90)])
async def test_D09_who_left_at_two_addresses_left_a_third_when_it_was_last_said(
    engine: AsyncEngine, ages: tuple[int, int]
) -> None:
    async with running_bot(engine, SHOP) as bot:
        now = bot.clock()
        for number in range(3):
            await bot.hears(message("hi", addresses=(Address(AddressKind.PHONE, f"+551199990000{number}"),)))
        ids = [
            (await bot.rows(direction="inbound", address=f"+551199990000{number}"))[0].address_id for number in range(3)
        ]
        async with engine.begin() as connection:
            for address_id, age in zip(ids, ages, strict=False):
                said_at = now - timedelta(seconds=age)
                await set_consent(
                    connection, address_id, Channel.WHATSAPP, False, ConsentReason.WORD, now, said_at=said_at
                )
            await take_over_opt_outs(connection, {ids[2]: ids[:2]}, now)
            statement = select(Consent.said_at).where(Consent.address_id == ids[2])
            assert (await connection.execute(statement)).scalar_one() == now - timedelta(seconds=10)
